import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Architecture,
  checkArchitecture,
  COMPOUND_SCALES,
  cost,
  DNA_C,
  EFFICIENTNET_B0,
  formatArchitecture,
  type LayerSpec,
  outlineTeacher,
  parseArchitecture,
  readJson,
  scaleArchitecture,
} from "../mod.ts";
import { architectures } from "./_spaces.ts";

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url).pathname;
const IMAGENET = { resolution: 224, classes: 1000 };

Deno.test("scaleArchitecture() gives DNA-c at width 2.0 and depth 3.1 the paper's 64.9 M parameters", () => {
  const { params } = cost(scaleArchitecture(DNA_C, { width: 2.0, depth: 3.1 }), IMAGENET);
  assertEquals((params / 1e6).toFixed(1), "64.9");
  assertEquals(params, 64_895_312); // timm's count of the same block strings
});

Deno.test("scaleArchitecture() scales random block strings as timm does", async () => {
  const lines = (await Deno.readTextFile(fixture("scale.jsonl"))).trim().split("\n");
  assertEquals(lines.length, 40);
  for (const line of lines) {
    const { blocks, width, depth, lite, params, kernels } = JSON.parse(line);
    const scaled = scaleArchitecture(parseArchitecture([...blocks, ["head_c96"]]), {
      width,
      depth,
      ...(lite && { fixStem: true, fixHead: true, fixEnds: true }),
    });
    assertEquals(scaled.blocks.map((layers) => layers.map(({ kernel }) => kernel)), kernels, line);
    assertEquals(cost(scaled, { resolution: 32, classes: 7 }).params, params, line);
  }
});

Deno.test("every EfficientNet has timm's parameters, widths, depths and settings", async () => {
  const networks = await readJson(fixture("efficientnet.json")) as Record<string, Family>;
  assertEquals(Object.keys(networks).length, 13);
  for (const [name, expected] of Object.entries(networks)) {
    const { architecture, classes, resolution, mean, std, hub } = outlineTeacher(name);
    const { stem, blocks, head } = architecture;
    assertEquals(cost(architecture, { resolution, classes }).params, expected.params, name);
    assertEquals([stem.width, head], [expected.stem, expected.head], name);
    assertEquals(blocks.map((layers) => layers.length), expected.depths, name);
    assertEquals(blocks.map((layers) => layers[0].width), expected.widths, name);
    assertEquals({ resolution, mean, std, hub }, {
      resolution: expected.resolution,
      mean: expected.mean,
      std: expected.std,
      hub: expected.hub,
    });
  }
  assertEquals(networks.tf_efficientnet_b0.params, 5_288_548);
  assertEquals(networks.tf_efficientnet_b7.params, 66_347_960);
});

interface Family {
  params: number;
  resolution: number;
  mean: number[];
  std: number[];
  hub: string;
  depths: number[];
  widths: number[];
  stem: number;
  head: number;
}

Deno.test("scaleArchitecture() by 1 changes nothing, and what it gives is an architecture", () => {
  const factor = fc.double({ min: 0.1, max: 4, noNaN: true });
  fc.assert(fc.property(architectures, factor, factor, (any, width, depth) => {
    const architecture = narrow(checkArchitecture(any));
    assertEquals(scaleArchitecture(architecture, {}), architecture);
    const scaled = scaleArchitecture(architecture, { width, depth });
    assertEquals(parseArchitecture(formatArchitecture(scaled)), scaled);
    scaled.blocks.forEach((layers, i) => {
      const given = architecture.blocks[i];
      if (depth >= 1) assertEquals(layers.length, Math.ceil(given.length * depth));
      assertEquals(layers[0].stride, given[0].stride);
      assertEquals(distinct(layers), distinct(given));
      assert(layers.every((layer) => layer.width % 8 === 0 || width === 1));
    });
  }));
});

/** The architecture with widths that may be quadrupled. */
function narrow({ blocks, ...rest }: Architecture): Architecture {
  const narrower = (layer: LayerSpec) => ({ ...layer, width: Math.min(layer.width, 1000) });
  return { ...rest, blocks: blocks.map((layers) => layers.map(narrower)) };
}

/** Kernels and expansions in order, without repeats. */
function distinct(layers: readonly { kernel: number; expansion: number }[]): string[] {
  return layers.map(({ kernel, expansion }) => `k${kernel}e${expansion}`)
    .filter((text, i, all) => text !== all[i - 1]);
}

Deno.test("scaleArchitecture() keeps the ends of EfficientNet-Lite, and the stride on the first layer", () => {
  const lite = scaleArchitecture(EFFICIENTNET_B0, COMPOUND_SCALES.lite4);
  assertEquals([lite.stem.width, lite.head], [32, 1280]);
  assertEquals(lite.blocks.map((layers) => layers.length), [1, 4, 4, 6, 6, 8, 1]);
  for (const layers of lite.blocks) {
    assert(layers.slice(1).every(({ stride }) => stride === 1));
  }
});

Deno.test("scaleArchitecture() refuses what is no factor, and what becomes too large", () => {
  const scale = (options: unknown) => () => scaleArchitecture(DNA_C, options as { width: number });
  for (const value of [0, -1, NaN, Infinity, 101]) {
    assertThrows(scale({ width: value }), RangeError, "width is");
    assertThrows(scale({ depth: value }), RangeError, "depth is");
  }
  assertThrows(scale({ width: "2" }), TypeError, "width is");
  assertThrows(scale({ widht: 2 }), TypeError, '"widht"');
  assertThrows(scale({ fixHead: 1 }), TypeError, "fixHead must be true or false");
  assertThrows(scale(undefined), TypeError, "options");
  assertThrows(scale({ depth: 90 }), RangeError, "from 1 to 100");
  assertThrows(scale({ width: 100 }), RangeError, "the scaled architecture");
});
