/**
 * `deno task bench engine`: the engine against TensorFlow for Python of the same version, on the same work.
 *
 * @module
 */

import { availableParallelism, cpus } from "node:os";
import { compile, tf, useEngine } from "../../lib/engine.ts";
import { locateTensorFlow } from "../../lib/tensorflow/locate.ts";
import {
  type Cell,
  cellModule,
  cellRecipes,
  type CellState,
  cook,
  cookAll,
  forward,
  RATE,
  step,
} from "./_cells.ts";
import { type Peer, startPeer, tensorFlowPackages } from "./_peer.ts";
import type { BenchOptions, Report, Row } from "./_report.ts";
import { spread } from "./_spread.ts";

/** The MBConv of EfficientNet's third stage, and four paths of a supernet's block side by side. */
const GROUPS: Record<string, Cell[]> = {
  MBConv: [{ batch: 16, size: 28, width: 40, layers: [{ kernel: 5, expansion: 6 }] }],
  "4 cells of 4 layers": [[3, 5, 7, 3], [5, 5, 3, 7], [7, 3, 5, 5], [3, 7, 7, 5]].map((
    kernels,
  ) => ({
    batch: 8,
    size: 14,
    width: 80,
    layers: kernels.map((kernel, i) => ({ kernel, expansion: i % 2 ? 3 : 6 })),
  })),
};

/** How many rounds' worth of calls warm both sides up. */
const WARM_UP = 10;

/** Calls of one work on our side. */
interface Work {
  group: string;
  work: string;
  run: () => void;
  count: number;
  unit: Row["unit"];
}

/** Runs the bench; `onProgress` is told what is being measured. */
export async function benchEngine(
  { device, threads, rounds, python }: BenchOptions,
  onProgress: (text: string) => void,
): Promise<Report> {
  const engine = await useEngine({ device, threads });
  const packages = tensorFlowPackages(locateTensorFlow().flavour);
  const peer = await startPeer("engine_peer.py", packages, python);
  try {
    const { version, python } = await peer.ask<{ version: string; python: string }>({
      task: "start",
      device: `/device:${engine.device.name}`,
      threads: threads ?? null,
    });
    if (version !== engine.version) {
      throw new Error(`The peer has TensorFlow ${version}, the engine ${engine.version}`);
    }
    await peer.ask({ task: "calls" });
    const works = calls();
    for (const [name, cells] of Object.entries(GROUPS)) {
      works.push(...await cellWorks(peer, name, cells));
    }
    const rows: Row[] = [];
    for (const work of works) {
      onProgress(rowName(work));
      rows.push(await measure(peer, work, rounds));
    }
    return {
      bench: "engine",
      machine: `${cpus()[0]?.model ?? Deno.build.arch}, ${availableParallelism()} threads`,
      device: engine.device.name,
      versions: { tensorflow: version, tfjs: tf.version.tfjs, deno: Deno.version.deno, python },
      threads: threads ?? null,
      rounds,
      rows,
    };
  } finally {
    await peer.close();
  }
}

/** What an op and a compiled function cost where there is next to nothing to compute. */
function calls(): Work[] {
  const a = tf.tensor2d([[1, 2], [3, 4]]);
  const b = tf.tensor2d([[5, 6], [7, 8]]);
  const many = Array.from({ length: 200 }, () => tf.zeros([2, 2]));
  const compiledAdd = compile((a: tf.Tensor, b: tf.Tensor) => a.add(b));
  const compiledMany = compile((tensors: tf.Tensor[]) => tensors.map((tensor) => tensor.add(1)));
  const works: [work: string, count: number, run: () => void][] = [
    ["eager add, 2×2", 2000, () => tf.add(a, b).dispose()],
    ["eager matMul, 2×2", 2000, () => tf.matMul(a, b).dispose()],
    ["eager reshape, 2×2", 2000, () => tf.reshape(a, [4]).dispose()],
    ["compiled add, 2×2", 500, () => compiledAdd(a, b).dispose()],
    ["compiled, 200 tensors in and out", 20, () => tf.dispose(compiledMany(many))],
  ];
  return works.map(([work, count, run]) => ({ group: "calls", work, count, run, unit: "µs" }));
}

async function cellWorks(peer: Peer, group: string, cells: Cell[]): Promise<Work[]> {
  const recipes = cells.map(cellRecipes);
  await peer.ask({
    task: "cells",
    name: group,
    rate: RATE,
    cells: cells.map((spec, i) => ({ spec, recipes: recipes[i] })),
  });
  const modules = cells.map(cellModule);
  const xs = recipes.map(({ x }) => cook(x));
  const targets = recipes.map(({ target }) => cook(target));
  const eagerForward = (states: CellState[], xs: tf.Tensor[]) =>
    tf.tidy(() =>
      modules.map((module, i) =>
        forward(module, states[i], xs[i]).slice([0, 0, 0, 0], [1, 1, 1, -1]).sum()
      )
    );
  const eagerStep = (states: CellState[], xs: tf.Tensor[], targets: tf.Tensor[]) =>
    tf.tidy(() => {
      const steps = modules.map((module, i) => step(module, states[i], xs[i], targets[i]));
      return { states: steps.map(({ state }) => state), losses: steps.map(({ loss }) => loss) };
    });
  const read = (values: tf.Tensor[]) =>
    values.map((value) => {
      const [number] = value.dataSync();
      value.dispose();
      return number;
    });

  const forwards = { eager: eagerForward, compiled: compile(eagerForward) };
  const steps = { eager: eagerStep, compiled: compile(eagerStep) };
  const works: Work[] = [];
  // As the peer's variables, the weights go on from one work to the next.
  let states: CellState[] = recipes.map(({ weights, statistics }) => ({
    weights: cookAll(weights),
    statistics: cookAll(statistics),
  }));
  for (const mode of ["compiled", "eager"] as const) {
    const run: Record<string, () => number[]> = {
      forward: () => read(forwards[mode](states, xs)),
      step: () => {
        const next = steps[mode](states, xs, targets);
        tf.dispose(states);
        states = next.states;
        return read(next.losses);
      },
    };
    for (const [name, work] of Object.entries(run)) {
      await agree(peer, group, `${name} ${mode}`, work);
      works.push({ group, work: `${name} ${mode}`, run: work, count: 2, unit: "ms" });
    }
  }
  return works;
}

/** Makes sure that both sides do the same work: their values agree for a few steps. */
async function agree(peer: Peer, group: string, work: string, run: () => number[]): Promise<void> {
  for (let call = 0; call < 3; call++) {
    const ours = run();
    const { values } = await peer.ask<{ values: number[] }>({ task: "values", group, work });
    ours.forEach((value, i) => {
      if (!(Math.abs(value - values[i]) <= 1e-3 * (1 + Math.abs(values[i])))) {
        throw new Error(`${group}, ${work}: call ${call} gives ${value}, the peer ${values[i]}`);
      }
    });
  }
}

function rowName({ group, work }: Work): string {
  return group === "calls" ? work : `${group}, ${work}`;
}

async function measure(peer: Peer, work: Work, rounds: number): Promise<Row> {
  const { group, run, unit } = work;
  const ours: number[] = [];
  const theirs: number[] = [];
  const scale = unit === "ms" ? 1e3 : 1e6;
  for (let round = -1; round < rounds; round++) {
    // The first round warms up: JavaScript compiles what has run some thousand times.
    const count = round < 0 ? work.count * WARM_UP : work.count;
    const began = performance.now();
    for (let i = 0; i < count; i++) run();
    const mine = (performance.now() - began) / 1e3 / count;
    const { seconds } = await peer.ask<{ seconds: number }>({
      task: "time",
      group,
      work: work.work,
      count,
    });
    if (round < 0) continue;
    ours.push(mine * scale);
    theirs.push(seconds * scale);
  }
  return {
    name: rowName(work),
    unit,
    ours: spread(ours),
    peer: spread(theirs),
    ratio: spread(ours.map((time, i) => time / theirs[i])),
  };
}
