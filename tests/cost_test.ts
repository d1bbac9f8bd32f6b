import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost, costByLayer } from "../lib/space/cost.ts";
import { DNA_A, DNA_B, DNA_C, DNA_D, EFFICIENTNET_B0 } from "../lib/space/networks.ts";
import { parseArchitecture } from "../lib/space/parse.ts";
import { architectures } from "./_spaces.ts";

const IMAGENET = { resolution: 224, classes: 1000 };

Deno.test("cost() gives the paper's numbers for DNA-a…d and EfficientNet-B0", () => {
  const table: [network: typeof DNA_A, params: number, macs: string, flops: string][] = [
    [DNA_A, 4_243_318, "335.142", "348.090"],
    [DNA_B, 4_918_180, "392.492", "405.713"],
    [DNA_C, 5_273_896, "450.139", "465.847"],
    [DNA_D, 6_409_486, "592.838", "611.124"],
    [EFFICIENTNET_B0, 5_288_548, "385.815", "399.290"],
  ];
  for (const [network, params, macs, flops] of table) {
    const found = cost(network, IMAGENET);
    assertEquals(found.params, params);
    assertEquals((found.macs / 1e6).toFixed(3), macs);
    assertEquals((found.flops / 1e6).toFixed(3), flops);
  }
});

Deno.test("cost() equals timm on random networks", async () => {
  const file = new URL("fixtures/cost.jsonl", import.meta.url);
  const lines = (await Deno.readTextFile(file)).trim().split("\n");
  assertEquals(lines.length, 40);
  for (const line of lines) {
    const { channels, stem, head, blocks, resolution, classes, ...expected } = JSON.parse(line);
    const network = parseArchitecture([[`stem_i${channels}_c${stem}`], ...blocks, [
      `head_c${head}`,
    ]]);
    assertEquals(cost(network, { resolution, classes }), expected);
  }
});

Deno.test("cost() counts by hand what one layer costs", () => {
  const network = parseArchitecture("stem_i1_c8 | ir_r1_k3_s2_e2_c12_se0.25 | head_c10");
  const [stem, layer, head, classifier] = costByLayer(network, { resolution: 5, classes: 3 });
  const { name: _, ...stemCost } = stem;
  const stemMacs = 9 * 8 * 9; // 3×3 kernel, 8 channels, 3×3 pixels: ⌈5 / 2⌉ = 3
  assertEquals(stemCost, {
    params: 72 + 16,
    macs: stemMacs,
    flops: stemMacs + 2 * 72,
    size: 3,
    width: 8,
  });
  const macs = 8 * 16 * 9 + 9 * 16 * 4 + 2 * 16 * 2 + 16 * 12 * 4;
  assertEquals(layer, {
    name: "blocks.0.0",
    params: (128 + 32) + (144 + 32) + (32 + 2 + 32 + 16) + (192 + 24),
    macs,
    flops: macs + 2 * (16 * 9 + 16 * 4 + 12 * 4),
    size: 2,
    width: 12,
  });
  assertEquals(head, { name: "head", params: 140, macs: 480, flops: 480 + 80, size: 2, width: 10 });
  assertEquals(classifier, {
    name: "classifier",
    params: 33,
    macs: 30,
    flops: 30,
    size: 1,
    width: 3,
  });
});

Deno.test("cost() gives squeeze-and-excitation at least one channel", () => {
  const { params } = cost(parseArchitecture("stem_c1 | ds_k1_s1_c1_se0.25"), IMAGENET);
  const none = cost(parseArchitecture("stem_c1 | ds_k1_s1_c1"), IMAGENET);
  assertEquals(params - none.params, (1 + 1) + (1 + 1));
});

Deno.test("cost() is the sum of costByLayer(), and params do not depend on the resolution", () => {
  fc.assert(fc.property(architectures, fc.integer({ min: 1, max: 64 }), (network, resolution) => {
    const layers = costByLayer(network, { resolution, classes: 10 });
    const total = cost(network, { resolution, classes: 10 });
    for (const unit of ["params", "macs", "flops"] as const) {
      assertEquals(layers.reduce((sum, layer) => sum + layer[unit], 0), total[unit]);
    }
    assertEquals(total.params, cost(network, { resolution: 1, classes: 10 }).params);
  }));
});

Deno.test("cost() refuses wrong options and what cannot be counted exactly", () => {
  const bad: [options: unknown, kind: typeof TypeError, message: string][] = [
    [undefined, TypeError, "options is missing, must be an object"],
    [{ classes: 10 }, TypeError, "resolution is missing"],
    [
      { resolution: NaN, classes: 10 },
      RangeError,
      "resolution is NaN, must be a whole number from 1 to 16384",
    ],
    [{ resolution: 0, classes: 10 }, RangeError, "resolution is 0"],
    [{ resolution: "224", classes: 10 }, TypeError, 'resolution is "224"'],
    [{ resolution: 224, classes: 2.5 }, RangeError, "classes is 2.5"],
    [
      { resolution: 224, classes: 10, batch: 1 },
      TypeError,
      'unknown key "batch", known: resolution, classes',
    ],
  ];
  for (const [options, kind, message] of bad) {
    assertThrows(() => cost(DNA_A, options as typeof IMAGENET), kind, message);
  }
  const wide = parseArchitecture("stem_s1_c65536 | ir_r100_k31_s1_e64_c65536");
  assertThrows(() => cost(wide, { resolution: 16_384, classes: 10 }), RangeError, "above 2^53");
});
