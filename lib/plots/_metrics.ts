/** What figures take from the lines of metrics.jsonl; other lines are left alone. */

/** Loss of a cell in an epoch of distillation. */
export interface DistilLine {
  epoch: number;
  block: number;
  cell: number;
  loss: number;
}

/** Loss and accuracy of a network in an epoch of retraining. */
export interface RetrainLine {
  network: string;
  epoch: number;
  loss: number;
  accuracy: number;
}

/** The lines of stage `distil`. */
export function distilLines(metrics: readonly Record<string, unknown>[]): DistilLine[] {
  return metrics.flatMap(({ stage, epoch, block, cell, loss }) =>
    stage === "distil" && areNumbers(epoch, block, cell, loss)
      ? [{ epoch, block, cell, loss } as DistilLine]
      : []
  );
}

/** The lines of stage `retrain`. */
export function retrainLines(metrics: readonly Record<string, unknown>[]): RetrainLine[] {
  return metrics.flatMap(({ stage, network, epoch, loss, accuracy }) =>
    stage === "retrain" && typeof network === "string" && areNumbers(epoch, loss, accuracy)
      ? [{ network, epoch, loss, accuracy } as RetrainLine]
      : []
  );
}

/** The epoch in which a cell's training was stopped. */
export interface StoppedLine {
  epoch: number;
  step: number;
  block: number;
  cell: number;
  reason: string;
}

/** The lines of stage `stopped`. */
export function stoppedLines(metrics: readonly Record<string, unknown>[]): StoppedLine[] {
  return metrics.flatMap(({ stage, epoch, step, block, cell, reason }) =>
    stage === "stopped" && typeof reason === "string" && areNumbers(epoch, step, block, cell)
      ? [{ epoch, step, block, cell, reason } as StoppedLine]
      : []
  );
}

/** The lines by key, in the order of their first ones. */
export function groupBy<T, K>(lines: readonly T[], key: (line: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const line of lines) {
    const group = groups.get(key(line));
    if (group) group.push(line);
    else groups.set(key(line), [line]);
  }
  return groups;
}

function areNumbers(...values: unknown[]): boolean {
  return values.every((value) => Number.isFinite(value));
}
