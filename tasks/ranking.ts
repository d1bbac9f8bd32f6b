/**
 * `deno task ranking FILE.csv`: how well raters rank networks, from anyone's scores and accuracies.
 *
 * @module
 */

import { createRandom, rankRaters, readRankingCsv } from "../mod.ts";
import { runTask } from "./_main.ts";
import { helpText, type OptionSpecs, readOptions, UsageError, wholeNumber } from "./_options.ts";
import { rankingJson, rankingPage } from "./ranking/_output.ts";

const ABOUT =
  "Says how well raters rank networks. FILE.csv has a header line; its columns are network,\n" +
  "accuracy, optionally params and flops, and for each rater its scores, higher better.";

const OPTIONS: OptionSpecs = {
  k: { value: "N", help: "networks that the regret is of", default: "a tenth of them" },
  seed: { value: "N", help: "seed of the intervals", default: "0" },
  samples: { value: "N", help: "resamples of the intervals", default: "2000" },
  json: { help: "everything as JSON; regret where --k is given" },
  help: { help: "this text" },
};

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, 1);
  if (given.help) {
    return console.log(helpText("deno task ranking FILE.csv [options]", ABOUT, OPTIONS));
  }
  if (words.length === 0) {
    throw new UsageError("Which table? Give a file of comma-separated values");
  }
  const seed = wholeNumber(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const samples = wholeNumber(given, "samples", 1, 10_000_000);
  const k = wholeNumber(given, "k", 1, 10_000_000);
  const table = await readRankingCsv(words[0]);
  if (k !== undefined && k > table.networks.length) {
    throw new UsageError(`--k is ${k}: the table has ${table.networks.length} networks`);
  }
  const options = () => ({ random: createRandom(seed, "bootstrap"), samples, k });
  const ranking = rankRaters(table, options());
  if (given.json) return console.log(rankingJson(ranking, k !== undefined));
  console.log(rankingPage(words[0], table, ranking, options));
});
