/**
 * `deno task pareto RATINGS`: every best network of a run's ratings, and a page to explore them.
 *
 * @module
 */

import { join } from "node:path";
import {
  explorerHtml,
  makeFolder,
  paretoFront,
  search,
  type SearchResult,
  writeFile,
} from "../mod.ts";
import { ratingsSpace } from "../lib/ratings.ts";
import { runTask } from "./_main.ts";
import { helpText, readOptions } from "./_options.ts";
import { OPTIONS, readRequest, type Request } from "./pareto/_options.ts";
import { networkCsv, networkJson, networkTable } from "./pareto/_output.ts";

const ABOUT =
  "Shows every network that no other beats in loss and cost, exactly, and writes a page to\n" +
  "explore them. RATINGS is a ratings.json, or the folder of a run that has one.";

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, 1);
  if (given.help) {
    return console.log(helpText("deno task pareto RATINGS [options]", ABOUT, OPTIONS));
  }
  const request = await readRequest(given, words[0]);
  const { ratings, by, options, top } = request;
  const front = () => paretoFront(ratings, by, options);
  const shown: readonly SearchResult[] = top === undefined
    ? front()
    : search(ratings, { ...options, top });
  const out = given.out as string | undefined;
  if (out !== undefined) await writeFront(out, top === undefined ? shown : front(), request);
  if (given.quiet) return;
  if (given.json) return console.log(networkJson(shown, request));
  if (given.csv) return console.log(networkCsv(shown).trimEnd());
  console.log(networkTable(shown, titleOf(shown, request)));
  if (out !== undefined) console.log(`\nTo explore: ${join(out, "explorer.html")}`);
});

async function writeFront(
  folder: string,
  front: readonly SearchResult[],
  request: Request,
): Promise<void> {
  const { ratings, options, table, maxLatency } = request;
  const { maxParams, maxFlops, weights, cells, without } = options;
  const page = explorerHtml(ratings, {
    maxParams,
    maxFlops,
    maxLatency,
    weights,
    cells,
    without,
    latency: table,
  });
  await makeFolder(folder);
  await writeFile(
    join(folder, "front.json"),
    `${networkJson(front, { ...request, top: undefined })}\n`,
  );
  await writeFile(join(folder, "front.csv"), networkCsv(front));
  await writeFile(join(folder, "explorer.html"), page);
}

function titleOf(
  networks: readonly SearchResult[],
  { path, ratings, names, top }: Request,
): string {
  const { name, size } = ratingsSpace(ratings);
  const count = networks.length.toLocaleString("en-US");
  const of = `of the ${size.toLocaleString("en-US")} of space ${name} (${path})`;
  return top === undefined
    ? `${count} best ${networks.length === 1 ? "network" : "networks"} ${of}, by ${
      names.join(" and ")
    }`
    : `The ${count} best ${networks.length === 1 ? "network" : "networks"} ${of}`;
}
