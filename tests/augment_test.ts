import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { rotate, type Sampling, shearX, transform } from "../lib/data/_affine.ts";
import { checkAugment } from "../lib/data/_check_augment.ts";
import { drawBeta, eraseRandomly, mixReversed } from "../lib/data/_mix.ts";
import * as pixels from "../lib/data/_pixels.ts";
import type { Picture } from "../lib/data/_pixels.ts";
import {
  autoAugment,
  IMAGENET_POLICY,
  jitter,
  OPERATIONS,
  randAugment,
  randAugmentNames,
} from "../lib/data/_policies.ts";
import { datasetFromArrays } from "../lib/data/arrays.ts";
import {
  type Augment,
  AUGMENT_DNA_DISTIL,
  AUGMENT_DNA_RETRAIN,
  AUGMENT_FILES,
  AUGMENT_SMALL_IMAGES,
} from "../lib/data/augment.ts";
import { makeBatch } from "../lib/data/batch.ts";
import { batches } from "../lib/data/batches.ts";
import { sha256 } from "../lib/files.ts";
import { createRandom, type Random } from "../lib/random.ts";
import { readSafetensors } from "../lib/safetensors.ts";

// What PIL, timm and torchvision make of small images: see tests/fixtures/make_image_fixtures.py.
const { tensors } = await readSafetensors(
  new URL("./fixtures/augment.safetensors", import.meta.url).pathname,
);
const POLICIES = JSON.parse(
  await Deno.readTextFile(new URL("./fixtures/augment.json", import.meta.url)),
);
const FILL = [124, 116, 104];

function picture(key: string): Picture {
  const { data, shape: [height, width, channels] } = tensors[key];
  return { bytes: new Uint8Array(data as Uint8Array), height, width, channels };
}

function assertNear(ours: Picture, key: string, most: number): void {
  const theirs = picture(key).bytes;
  assertEquals(ours.bytes.length, theirs.length, key);
  const worst = theirs.reduce((far, byte, i) => Math.max(far, Math.abs(byte - ours.bytes[i])), 0);
  assert(worst <= most, `${key}: ${worst}`);
}

/** Keys of the fixture below `start`, cut at the slashes. */
function cases(start: string): string[][] {
  const found = Object.keys(tensors).filter((key) => key.startsWith(`${start}/`));
  assert(found.length > 0);
  return found.map((key) => key.split("/"));
}

/** A stream whose choice between two sides is always the same one. */
function always(side: number): Random {
  return { ...createRandom(0), int: () => side };
}

Deno.test("OPERATIONS change images as timm's do at each level, to 1/255, and to 2/255 between pixels", () => {
  const names = new Set<string>();
  for (const [, name, level, side] of cases("timm")) {
    const from = picture(level === "9" ? "image/dark" : "image/colour");
    const ours = OPERATIONS[name](from, +level, always(side === "1" ? 0 : 1), FILL);
    assertNear(ours, `timm/${name}/${level}/${side}`, /Rotate|Shear|Translate/.test(name) ? 2 : 1);
    names.add(name);
  }
  assertEquals([...names].sort(), Object.keys(OPERATIONS).sort());
});

Deno.test("autoContrast() and equalize() equal PIL's on colours, a narrow range and grey", () => {
  for (const [, change, image] of cases("pil")) {
    const ours = picture(`image/${image}`);
    if (change === "equalize") pixels.equalize(ours);
    else pixels.autoContrast(ours);
    assertNear(ours, `pil/${change}/${image}`, 0);
  }
});

Deno.test("brightness(), contrast(), color(), sharpness() and hue() equal torchvision's on PIL images, to 1/255", () => {
  for (const [, name, factor, image] of cases("jitter")) {
    const ours = picture(`image/${image}`);
    pixels[name as "hue"](ours, +factor);
    assertNear(ours, `jitter/${name}/${factor}/${image}`, 1);
  }
});

Deno.test("transform() samples as PIL does: nearest exactly, bilinear to 1/255", () => {
  for (const [, sampling, kind, amount, image] of cases("affine")) {
    const from = picture(`image/${image}`);
    const affine = kind === "rotate" ? rotate(+amount, from) : shearX(+amount);
    const ours = transform(from, affine, image === "grey" ? [90] : FILL, sampling as Sampling);
    assertNear(
      ours,
      `affine/${sampling}/${kind}/${amount}/${image}`,
      sampling === "nearest" ? 0 : 1,
    );
  }
});

Deno.test("The policies have the operations, probabilities and levels of timm's tables", () => {
  const policy = IMAGENET_POLICY.map((line) => {
    const words = line.split(" ");
    return [0, 3].map((at) => [words[at], +words[at + 1], +words[at + 2]]);
  });
  assertEquals(policy, POLICIES.imagenet);
  assertEquals(randAugmentNames().sort(), POLICIES.rand.toSorted());
  assertEquals(randAugmentNames(true).sort(), POLICIES.randIncreasing.toSorted());
});

Deno.test("autoAugment(), randAugment() and jitter() keep size and range, and follow from their stream", () => {
  const images = ["image/colour", "image/grey"];
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(...images), (seed, image) => {
      const fill = image === "image/grey" ? [90] : FILL;
      const run = () => {
        const random = createRandom(seed);
        const first = autoAugment(picture(image), random, fill);
        const second = randAugment(first, { magnitude: 9, std: 0.5, layers: 3 }, random, fill);
        jitter(second, { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 }, random);
        return second;
      };
      assertEquals(run(), run());
      assertEquals(run().bytes.length, picture(image).bytes.length);
    }),
    { numRuns: 40 },
  );
});

Deno.test("randAugment() applies its layers by their probability", () => {
  const touched = (probability: number) => {
    let count = 0;
    for (let seed = 0; seed < 300; seed++) {
      const before = picture("image/colour");
      const random = createRandom(seed);
      const after = randAugment(before, { magnitude: 9, layers: 1, probability }, random, FILL);
      if (sha256(after.bytes) !== sha256(picture("image/colour").bytes)) count++;
    }
    return count / 300;
  };
  assertEquals(touched(0), 0);
  assert(touched(1) > 0.95);
  assert(Math.abs(touched(0.5) - 0.5) < 0.08);
});

Deno.test("jitter() draws brightness from 1 − x to 1 + x and from 0 at least", () => {
  const at = (brightness: number) =>
    Array.from({ length: 400 }, (_, seed) => {
      const grey = { bytes: new Uint8Array([100]), height: 1, width: 1, channels: 1 };
      jitter(grey, { brightness }, createRandom(seed));
      return grey.bytes[0];
    });
  const some = at(0.4);
  assert(Math.min(...some) >= 60 && Math.min(...some) < 63);
  assert(Math.max(...some) <= 140 && Math.max(...some) > 137);
  assert(Math.min(...at(1.5)) < 5);
});

Deno.test("flip() and shifted() are undone by themselves", () => {
  const from = picture("image/colour");
  const twice = picture("image/colour");
  pixels.flip(twice);
  assertEquals([...twice.bytes.subarray(0, 3)], [...from.bytes.subarray(23 * 3, 24 * 3)]);
  pixels.flip(twice);
  assertEquals(twice, from);
  fc.assert(
    fc.property(
      fc.integer({ min: -30, max: 30 }),
      fc.integer({ min: -30, max: 30 }),
      (down, right) => {
        const moved = pixels.shifted(from, down, right);
        for (let y = 0; y < from.height; y++) {
          for (let x = 0; x < from.width; x++) {
            const [fromY, fromX] = [y - down, x - right];
            const inside = fromY >= 0 && fromY < from.height && fromX >= 0 && fromX < from.width;
            const wanted = inside ? from.bytes[(fromY * from.width + fromX) * 3 + 1] : 0;
            assertEquals(moved.bytes[(y * from.width + x) * 3 + 1], wanted);
          }
        }
      },
    ),
  );
});

Deno.test("eraseRandomly() overwrites rectangles of the asked size, with the mean or with noise", () => {
  const [height, width] = [40, 50];
  const shares: number[] = [];
  for (let seed = 0; seed < 300; seed++) {
    const image = new Float32Array(height * width).fill(7);
    eraseRandomly(image, height, width, { probability: 0.5 }, createRandom(seed));
    const erased = [...image.keys()].filter((i) => image[i] === 0);
    if (erased.length === 0) continue;
    shares.push(erased.length / image.length);
    const extent = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
    const tall = extent(erased.map((i) => Math.floor(i / width)));
    const wide = extent(erased.map((i) => i % width));
    assertEquals(erased.length, tall * wide);
    assert(tall / wide > 0.25 && tall / wide < 4);
  }
  assert(Math.abs(shares.length / 300 - 0.5) < 0.1);
  assert(Math.min(...shares) > 0.015 && Math.max(...shares) < 0.36 && Math.max(...shares) > 0.28);

  const noisy = new Float32Array(200 * 200).fill(7);
  const options = { probability: 1, area: [0.5, 0.5], mode: "pixel" } as const;
  eraseRandomly(noisy, 200, 200, options, createRandom(1));
  const noise = noisy.filter((value) => value !== 7);
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length;
  assert(Math.abs(noise.length - 20_000) < 300);
  assert(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05);
});

Deno.test("mixReversed() mixes image i with image N − 1 − i, and the middle one with itself", () => {
  const images = Float32Array.of(0, 1, 10, 11, 100, 101);
  mixReversed(images, 3, 0.75);
  assertEquals([...images], [25, 26, 10, 11, 75, 76]);
});

Deno.test("drawBeta() has the mean and variance of the Beta distribution, for small and large α", () => {
  for (const alpha of [0.05, 0.2, 1, 4]) {
    const random = createRandom(alpha * 100);
    const draws = Array.from({ length: 20_000 }, () => drawBeta(alpha, random));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    assert(draws.every((value) => value >= 0 && value <= 1));
    assert(Math.abs(mean - 0.5) < 0.02, `${alpha}: ${mean}`);
    // Var Beta(α, α) = 1 / (4 (2α + 1)).
    assert(Math.abs(variance * 4 * (2 * alpha + 1) - 1) < 0.05, `${alpha}: ${variance}`);
  }
});

Deno.test("checkAugment() refuses what is out of range, and takes the shipped recipes", () => {
  const recipes = [AUGMENT_DNA_DISTIL, AUGMENT_DNA_RETRAIN, AUGMENT_FILES, AUGMENT_SMALL_IMAGES];
  for (const recipe of recipes) checkAugment(recipe);
  const refused: [Augment, string][] = [
    [{ shift: -1 }, "shift is -1"],
    [{ crop: { scale: [0, 1] } }, "crop.scale is [0,1]"],
    [{ crop: { scale: [0.5, 1.5] } }, "at most 1"],
    [{ crop: { ratio: [2, 1] } }, "crop.ratio is [2,1]"],
    [{ randAugment: { magnitude: 11 } }, "randAugment.magnitude is 11 and must be from 0 to 10"],
    [{ randAugment: { magnitude: 9, layers: 0 } }, "randAugment.layers is 0"],
    [{ randAugment: { magnitude: 9, probability: 2 } }, "randAugment.probability is 2"],
    [
      { randAugment: { magnitude: 9, std: -1 } },
      "randAugment.std is -1 and must be a number from 0",
    ],
    [{ jitter: { hue: 0.6 } }, "jitter.hue is 0.6 and must be from 0 to 0.5"],
    [{ jitter: { contrast: NaN } }, "jitter.contrast is NaN"],
    [{ erase: 1.1 }, "erase is 1.1"],
    [{ erase: { probability: 0.2, area: [0.5, 0.1] } }, "erase.area"],
    [{ erase: { probability: 0.2, count: 0 } }, "erase.count is 0"],
    [{ erase: { probability: 0.2, mode: "rand" as "const" } }, 'erase.mode is "rand"'],
    [{ mixup: -0.1 }, "mixup is -0.1"],
  ];
  for (const [augment, message] of refused) {
    assertThrows(() => checkAugment(augment), RangeError, message);
  }
});

Deno.test("makeBatch() refuses changes that only batches() makes", () => {
  const part = { images: new Uint8Array(8), labels: [0, 1] };
  const { train } = datasetFromArrays({
    classes: ["a", "b"],
    height: 2,
    width: 2,
    train: part,
    validation: part,
    test: part,
  }).splits;
  const options = { mean: 0, std: 1, random: createRandom(1), augment: { mixup: 0.2 } };
  assertThrows(() => makeBatch(train, [0], options), TypeError, "batches() makes all");
});

Deno.test("batches() of small byte images give the bytes that they gave when the shipped results were made", async () => {
  const part = {
    images: Uint8Array.from({ length: 50 * 28 * 30 * 3 }, (_, i) => (i * 7919 + (i >> 5)) % 256),
    labels: Array.from({ length: 50 }, (_, i) => i % 2),
  };
  const { train } = datasetFromArrays({
    classes: ["a", "b"],
    height: 28,
    width: 30,
    channels: 3,
    train: part,
    validation: part,
    test: part,
  }).splits;
  const hashes: [boolean | Augment, string][] = [
    [true, "bee445a94bd8ef76"],
    [{ shift: 3, flip: true, erase: 0.5 }, "a0fb5d8bca715fa9"],
    [{ erase: 1 }, "7458e62182cafba7"],
    [false, "dd1451cb2dd08f84"],
  ];
  for (const [augment, hash] of hashes) {
    const random = createRandom(3, "epoch");
    const mean = [0.4, 0.5, 0.6];
    const pieces: Uint8Array[] = [];
    for await (
      const { images, labels } of batches(train, { batch: 16, random, augment, mean, std: 0.2 })
    ) {
      pieces.push(new Uint8Array(images.buffer), new Uint8Array(labels.buffer));
    }
    assertEquals(sha256(...pieces).slice(0, 16), hash);
  }
});
