/**
 * Writes each case's exports for timm and TensorFlow, with images and the logits that we give them,
 * for the programs in tests/fixtures/ that compare: deno run -A tests/_export/write_cases.ts FOLDER
 */

import { join } from "node:path";
import { exportSavedModel, exportTimm, useEngine } from "../../mod.ts";
import { CASES, imagesFor, makeCase } from "./cases.ts";

const [folder] = Deno.args;
await useEngine();
for (const [name, given] of Object.entries(CASES)) {
  const network = makeCase(given);
  const images = imagesFor(network, 3);
  await exportTimm(network, join(folder, name, "timm"), { name, force: true });
  await exportSavedModel(network, join(folder, name, "savedmodel"), { name, force: true });
  await Deno.writeTextFile(
    join(folder, name, "images.json"),
    JSON.stringify({
      shape: images.shape,
      images: [...images.dataSync()],
      logits: network.logits(images).arraySync(),
    }),
  );
  network.dispose();
  console.log(`${name}: ${given.architecture}`);
}
