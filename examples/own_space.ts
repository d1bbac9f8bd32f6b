/** A search space of one's own, counted, priced and sampled: deno run -A examples/own_space.ts */
import { cost, costRange, createRandom, defineSpace, parseArchitecture } from "../mod.ts";
import { formatArchitecture, sampleArchitectures } from "../mod.ts";

// Inverted residuals without squeeze-and-excitation, ReLU6, kernels 3 and 5: as MobileNetV2 has them.
const space = defineSpace({
  name: "mobile",
  stem: { channels: 3, width: 32, stride: 2 },
  first: { type: "ds", kernel: 3, stride: 1, expansion: 1, width: 16, se: 0 },
  blocks: [
    { stride: 2, cells: [{ width: 24, depth: 2 }, { width: 32, depth: 2 }] },
    { stride: 2, cells: [{ width: 40, depth: 2 }, { width: 40, depth: 3 }] },
    { stride: 2, cells: [{ width: 96, depth: 2 }, { width: 96, depth: 3 }] },
  ],
  operations: [3, 5].flatMap((kernel) => [3, 6].map((expansion) => ({ kernel, expansion }))),
  head: 640,
  se: 0,
  activation: "relu6",
});
const sizes = { resolution: 160, classes: 100 };
const counted = (4 ** 2 + 4 ** 2) * (4 ** 2 + 4 ** 3) ** 2;
console.log(`${space.size} networks`);
if (Number(space.size) !== counted) throw new Error(`there should be ${counted}`);

// Every network lies between the cheapest and the dearest, and survives being written down.
const { cheapest, dearest } = costRange(space, "flops", sizes);
console.log(`from ${cheapest.flops / 1e6} M to ${dearest.flops / 1e6} M FLOPs`);
for (const network of sampleArchitectures(space, createRandom(7), 200, sizes)) {
  if (network.flops < cheapest.flops || network.flops > dearest.flops) throw new Error("outside");
  const read = parseArchitecture(network.text);
  if (formatArchitecture(read) !== network.text) throw new Error(`not kept: ${network.text}`);
  if (cost(read, sizes).flops !== network.flops) throw new Error(`another cost: ${network.text}`);
}
