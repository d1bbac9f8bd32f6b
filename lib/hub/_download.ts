import { createHash } from "node:crypto";
import { describeError } from "../files.ts";
import type { ProgressEvent } from "../progress.ts";
import { explainStatus, type Hash, NetworkError, type RemoteFile, request } from "./_request.ts";
import type { HubSettings } from "./_settings.ts";
import { formatHubName, type HubFile } from "./name.ts";

/** How often it is tried again when nothing more came, each after twice the pause. */
const TRIES = 4;
const FIRST_PAUSE_MS = 250;
const SILENCE_MS = 60_000;

/** How fetching is watched and stopped. */
export interface HubOptions {
  /** Receives megabytes so far. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops it; the next call goes on from there. */
  signal?: AbortSignal;
}

/** A download under way. */
interface Job extends HubOptions {
  file: HubFile;
  remote: RemoteFile;
  settings: HubSettings;
  /** Where the bytes go; what is there already was fetched before. */
  part: string;
}

/**
 * Fetches a file to `part`, going on after what is there already, and checks size and hash.
 *
 * @throws {Error} One sentence; a part whose content is wrong is removed, one that is merely
 * incomplete is kept.
 */
export async function download(job: Job): Promise<void> {
  const { file, remote, part, signal } = job;
  const start = `Cannot fetch ${formatHubName(file)}`;
  (await openPart(part, await partSize(part))).close();
  for (let tries = 1;;) {
    signal?.throwIfAborted();
    const before = await partSize(part);
    report(job, Math.min(before, remote.size));
    if (before >= remote.size) break;
    const problem = await transfer(job, before);
    const after = await partSize(part);
    if (after >= remote.size || problem === "end") break;
    tries = after > before ? 1 : tries + 1;
    if (tries > TRIES) {
      throw new Error(
        `${start}: ${problem} after ${after} of ${remote.size} bytes; the next try goes on from ` +
          "there",
      );
    }
    await pause(FIRST_PAUSE_MS * 2 ** (tries - 1), signal);
  }
  const size = await partSize(part);
  if (size !== remote.size) {
    await Deno.remove(part);
    throw new Error(`${start}: it has ${size} bytes and should have ${remote.size}; try again`);
  }
  const digits = await hashFile(part, remote);
  if (digits !== remote.hash.digits) {
    await Deno.remove(part);
    throw new Error(
      `${start}: its ${
        label(remote.hash)
      } is ${digits} and should be ${remote.hash.digits}; try again`,
    );
  }
}

/** Fetches from byte `from` on; says why it ended, `end` where the server has no more. */
async function transfer(job: Job, from: number): Promise<string> {
  const { file, remote, settings, part, signal } = job;
  const silence = new AbortController();
  const end = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  try {
    const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    wait();
    const response = await request(remote.url, { method: "GET", headers }, settings, end);
    if (!response.ok) await response.body?.cancel();
    if (response.status === 416) return "end"; // nothing lies beyond
    if (!response.ok) throw explainStatus(response, file, settings);
    const goesOn = response.status === 206 &&
      response.headers.get("content-range")?.startsWith(`bytes ${from}-`);
    using output = await openPart(part, goesOn ? from : 0);
    let done = goesOn ? from : 0;
    for await (const bytes of response.body ?? []) {
      wait();
      await writeAll(output, bytes, part);
      done += bytes.length;
      if (done > remote.size) break;
      report(job, done);
    }
    return "the connection ended";
  } catch (error) {
    signal?.throwIfAborted();
    if (silence.signal.aborted) return `nothing came for ${SILENCE_MS / 1000} s`;
    if (error instanceof NetworkError) return error.message;
    if (error instanceof TypeError) return "the connection broke";
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function openPart(part: string, from: number): Promise<Deno.FsFile> {
  try {
    const file = await Deno.open(part, { create: true, write: true });
    await file.truncate(from);
    await file.seek(from, Deno.SeekMode.Start);
    return file;
  } catch (error) {
    throw new Error(`Cannot write ${part}: ${describeError(error)}`, { cause: error });
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array, part: string): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  } catch (error) {
    throw new Error(`Cannot write ${part}: ${describeError(error)}`, { cause: error });
  }
}

async function partSize(part: string): Promise<number> {
  try {
    return (await Deno.stat(part)).size;
  } catch {
    return 0;
  }
}

async function hashFile(path: string, { hash, size }: RemoteFile): Promise<string> {
  const sum = createHash(hash.kind === "sha256" ? "sha256" : "sha1");
  if (hash.kind === "git-sha1") sum.update(`blob ${size}\0`);
  using file = await Deno.open(path);
  for await (const bytes of file.readable) sum.update(bytes);
  return sum.digest("hex");
}

function label({ kind }: Hash): string {
  return kind === "sha256" ? "SHA-256" : "hash in git";
}

function report({ file, remote, onProgress }: Job, bytes: number): void {
  const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
  onProgress?.({
    stage: `fetch ${formatHubName(file)}`,
    done: megabytes(bytes),
    total: megabytes(remote.size),
    unit: "MB",
  });
}

/** Waits, but not longer than until the signal. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}
