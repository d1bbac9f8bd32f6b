import { describeError } from "../files.ts";

/** A run folder's lock, held by this process. */
export interface Lock {
  /** Lets the next one in. */
  release(): void;
}

/**
 * Locks a folder for this process, through the operating system's lock on its file `lock`: the lock ends with the process however it
 * ends, so that none is ever left over. The file says who holds it.
 *
 * @throws {Error} "Cannot use FOLDER: process 123 is at work in it".
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const lock = await tryLockFolder(folder);
  if (lock) return lock;
  throw new Error(`Cannot use ${folder}: ${await holder(lockFile(folder))} is at work in it`);
}

/** As {@linkcode lockFolder}; undefined where another process is at work in the folder. */
export async function tryLockFolder(folder: string): Promise<Lock | undefined> {
  const path = lockFile(folder);
  try {
    while (true) {
      const file = await Deno.open(path, { read: true, write: true, create: true });
      const held = await holdLock(file, path).catch((error) => {
        file.close();
        throw error;
      });
      if (typeof held === "object") return held;
      file.close();
      if (held === "busy") return undefined;
    }
  } catch (error) {
    throw new Error(`Cannot use ${folder}: ${describeError(error)}`, { cause: error });
  }
}

function lockFile(folder: string): string {
  return `${folder}/lock`;
}

/**
 * `busy` if another process holds it; `gone` if the file was removed, with the lock of the one before, in the moment between opening
 * and locking it.
 */
async function holdLock(file: Deno.FsFile, path: string): Promise<Lock | "busy" | "gone"> {
  if (!await file.tryLock(true)) return "busy";
  const there = await Deno.stat(path).catch(() => undefined);
  if (there?.ino !== (await file.stat()).ino) return "gone";
  await file.truncate();
  await file.write(
    new TextEncoder().encode(`${JSON.stringify({ pid: Deno.pid, started: new Date() })}\n`),
  );
  return {
    release() {
      try {
        Deno.removeSync(path);
      } catch {
        // The folder may be gone; closing the file releases the lock all the same.
      }
      file.close();
    },
  };
}

async function holder(path: string): Promise<string> {
  try {
    const { pid, started } = JSON.parse(await Deno.readTextFile(path));
    return `process ${pid} (since ${started})`;
  } catch {
    return "another process";
  }
}
