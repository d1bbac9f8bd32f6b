/** Every network of a small space, looked at one by one: what searches are compared with. */
import { parseRatings, type Ratings, ratingsSpace } from "../lib/ratings.ts";
import { networkParts } from "../lib/search/parts.ts";
import type { CustomCost, PlacedPart, SearchOptions } from "../lib/search/types.ts";
import { assemble } from "../lib/space/assemble.ts";
import { cost } from "../lib/space/cost.ts";
import { operationLabel, pathOperations } from "../lib/space/paths.ts";
import type { BlockChoice } from "../lib/space/types.ts";
import { everyChoice } from "./_spaces.ts";

/** A network, its loss and all its costs by name. */
export interface Network {
  choice: BlockChoice[];
  loss: number;
  costs: Record<string, number>;
  labels: string[];
}

/** A cost in whole numbers that depends on all that a part tells, unlike any unit. */
export const WAIT: CustomCost = {
  name: "wait",
  unit: "ns",
  of: ({ kind, layer, inputWidth, width, inputSize, size }: PlacedPart) =>
    layer
      ? 7 * layer.kernel + Math.round(layer.expansion * inputWidth / 3) + 3 * inputSize + size
      : kind === "classifier"
      ? 11
      : width + size,
};

/** The same, not whole. */
export const FRACTION: CustomCost = { name: "fraction", of: (part) => WAIT.of(part) / 7 };

/** Every network of the ratings' space that the options allow, budgets aside. */
export function everyNetwork(ratings: Ratings, options: SearchOptions = {}): Network[] {
  const space = ratingsSpace(parseRatings(ratings));
  const { resolution, classes } = ratings;
  const { weights, costs = [], cells = {}, without = [] } = options;
  const forbidden = without.map((operation) =>
    typeof operation === "string" ? operation : operationLabel(operation)
  );
  return [...everyChoice(space)].map((choice) => {
    const architecture = assemble(space, choice);
    const parts = networkParts(architecture, { resolution, classes });
    return {
      choice,
      loss: choice.reduce(
        (sum, { cell, path }, i) =>
          sum + (weights?.[i] ?? 1) * ratings.blocks[i].cells[cell].losses[path],
        0,
      ),
      costs: {
        ...cost(architecture, { resolution, classes }),
        ...Object.fromEntries(
          costs.map(({ cost }) => [cost.name, parts.reduce((sum, part) => sum + cost.of(part), 0)]),
        ),
      },
      labels: choice.flatMap(({ cell, path }, i) =>
        pathOperations(space, space.blocks[i].cells[cell].depth, path).map(operationLabel)
      ),
    };
  }).filter(({ choice, labels }) =>
    choice.every(({ cell }, i) => !cells[i] || cells[i].includes(cell)) &&
    labels.every((label) => !forbidden.includes(label))
  );
}

/** The limits of the options by name, in the order that decides ties. */
export function limitsOf(options: SearchOptions): [name: string, most: number][] {
  const { maxParams, maxFlops, maxMacs, costs = [] } = options;
  return [
    ["params", maxParams],
    ["flops", maxFlops],
    ["macs", maxMacs],
    ...costs.map(({ cost, max }) => [cost.name, max]),
  ].filter((limit): limit is [string, number] => limit[1] !== undefined);
}

/** The networks that fit, the best first: by loss, then by the constrained costs, then the first choice. */
export function ranking(networks: readonly Network[], options: SearchOptions): Network[] {
  const limits = limitsOf(options);
  return networks
    .filter(({ costs }) => limits.every(([name, most]) => costs[name] <= most))
    .sort((a, b) => {
      if (a.loss !== b.loss) return a.loss - b.loss;
      for (const [name] of limits) {
        if (a.costs[name] !== b.costs[name]) return a.costs[name] - b.costs[name];
      }
      return compareChoices(a.choice, b.choice);
    });
}

/**
 * The networks that none beats or equals in loss and in the named costs, by rising cost; of equal ones that with less of the
 * `others`, in turn, then the first choice.
 */
export function frontOf(
  networks: readonly Network[],
  names: readonly string[],
  others: readonly string[],
): Network[] {
  const key = ({ loss, costs }: Network) => [...names.map((name) => costs[name]), loss];
  const whole = (
    network: Network,
  ) => [...key(network), ...others.map((name) => network.costs[name])];
  const sorted = networks.toSorted((a, b) => {
    const [first, second] = [whole(a), whole(b)];
    const at = first.findIndex((value, i) => value !== second[i]);
    return at < 0 ? compareChoices(a.choice, b.choice) : first[at] - second[at];
  });
  return sorted.filter((network, i) =>
    !sorted.some((other, j) => {
      const values = key(network);
      const others = key(other);
      return j !== i && others.every((value, k) => value <= values[k]) &&
        (j < i || others.some((value, k) => value < values[k]));
    })
  );
}

function compareChoices(a: readonly BlockChoice[], b: readonly BlockChoice[]): number {
  for (const [i, { cell, path }] of a.entries()) {
    const order = cell - b[i].cell || path - b[i].path;
    if (order) return order;
  }
  return 0;
}
