import type { ProgressEvent } from "../progress.ts";
import { formatDuration, formatInteger, formatNumber } from "./format.ts";

/** An event and what follows from those before it. */
export interface Snapshot extends ProgressEvent {
  /** The first event of its stage. */
  readonly first: boolean;
  /** The stage is done. */
  readonly last: boolean;
  /** Units done in a second, over the last ten seconds; undefined until something was done in some time. */
  readonly rate: number | undefined;
  /** At that rate; undefined where rate or total are not known. */
  readonly secondsLeft: number | undefined;
  readonly secondsElapsed: number;
}

interface Sample {
  readonly seconds: number;
  readonly done: number;
}

const WINDOW_SECONDS = 10;
const SAMPLE_SECONDS = 0.1;

/** A function that turns events into snapshots; `now` counts milliseconds. */
export function createTracker(now: () => number): (event: ProgressEvent) => Snapshot {
  const stages = new Map<string, Sample[]>();
  const starts = new Map<string, number>();

  return (event) => {
    const { stage, done, total } = event;
    const seconds = now() / 1000;
    let samples = stages.get(stage);
    const first = samples === undefined || done < samples[samples.length - 1].done;
    if (samples === undefined || first) {
      samples = [];
      stages.set(stage, samples);
      starts.set(stage, seconds);
    }
    addSample(samples, { seconds, done });
    const rate = rateOf(samples);
    const last = total > 0 && done >= total;
    const secondsElapsed = seconds - (starts.get(stage) ?? seconds);
    if (last) {
      stages.delete(stage);
      starts.delete(stage);
    }
    const secondsLeft = last
      ? 0
      : rate !== undefined && total > 0
      ? (total - done) / rate
      : undefined;
    return { ...event, first, last, rate, secondsLeft, secondsElapsed };
  };
}

function addSample(samples: Sample[], sample: Sample): void {
  const before = samples[samples.length - 2];
  // The newest sample moves on until it is a tenth of a second away from the one before it.
  if (
    before !== undefined && samples[samples.length - 1].seconds - before.seconds < SAMPLE_SECONDS
  ) samples.pop();
  samples.push(sample);
  while (samples.length > 2 && samples[1].seconds < sample.seconds - WINDOW_SECONDS) {
    samples.shift();
  }
}

function rateOf(samples: Sample[]): number | undefined {
  const [oldest, newest] = [samples[0], samples[samples.length - 1]];
  const seconds = newest.seconds - oldest.seconds;
  const done = newest.done - oldest.done;
  return seconds > 0 && done > 0 ? done / seconds : undefined;
}

/** "1,200/4,000 batches", then rate, time left (at the end: time taken) and metrics. */
export function describeSnapshot(snapshot: Snapshot): string[] {
  const { done, total, unit, rate, secondsLeft, secondsElapsed, last, metrics = {} } = snapshot;
  const parts = [`${formatInteger(done)}${total > 0 ? `/${formatInteger(total)}` : ""} ${unit}`];
  if (rate !== undefined) parts.push(`${formatNumber(rate)} ${unit}/s`);
  if (last) parts.push(`in ${formatDuration(secondsElapsed)}`);
  else if (secondsLeft !== undefined) parts.push(`${formatDuration(secondsLeft)} left`);
  for (const [name, value] of Object.entries(metrics)) parts.push(`${name} ${formatNumber(value)}`);
  return parts;
}
