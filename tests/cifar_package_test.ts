import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { encode } from "npm:fast-png@8.0.0";
import { meanAndStd } from "../lib/data/batch.ts";
import { checkDatasetSource, loadDataset } from "../lib/data/load.ts";
import { decodePng } from "../lib/data/_cifar_package.ts";
import { sha256 } from "../lib/files.ts";

Deno.test("loadDataset(cifar-10) without a folder has the published images in the parts of the binary form", async () => {
  await checkDatasetSource("cifar-10");
  const { classes, splits, height, width, channels } = await loadDataset("cifar-10");
  assertEquals([height, width, channels], [32, 32, 3]);
  assertEquals(classes[0], "airplane");
  const { train, validation, test } = splits;
  assertEquals([train.count, validation.count, test.count], [45_000, 5000, 10_000]);
  for (const [split, each] of [[train, 4500], [validation, 500], [test, 1000]] as const) {
    const counts = new Array(10).fill(0);
    for (const label of split.labels) counts[label]++;
    assertEquals(counts, new Array(10).fill(each));
  }
  // The first labels of test_batch, as anyone knows them: cat, ship, ship, plane, frog, frog, car, frog, cat, car.
  assertEquals([...test.labels.slice(0, 10)], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
  // What Pillow decodes.
  assertEquals(
    sha256(test.images),
    "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04",
  );
  // Published for all 50,000 of which nine tenths are here.
  const { mean, std } = meanAndStd(train);
  [0.4914, 0.4822, 0.4465].forEach((value, c) => assertAlmostEquals(mean[c], value, 2e-3));
  [0.247, 0.2435, 0.2616].forEach((value, c) => assertAlmostEquals(std[c], value, 2e-3));
});

/** A file of 16×12 pixels (x² + 3y + 40c + xy) mod 256, whose lines take the five filters in turn; Pillow reads the same from it. */
const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAABdUlEQVR42mNg0Ahg1Axk0QnhNIwUsEiQdMxU8SkxjGx0yJgQWLkwpWdL5cKTE3Y8WHnx55E3Ig85DRmZtYOZmJhYWFjY2Ng4ODi4uLh4eHj4+PgEBASEhIRERETExMQkJCSkpKRkZGTk5OSYmJmZgapZWVmBGtjZ2YF6ODk5gdq4ubmBOnl5eYGa+fn5gfoFBQWBRjCzSelBjAeqhiiFqIMoAqoQFhYWFRWF2DNTUpKFOBukITYoCgkx8JvHi9qmyrrmqvuXG0c3O2ZOBPo1uXtz+fzjvVvvLj37df9z/tvM2j8VPYHhYZ3czShklQRxDNBIiEuAJkGcIS4uLikpKS0tLSsrKy8vr6ioqKysTLqn+ZTMIOogiiAqINJAe0DBOk0MYhUkZInwtByKDQxybnmagZVmcW2uuVPD6pZlTtxZt+zc1L1P1137d/Kj5DM+M1bdUDW/Ms/CmXnT9gHFGRU9C/FHrYKCgpKSkoqKipqamoaGBgC8BFwyXUiXjAAAAABJRU5ErkJggg==";

Deno.test("decodePng() gives the bytes that Pillow reads under each filter, and refuses what it cannot read in one sentence", () => {
  const bytes = Uint8Array.from(atob(PICTURE), (letter) => letter.charCodeAt(0));
  const { width, height, channels, data } = decodePng(bytes, "a picture");
  assertEquals([width, height, channels], [16, 12, 3]);
  data.forEach((value, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % 16, Math.floor(i / 48)];
    assertEquals(value, (x * x + 3 * y + 40 * c + x * y) % 256);
  });
  const refuse = (what: Uint8Array, message: string) => {
    const error = assertThrows(() => decodePng(what, "a picture"), SyntaxError, message);
    assert(/^Cannot [^\n]*$/.test(error.message), error.message);
  };
  const one = { width: 1, height: 1 };
  refuse(bytes.subarray(1), "wrong PNG signature");
  refuse(bytes.subarray(0, 20), "it is cut");
  refuse(bytes.subarray(0, 90), "it is cut");
  refuse(Uint8Array.from(bytes, (byte, i) => i === 100 ? byte ^ 1 : byte), "CRC mismatch");
  refuse(
    encode({ ...one, channels: 3, depth: 16, data: Uint16Array.of(1, 2, 3) }),
    "it is not of 8 bits a value",
  );
  refuse(encode({ ...one, channels: 4, data: Uint8Array.of(1, 2, 3, 4) }), "grey or colour");
});
