import { assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
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

/** A file of 16×12 pixels (x² + 3y + 40c + xy) mod 256, whose lines take the five filters in turn. */
const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAABdUlEQVR42mNg0Ahg1Axk0QnhNIwUsEiQdMxU8SkxjGx0yJgQWLkwpWdL5cKTE3Y8WHnx55E3Ig85DRmZtYOZmJhYWFjY2Ng4ODi4uLh4eHj4+PgEBASEhIRERETExMQkJCSkpKRkZGTk5OSYmJmZgapZWVmBGtjZ2YF6ODk5gdq4ubmBOnl5eYGa+fn5gfoFBQWBRjCzSelBjAeqhiiFqIMoAqoQFhYWFRWF2DNTUpKFOBukITYoCgkx8JvHi9qmyrrmqvuXG0c3O2ZOBPo1uXtz+fzjvVvvLj37df9z/tvM2j8VPYHhYZ3czShklQRxDNBIiEuAJkGcIS4uLikpKS0tLSsrKy8vr6ioqKysTLqn+ZTMIOogiiAqINJAe0DBOk0MYhUkZInwtByKDQxybnmagZVmcW2uuVPD6pZlTtxZt+zc1L1P1137d/Kj5DM+M1bdUDW/Ms/CmXnT9gHFGRU9C/FHrYKCgpKSkoqKipqamoaGBgC8BFwyXUiXjAAAAABJRU5ErkJggg==";

Deno.test("a picture that is none, cut or altered is refused in one sentence", () => {
  const bytes = Uint8Array.from(atob(PICTURE), (letter) => letter.charCodeAt(0));
  assertEquals([...decodePng(bytes, "a picture").data.subarray(0, 6)], [0, 40, 80, 1, 41, 81]);
  for (
    const wrong of [
      bytes.subarray(1),
      bytes.subarray(0, 20),
      bytes.subarray(0, 90),
      Uint8Array.from(bytes, (byte, i) => i === 100 ? byte ^ 1 : byte),
    ]
  ) {
    const error = assertThrows(() => decodePng(wrong, "a picture"), SyntaxError);
    assertMatch(error.message, /^Cannot read a picture: [^\n]+$/);
  }
});
