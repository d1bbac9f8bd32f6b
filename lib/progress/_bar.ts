import cliProgress from "npm:cli-progress@3.12.0";
import process from "node:process";
import { createTracker, describeSnapshot, type Snapshot } from "./_tracker.ts";
import type { ProgressEvent, ProgressRenderer } from "../progress.ts";

const WIDEST_BAR = 24;
const NARROWEST_BAR = 6;

/** What a bar draws on: process.stderr, or a stand-in for it. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What is used of the package, which has no types of its own. */
interface Bar {
  start(total: number, done: number, payload: { snapshot: Snapshot }): void;
  setTotal(total: number): void;
  update(done: number, payload: { snapshot: Snapshot }): void;
  stop(): void;
}

interface BarOptions {
  stream: TerminalStream;
  format: typeof draw;
  linewrap: boolean;
}

const { SingleBar } = cliProgress as unknown as { SingleBar: new (options: BarOptions) => Bar };

/** One bar, of the stage that is under way; a stage that ended leaves its line. */
export function barProgress(
  stream: TerminalStream = process.stderr,
  now: () => number = () => performance.now(),
): ProgressRenderer {
  const track = createTracker(now);
  let bar: Bar | undefined;
  let stage: string | undefined;

  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    stage = undefined;
  };

  return {
    report(event: ProgressEvent): void {
      const snapshot = track(event);
      if (stage !== event.stage || snapshot.first) stop();
      if (bar === undefined) {
        // Neither hides the cursor nor changes wrapping: a killed run leaves the terminal as it was.
        bar = new SingleBar({ stream, format: draw, linewrap: true });
        stage = event.stage;
        bar.start(event.total, event.done, { snapshot });
      } else {
        bar.setTotal(event.total);
        bar.update(event.done, { snapshot });
      }
      if (snapshot.last) stop();
    },
    close: stop,
  };
}

function draw(
  _options: unknown,
  { maxWidth }: { maxWidth: number },
  { snapshot }: { snapshot: Snapshot },
): string {
  const { stage, done, total } = snapshot;
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const after = `] ${percent} %  ${describeSnapshot(snapshot).join(" · ")}`;
  const room = maxWidth - stage.length - 2 - after.length;
  const width = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, room));
  const full = Math.round(share * width);
  return `${stage} [${"=".repeat(full)}${"-".repeat(width - full)}${after}`;
}
