/** A folder of class folders with JPEG files, drawn from a seed. */

import { join } from "node:path";
import { createRandom, node, tf, useEngine } from "../mod.ts";

/** Stripes of a class's own direction and colour, with noise, of about 250 by 200 pixels. */
export async function writeJpegs(folder: string, classes: number, perClass: number): Promise<void> {
  await useEngine();
  for (let label = 0; label < classes; label++) {
    const name = join(folder, `class-${label}`);
    await Deno.mkdir(name, { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const random = createRandom("jpegs", label, i);
      const [height, width] = [180 + random.int(60), 220 + random.int(60)];
      const angle = Math.PI * (label + 0.5 * random.uniform()) / classes;
      const [across, down] = [Math.cos(angle) / 9, Math.sin(angle) / 9];
      const bytes = new Int32Array(height * width * 3);
      for (let y = 0, at = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const wave = Math.sin(across * x + down * y);
          for (let c = 0; c < 3; c++) {
            const tint = Math.cos(2 * Math.PI * (label / classes + c / 3));
            bytes[at++] = Math.round(128 + 60 * wave + 30 * tint + 20 * (random.uniform() - 0.5));
          }
        }
      }
      const image = tf.tensor3d(bytes, [height, width, 3], "int32");
      await Deno.writeFile(join(name, `${i}.jpg`), await node.encodeJpeg(image, "rgb", 90));
      image.dispose();
    }
  }
}
