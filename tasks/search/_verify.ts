/**
 * `deno task search verify FILE`: checks a saved result in a process of its own.
 *
 * @module
 */

import { dirname, join } from "node:path";
import {
  type CustomCost,
  latencyCost,
  type Ratings,
  readJson,
  readLatencyTable,
  readRatings,
  verifyCertificate,
} from "../../mod.ts";
import { helpText, type OptionSpecs, readOptions, UsageError } from "../_options.ts";

const OPTIONS: OptionSpecs = {
  ratings: { value: "FILE", help: "the ratings", default: "ratings.json beside FILE" },
  json: { help: "what was checked as JSON" },
  help: { help: "this text" },
};

const ABOUT =
  "Checks a run's architecture.json, or what certify() gave: that the network is of the space and\n" +
  "has the costs and the loss it is said to have, keeps its budgets, and that no other within\n" +
  "them has less loss. λ is read from config.json beside FILE where FILE has none.";

/** Prints what holds; throws what does not. */
export async function verifyTask(args: readonly string[]): Promise<void> {
  const { given, words } = readOptions(args, OPTIONS, 1);
  if (given.help) {
    return console.log(helpText("deno task search verify FILE [options]", ABOUT, OPTIONS));
  }
  const [file] = words;
  if (file === undefined) {
    throw new UsageError("verify needs a file: deno task search verify runs/…/architecture.json");
  }
  const folder = dirname(file);
  const claim = await readJson(file);
  const ratings = await readRatings(given.ratings as string ?? join(folder, "ratings.json"));
  const { facts, ...found } = verifyCertificate(claim, ratings, {
    lambda: await lambdaBeside(folder),
    costs: await costsBeside(folder, ratings),
  });
  console.log(
    given.json ? JSON.stringify({ file, ...found, facts }) : [
      `Verified: ${file}`,
      ...facts.map((fact) => `  ${fact}`),
    ].join("\n"),
  );
}

/** The costs that a run's search counted beside its own. */
async function costsBeside(folder: string, ratings: Ratings): Promise<CustomCost[]> {
  const path = join(folder, "latency.json");
  const isThere = await Deno.stat(path).then(() => true, () => false);
  return isThere ? [latencyCost(await readLatencyTable(path), ratings)] : [];
}

/** λ as config.json of a run says. */
async function lambdaBeside(folder: string): Promise<number[] | undefined> {
  const path = join(folder, "config.json");
  const isThere = await Deno.stat(path).then(() => true, () => false);
  if (!isThere) return undefined;
  const config = await readJson(path) as { options?: { lambda?: number[] } } | null;
  return config?.options?.lambda;
}
