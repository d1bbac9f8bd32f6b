/**
 * `deno task ablation power`: the smallest difference of taus that a design can see.
 *
 * @module
 */

import { createRandom, type DesignPower, designPower, type SeenTau } from "../../mod.ts";
import {
  type Given,
  helpText,
  number,
  type OptionSpecs,
  readOptions,
  UsageError,
  wholeNumber,
} from "../_options.ts";
import { alignColumns } from "../../lib/columns.ts";

const ABOUT =
  "Says what an experiment could see: the least tau that it tells from 0, and the least lead of one\n" +
  "rater over another, each seen in so many of 100 experiments as --power says.";

const OPTIONS: OptionSpecs = {
  networks: { value: "N[,N]", help: "networks that are retrained (needed)" },
  seeds: { value: "N[,N]", help: "seeds that each is retrained with", default: "1" },
  noise: { value: "X", help: "deviation of accuracy between a network's seeds (needed)" },
  spread: { value: "X", help: "deviation of true accuracy between networks (needed)" },
  tau: { value: "T", help: "true tau of the weaker rater", default: "0.3" },
  similarity: { value: "R", help: "correlation between the raters' errors", default: "0" },
  difference: { value: "T", help: "a lead whose power is asked for" },
  level: { value: "P", help: "level of the intervals", default: "0.95" },
  power: { value: "P", help: "how often the lead shall be seen", default: "0.8" },
  simulations: { value: "N", help: "experiments drawn", default: "1000, fewer of many networks" },
  seed: { value: "N", help: "seed of the experiments drawn", default: "0" },
  json: { help: "everything as JSON" },
  help: { help: "this text" },
};

/** One line of the table. */
interface Line extends DesignPower {
  networks: number;
  seeds: number;
}

/** Reads the arguments, computes and prints. */
export function ablationPower(args: string[]): void {
  const { given } = readOptions(args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task ablation power [options]", ABOUT, OPTIONS));
  }
  const noise = needed("noise", number(given, "noise", 0, 1e12));
  const spread = needed("spread", number(given, "spread", 1e-12, 1e12));
  const tau = number(given, "tau", -1, 0.999) ?? 0.3;
  const difference = number(given, "difference", 0, 1 - tau);
  const design = {
    noise,
    spread,
    tau,
    difference,
    similarity: number(given, "similarity", -1, 1),
    level: number(given, "level", 0.5, 0.9999),
    power: number(given, "power", 0.05, 0.999) ?? 0.8,
  };
  const simulations = wholeNumber(given, "simulations", 2, 1_000_000);
  const seed = wholeNumber(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const counts = wholeNumbers(given, "networks", 4);
  const lines = counts.flatMap((networks) =>
    wholeNumbers(given, "seeds", 1, "1").map((seeds): Line => {
      const random = createRandom(seed, "power", networks, seeds);
      return {
        networks,
        seeds,
        ...designPower({ ...design, networks, seeds }, { random, simulations }),
      };
    })
  );
  if (given.json) return console.log(JSON.stringify({ ...design, designs: lines }));
  console.log(page(lines, design));
}

function page(
  lines: readonly Line[],
  { noise, spread, tau, difference, power }: {
    noise: number;
    spread: number;
    tau: number;
    difference?: number;
    power: number;
  },
): string {
  const head = ["networks", "seeds", "trainings", "ceiling", "least tau", "least difference"];
  if (difference !== undefined) head.push(`power at ${difference}`);
  const rows = lines.map((line) => [
    `${line.networks}`,
    `${line.seeds}`,
    `${line.networks * line.seeds}`,
    line.ceiling.toFixed(3),
    seen(line.smallestTau),
    seen(line.smallestDifference),
    ...(line.power === undefined ? [] : [`${(100 * line.power).toFixed(0)} %`]),
  ]);
  return [
    `Noise ${noise} between seeds, spread ${spread} between networks; weaker rater's tau ${tau}`,
    "",
    alignColumns([head, ...rows]),
    "",
    "Ceiling: expected tau of a perfect rater. Least tau, least difference: seen in " +
    `${Math.round(100 * power)} % of`,
    "experiments; against true accuracies, and in brackets as measured against accuracies with noise.",
  ].join("\n");
}

function seen(effect: SeenTau | undefined): string {
  return effect ? `${effect.true.toFixed(3)} (${effect.measured.toFixed(3)})` : "none";
}

function needed<T>(name: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new UsageError(`--${name} is needed: ${OPTIONS[name].help.replace(" (needed)", "")}`);
}

/** Whole numbers with commas between. */
function wholeNumbers(given: Given, name: string, low: number, otherwise?: string): number[] {
  const text = needed(name, given[name] ?? otherwise);
  return String(text).split(",").map((part) => wholeNumber({ [name]: part }, name, low, 100_000)!);
}
