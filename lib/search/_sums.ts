import type { Edge, Stage } from "./_stages.ts";

/** Loss and costs of a whole choice. */
export interface Total {
  /** Sum of the losses, first block first. */
  loss: number;
  /** Sum of the costs in each unit. */
  costs: number[];
}

/** Adds up a choice. */
export function total(edges: readonly Edge[]): Total {
  return {
    loss: edges.reduce((sum, edge) => sum + edge.loss, 0),
    costs: edges[0].costs.map((_, k) => edges.reduce((sum, edge) => sum + edge.costs[k], 0)),
  };
}

/**
 * The least sum of a value over the blocks from each one on, as `sums[block][input width]`; one entry more, of zeros, is the
 * network's end.
 */
export function leastSums(stages: readonly Stage[], value: (edge: Edge) => number): number[][] {
  const sums = [new Array<number>(stages.at(-1)!.outputs).fill(0)];
  for (const stage of stages.toReversed()) {
    const after = sums[0];
    const here = new Array<number>(stage.inputs).fill(Infinity);
    for (const edge of stage.edges) {
      here[edge.from] = Math.min(here[edge.from], value(edge) + after[edge.to]);
    }
    sums.unshift(here);
  }
  return sums;
}

/** The choice with the least sum of a value, added up first block first. */
export function leastChoice(stages: readonly Stage[], value: (edge: Edge) => number): Edge[] {
  let sums = [0];
  const lasts = stages.map(({ outputs, edges }) => {
    const next = new Array<number>(outputs).fill(Infinity);
    const last = new Array<Edge>(outputs);
    for (const edge of edges) {
      const sum = sums[edge.from] + value(edge);
      if (sum >= next[edge.to]) continue;
      next[edge.to] = sum;
      last[edge.to] = edge;
    }
    sums = next;
    return last;
  });
  let to = sums.indexOf(Math.min(...sums));
  const choice: Edge[] = [];
  for (const last of lasts.toReversed()) {
    choice.unshift(last[to]);
    to = last[to].from;
  }
  return choice;
}
