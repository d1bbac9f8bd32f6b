import type { ProgressEvent, ProgressOptions, ProgressRenderer } from "../progress.ts";
import { writeToStderr } from "./_output.ts";
import { createTracker, type Snapshot } from "./_tracker.ts";

/**
 * Prints lines: the first and the last event of each stage, and between them one each `everySeconds`. A stage that
 * another one follows before it is done gets its newest event as its last line.
 */
export function lineProgress(
  format: (snapshot: Snapshot) => string,
  { write = writeToStderr, now = () => performance.now(), everySeconds = 5 }: ProgressOptions,
): ProgressRenderer {
  const track = createTracker(now);
  let printedAt = new Map<string, number>();
  let waiting: Snapshot | undefined;

  const print = (snapshot: Snapshot): void => {
    printedAt.set(snapshot.stage, now());
    write(`${format(snapshot)}\n`);
  };
  const printWaiting = (): void => {
    if (waiting) print(waiting);
    waiting = undefined;
  };

  return {
    report(event: ProgressEvent): void {
      if (waiting && waiting.stage !== event.stage) printWaiting();
      const snapshot = track(event);
      const since = now() - (printedAt.get(event.stage) ?? -Infinity);
      if (snapshot.first || snapshot.last || since >= everySeconds * 1000) {
        waiting = undefined;
        print(snapshot);
      } else {
        waiting = snapshot;
      }
      if (snapshot.last) printedAt.delete(event.stage);
    },
    close(): void {
      printWaiting();
      printedAt = new Map();
    },
  };
}
