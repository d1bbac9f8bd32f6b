/**
 * How time and memory of a front and of a search grow with a space, each space in a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { paretoFront, ratingsSpace, search, type SpaceDefinition } from "../../mod.ts";
import { randomRatings } from "./_ratings.ts";
import { spread } from "./_spread.ts";

/** What a space is made of: every block has the same cells, every cell the same depth. */
export interface Shape {
  blocks: number;
  cells: number;
  depth: number;
  operations: number;
}

/** What was measured of a shape. */
export interface Growth extends Shape {
  /** Decimal logarithm of the number of networks. */
  networks: number;
  /** Rated paths. */
  paths: number;
  /** Networks on the front by parameters. */
  points: number;
  /** Milliseconds of the front by parameters, ratings read. */
  front: number;
  /** Milliseconds of a search under two constraints. */
  search: number;
  /** Megabytes that the process needed for both, beyond what it had once ratings were read. */
  memory: number;
}

/** Runs before those that count, in which JavaScript is compiled. */
const WARM_UP = 5;

const BASE: Shape = { blocks: 6, cells: 2, depth: 3, operations: 6 };

/** What is varied, and how. */
export const SWEEPS: Record<keyof Shape, number[]> = {
  blocks: [2, 4, 6, 8, 10, 12],
  cells: [1, 2, 4, 8, 16],
  depth: [1, 2, 3, 4, 5, 6],
  operations: [2, 4, 6, 8, 12],
};

/** The shapes of a sweep; each goes on from the base. */
export function shapesOf(varied: keyof Shape): Shape[] {
  return SWEEPS[varied].map((value) => ({ ...BASE, [varied]: value }));
}

function definition({ blocks, cells, depth, operations }: Shape): SpaceDefinition {
  return {
    name: "growing",
    operations: Array.from({ length: operations }, (_, i) => ({
      kernel: 3 + 2 * (i % 3),
      expansion: 6 - Math.floor(i / 3),
    })),
    blocks: Array.from({ length: blocks }, (_, block) => ({
      stride: block < 4 && block % 2 === 0 ? 2 as const : 1 as const,
      cells: Array.from({ length: cells }, (_, cell) => ({
        width: 24 + 16 * block + 8 * (cell % 2),
        depth,
      })),
    })),
  };
}

/** Measures a shape in a new process. */
export async function measureGrowth(shape: Shape, rounds: number): Promise<Growth> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      fileURLToPath(import.meta.url),
      JSON.stringify({ shape, rounds }),
    ],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code !== 0) throw new Error(`Cannot measure ${JSON.stringify(shape)}: ${text(stderr)}`);
  return JSON.parse(text(stdout));
}

/** The most memory that this process had, in MB: as Linux counts it, else what it has now. */
function memoryPeak(): number {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))!;
    return Number(kilobytes) / 1e3;
  } catch {
    return Deno.memoryUsage().rss / 1e6;
  }
}

function measureHere(shape: Shape, rounds: number): Growth {
  const space = definition(shape);
  const ratings = randomRatings(space, 1);
  const before = memoryPeak();
  let points = 0;
  let options = {};
  const front = () => {
    const found = paretoFront(ratings, "params");
    points = found.length;
    // Both budgets bind, and the cheaper of the two networks keeps them.
    const [cheaper, dearer] = [0.45, 0.6].map((share) => found[Math.floor(share * points)]);
    options = { maxParams: dearer.params, maxFlops: cheaper.flops };
  };
  front();
  search(ratings, options);
  const memory = memoryPeak() - before;
  const median = (work: () => void) => {
    const times: number[] = [];
    for (let round = -WARM_UP; round < rounds; round++) {
      const began = performance.now();
      work();
      if (round >= 0) times.push(performance.now() - began);
    }
    return spread(times).median;
  };
  return {
    ...shape,
    networks: Math.log10(Number(ratingsSpace({ space }).size)),
    paths: ratings.blocks.reduce(
      (sum, { cells }) => sum + cells.reduce((sum, { losses }) => sum + losses.length, 0),
      0,
    ),
    points,
    front: median(front),
    search: median(() => search(ratings, options)),
    memory,
  };
}

if (import.meta.main) {
  const { shape, rounds } = JSON.parse(Deno.args[0]);
  console.log(JSON.stringify(measureHere(shape, rounds)));
}
