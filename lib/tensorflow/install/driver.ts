/**
 * Whether an NVIDIA driver is there, which decides what set-up installs.
 *
 * @module
 */

/** An NVIDIA driver. */
export interface Driver {
  /** Its version, as in `570.86.15`; nothing where it does not tell. */
  version: string | undefined;
}

/** Oldest driver that CUDA 12's libraries work with. */
export const OLDEST_DRIVER = 525;

/** Finds NVIDIA's driver; nothing where there is none. */
export async function nvidiaDriver(): Promise<Driver | undefined> {
  const module = readText("/proc/driver/nvidia/version")?.match(/Kernel Module.*?(\d+\.\d[\d.]*)/);
  if (module) return { version: module[1] };
  const told = await askDriver();
  if (told) return { version: told };
  // The second is Windows' driver, as WSL2 shows it.
  const present = ["/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1"].some(exists);
  return present ? { version: undefined } : undefined;
}

async function askDriver(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=driver_version", "--format=csv,noheader"],
      stdin: "null",
      stderr: "null",
    }).output();
    const version = new TextDecoder().decode(stdout).match(/^\d+\.\d[\d.]*/m);
    return success && version ? version[0] : undefined;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
