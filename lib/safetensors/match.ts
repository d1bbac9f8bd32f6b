import type { SafetensorsTensor } from "./_dtypes.ts";
import { quote } from "./_header.ts";

/** More problems than these stand on one line for each kind. */
const MOST_LINES = 7;

const KINDS = ["missing", "extra", "shape", "not finite"] as const;

/** What is wrong with one tensor. */
interface Problem {
  kind: typeof KINDS[number];
  text: string;
}

/** PyTorch counts batches there; no network needs it. */
const MAY_BE_EXTRA = /(^|\.)num_batches_tracked$/;

/**
 * Checks that a weights file belongs to a network: it has each tensor that the network needs, of
 * the right shape and finite, and no other. `*.num_batches_tracked` may be there or not.
 *
 * @param expected The shape of each tensor that the network needs, by name.
 * @param found The file's tensors.
 * @param source What the file is called in errors.
 * @throws {Error} If a tensor is missing, extra, of another shape, or holds NaN or infinity. All
 * are listed: up to seven on a line each, more of them on one line for each kind.
 *
 * @example Weights of another network
 * ```ts
 * import { matchTensors } from "@dna/kernel";
 * import { assertThrows } from "@std/assert";
 *
 * const found = { bias: { dtype: "F32", shape: [2], data: new Float32Array(2) } } as const;
 * matchTensors({ bias: [2] }, found, "a.safetensors");
 * assertThrows(
 *   () => matchTensors({ bias: [3], weight: [3, 3] }, found, "a.safetensors"),
 *   Error,
 *   'missing: "weight" [3,3]\nshape: "bias" is [2], must be [3]',
 * );
 * ```
 */
export function matchTensors(
  expected: Readonly<Record<string, readonly number[]>>,
  found: Readonly<Record<string, SafetensorsTensor>>,
  source: string,
): void {
  const problems: Problem[] = [];
  for (const [name, shape] of Object.entries(expected)) {
    if (!Object.hasOwn(found, name)) {
      problems.push({ kind: "missing", text: `${quote(name)} ${quote(shape)}` });
      continue;
    }
    const tensor = found[name];
    if (tensor.shape.join() !== shape.join()) {
      const text = `${quote(name)} is ${quote(tensor.shape)}, must be ${quote(shape)}`;
      problems.push({ kind: "shape", text });
    } else {
      const bad = firstNotFinite(tensor);
      if (bad !== undefined) {
        problems.push({ kind: "not finite", text: `${quote(name)} holds ${bad}` });
      }
    }
  }
  for (const [name, { shape }] of Object.entries(found)) {
    if (Object.hasOwn(expected, name) || MAY_BE_EXTRA.test(name)) continue;
    problems.push({ kind: "extra", text: `${quote(name)} ${quote(shape)}` });
  }
  if (problems.length === 0) return;
  const title = problems.some(({ kind }) => kind !== "not finite")
    ? `Cannot use ${source}: it holds the weights of another network`
    : `Cannot use ${source}: its weights are broken`;
  throw new Error([title, ...listProblems(problems)].join("\n"));
}

function firstNotFinite({ data }: SafetensorsTensor): number | undefined {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  return data.find((value: number) => !Number.isFinite(value));
}

/** The problems by kind: a line each, or a line for each kind where that would be too many. */
function listProblems(problems: readonly Problem[]): string[] {
  return KINDS.flatMap((kind) => {
    const texts = problems.filter((problem) => problem.kind === kind).map(({ text }) => text);
    if (problems.length <= MOST_LINES) return texts.map((text) => `${kind}: ${text}`);
    return texts.length > 0 ? [`${kind} (${texts.length}): ${texts.join(", ")}`] : [];
  });
}
