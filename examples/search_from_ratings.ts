/** The best network under two budgets, from the ratings of a run, proved: deno run -A examples/search_from_ratings.ts [FILE] */
import {
  certify,
  readRatings,
  sampleArchitectures,
  searchSpace,
  verifyCertificate,
} from "../mod.ts";
import { createRandom, search, traversalSearch } from "../mod.ts";

const recorded = new URL("../results/small/run/ratings.json", import.meta.url);
const ratings = await readRatings(Deno.args[0] ?? recorded.pathname);
const budgets = { maxParams: 100_000, maxFlops: 3.5e6 };
const found = search(ratings, budgets);
console.log(`${found.text}\nloss ${found.loss.toFixed(4)}, ${found.params} parameters`);

// Nothing that is random or the paper's own search finds is better …
const { loss } = traversalSearch(ratings, budgets);
const lossOf = ({ choice }: { choice: { cell: number; path: number }[] }) =>
  choice.reduce((sum, { cell, path }, i) => sum + ratings.blocks[i].cells[cell].losses[path], 0);
const random = sampleArchitectures(searchSpace("fashion"), createRandom(1), 1000, {
  resolution: ratings.resolution,
  classes: ratings.classes,
  params: [0, budgets.maxParams],
  flops: [0, budgets.maxFlops],
});
const best = Math.min(...random.map(lossOf));
console.log(`Algorithm 2: ${loss.toFixed(4)}; best of 1,000 random networks: ${best.toFixed(4)}`);
if (found.loss > loss || found.loss > best) throw new Error("the search is not the best");

// … and a certificate proves that nothing else can be, by code that shares nothing with the search.
const proof = verifyCertificate(certify(found, ratings, budgets), ratings);
if (proof.loss !== found.loss) throw new Error("the certificate is of another network");
