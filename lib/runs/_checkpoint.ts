import { describeError, jsonText, parseJson, sha256 } from "../files.ts";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "../safetensors.ts";
import { CODECS } from "../safetensors/_dtypes.ts";

/** Where a run stands. */
export interface Checkpoint {
  /** Weights, optimizer slots, statistics. */
  readonly tensors: Readonly<Record<string, SafetensorsTensor>>;
  /** Everything else, as plain JSON data: step, random streams, results so far. */
  readonly state: unknown;
}

/** A checkpoint and the length of metrics.jsonl at its time. */
export interface StoredCheckpoint extends Checkpoint {
  readonly metricsBytes: number;
}

const NAME = "checkpoint.safetensors";
const PREVIOUS = "checkpoint.previous.safetensors";
const NEXT = "checkpoint.next.safetensors";

/** Writes a checkpoint in place of the last one, which becomes the previous one. */
export async function saveCheckpoint(
  folder: string,
  { tensors, state, metricsBytes }: StoredCheckpoint,
): Promise<void> {
  const metadata = { state: jsonText(state, `${folder}/${NAME}`), metricsBytes: `${metricsBytes}` };
  const next = `${folder}/${NEXT}`;
  await writeSafetensors(next, tensors, { ...metadata, sha256: contentHash(tensors, metadata) });
  try {
    await renameIfThere(`${folder}/${NAME}`, `${folder}/${PREVIOUS}`);
    await Deno.rename(next, `${folder}/${NAME}`);
  } catch (error) {
    throw new Error(`Cannot write ${folder}/${NAME}: ${describeError(error)}`, { cause: error });
  }
}

/**
 * The last checkpoint that is whole, or undefined before the first.
 *
 * A cut or altered one is replaced by the one before, so that the next save does not push that one out.
 *
 * @param onWarning Told, in one sentence, of a checkpoint that was broken.
 * @throws {SyntaxError} naming the file, where none is whole.
 */
export async function loadCheckpoint(
  folder: string,
  onWarning: (text: string) => void,
): Promise<StoredCheckpoint | undefined> {
  const there = new Set((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name));
  // Only the previous one is there if the run was killed between the two renames.
  const [name, before] = [NAME, PREVIOUS].filter((each) => there.has(each));
  if (name === undefined) return undefined;
  try {
    return await readCheckpoint(`${folder}/${name}`);
  } catch (error) {
    if (before === undefined || !(error instanceof SyntaxError)) throw error;
    const previous = await readCheckpoint(`${folder}/${before}`).catch(() => {
      throw error;
    });
    await Deno.rename(`${folder}/${before}`, `${folder}/${name}`);
    onWarning(`${error.message}; the run goes on from the checkpoint before it`);
    return previous;
  }
}

async function readCheckpoint(path: string): Promise<StoredCheckpoint> {
  const { tensors, metadata } = await readSafetensors(path);
  const { state, metricsBytes, sha256: hash } = metadata;
  if (state === undefined || metricsBytes === undefined || hash === undefined) {
    throw new SyntaxError(`Cannot read ${path}: it is no checkpoint`);
  }
  if (hash !== contentHash(tensors, { state, metricsBytes })) {
    throw new SyntaxError(
      `Cannot read ${path}: it is broken, its content does not have the hash it was written with`,
    );
  }
  return { tensors, state: parseJson(state, path), metricsBytes: Number(metricsBytes) };
}

function contentHash(
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  metadata: { state: string; metricsBytes: string },
): string {
  const names = Object.keys(tensors).sort();
  const header = names.map((name) => [name, tensors[name].dtype, tensors[name].shape]);
  const data = names.map((name) => CODECS[tensors[name].dtype].write(tensors[name].data));
  return sha256(JSON.stringify([metadata.state, metadata.metricsBytes, header]), ...data);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await Deno.rename(from, to).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
