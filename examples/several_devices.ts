/** Rate a supernet on several devices, with the numbers of one: deno run -A examples/several_devices.ts */
import { createRandom, createSupernet, defineSpace, loadDataset, loadTeacher } from "../mod.ts";
import { localSites, rate, ratePartsOn, searchSpace, takeStratified, useEngine } from "../mod.ts";

// On a machine with GPUs: `localSites("GPU:0,GPU:1")`, and `useEngine()` alone.
await useEngine({ cpuDevices: 2, threads: 1 });
const sites = await localSites("CPU:0,CPU:1");

const operations = [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }];
const space = defineSpace({ ...searchSpace("fashion"), name: "two operations", operations });
const teacher = await loadTeacher("fashion");
const supernet = createSupernet(space, teacher, { random: createRandom(0) });
const { splits } = await loadDataset("fashion-mnist");
const options = {
  teacher,
  validation: takeStratified(splits.validation, 200, createRandom(1)),
  calibration: takeStratified(splits.train, 200, createRandom(2)),
};

const alone = await rate(supernet, options);
const parts = await ratePartsOn(sites, supernet, options);
const shared = await rate(supernet, { ...options, parts });
const losses = ({ blocks }: typeof alone) =>
  blocks.flatMap(({ cells }) => cells.flatMap((cell) => cell.losses));
console.log(`${losses(alone).length} paths on ${sites.map(({ name }) => name).join(" and ")}`);
const different = losses(alone).filter((loss, i) => loss !== losses(shared)[i]);
if (different.length > 0) throw new Error(`${different.length} losses differ`);
