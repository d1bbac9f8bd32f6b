/** Train a teacher, and distil one block of it: deno run -A examples/own_teacher.ts */
import { buildNetwork, defineSpace, defineTeacher, parseArchitecture, train } from "../mod.ts";
import { createRandom, createSupernet, distill, rate, useEngine } from "../mod.ts";
import { loadDataset, takeStratified } from "../mod.ts";

await useEngine();
const { splits } = await loadDataset("mnist"); // handwritten digits, 28 × 28
const data = takeStratified(splits.train, 3200, createRandom(0));
const normalisation = { mean: [0.13], std: [0.31] };

// A teacher of one's own: any network, here of two stages, cut behind each.
const architecture = parseArchitecture(
  "stem_i1_c16 | ir_r2_k3_s2_e3_c24_se0.25 | ir_r2_k5_s2_e3_c40_se0.25 | head_c160",
);
const start = buildNetwork(architecture, { classes: 10, resolution: 28 });
const taught = await train(start, { ...normalisation, data, epochs: 2, rate: 0.05, seed: 0 });
const teacher = defineTeacher({
  name: "digits",
  network: taught.network,
  cuts: [0, 1],
  ...normalisation,
});

// Its second block alone: cell 1.0 reads the first block's maps and learns to give the second's.
const space = defineSpace({
  name: "digits",
  stem: { channels: 1, width: 16, stride: 2 },
  blocks: [{ stride: 2, cells: [{ width: 8, depth: 1 }] }, {
    stride: 2,
    cells: [{ width: 24, depth: 2 }],
  }],
  operations: [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 3 }],
  head: 160,
});
const cells = [{ block: 1, cell: 0 }];
const supernet = createSupernet(space, teacher, { random: createRandom(0) });
const validation = takeStratified(splits.validation, 200, createRandom(0));
const best = async () => {
  const ratings = await rate(supernet, { teacher, validation, calibration: validation });
  return Math.min(...ratings.blocks[1].cells[0].losses);
};
const before = await best();
await distill(supernet, { teacher, data, cells, epochs: 3, batch: 64, seed: 0 });
const after = await best();
console.log(`Best path of block 2 (eq. 8): ${before.toFixed(3)} before, ${after.toFixed(3)} after`);
if (!(after < 0.8 * before)) throw new Error("the block did not learn");
