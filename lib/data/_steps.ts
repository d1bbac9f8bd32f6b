import type { LoadDatasetOptions } from "./load.ts";

/** Reports one more file at each call, after the first event; stops if the signal says so. */
export function reporter(
  stage: string,
  total: number,
  { onProgress, signal }: LoadDatasetOptions,
  unit = "files",
): () => void {
  let done = 0;
  const report = (): void => {
    signal?.throwIfAborted();
    onProgress?.({ stage, done, total, unit });
    done++;
  };
  report();
  return report;
}
