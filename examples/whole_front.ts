/** The best network of every budget, from ratings drawn at random: deno run -A examples/whole_front.ts */
import { bestWithin, createRandom, paretoFront, pathCount, search, searchSpace } from "../mod.ts";

const space = searchSpace("fashion");
const random = createRandom(1);
const blocks = space.blocks.map(({ cells }) => ({
  cells: cells.map((cell) => ({
    ...cell,
    losses: Array.from({ length: pathCount(space, cell.depth) }, () => random.uniform()),
  })),
}));
const ratings = { space: "fashion", resolution: 28, classes: 10, blocks };
const front = paretoFront(ratings, "params"); // cheapest first
const best = bestWithin(front, 100e3)!;
console.log(`${front.length} networks; the best within 100 k parameters: ${best.text}`);
if (best.loss !== search(ratings, { maxParams: 100e3 }).loss) throw new Error("the front is wrong");
