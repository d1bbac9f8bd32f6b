const encoder = new TextEncoder();

/** Writes to standard error; a reader that has gone is no reason to end a run. */
export function writeToStderr(text: string): void {
  try {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
