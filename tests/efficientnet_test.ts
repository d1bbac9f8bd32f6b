import { assert, assertEquals } from "@std/assert";
import { loadTeacher, outlineTeacher, readSafetensors, tf, useEngine } from "../mod.ts";
import { timmShape } from "../lib/network/timm_weights.ts";
import { networkModules, wholeNetwork } from "../lib/nn/network.ts";
import { formulaValues, formulaWeights } from "./_formula.ts";

await useEngine();

// What timm computes with weights of one formula: see tests/fixtures/make_efficientnet_fixtures.py.
const FIXTURE = new URL("./fixtures/efficientnet.safetensors", import.meta.url);
const { tensors, metadata } = await readSafetensors(FIXTURE.pathname);
const CASES: [name: string, { count: number; side: number; gain: number }][] = Object.entries(
  JSON.parse(metadata.cases),
);
const { seed } = metadata;
const STEP = 7919;

/** [mean, standard deviation, samples…] as the script takes them. */
function reduced(values: ArrayLike<number>, count: number): number[] {
  const all = Float64Array.from(values);
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length;
  const samples = Array.from({ length: count }, (_, i) => all[(i * STEP) % all.length]);
  return [mean, Math.sqrt(variance), ...samples];
}

/** Largest difference from timm's, as a share of timm's standard deviation. */
function distance(map: tf.Tensor, name: string): number {
  const expected = [...tensors[name].data as Float32Array];
  const found = reduced(map.dataSync(), expected.length - 2);
  const scale = expected[1];
  return Math.max(...found.map((value, i) => Math.abs(value - expected[i]))) / scale;
}

/** Weights for a teacher, in timm's layout. */
function weightsOf(name: string, gain: number) {
  const { architecture, classes } = outlineTeacher(name);
  const { weights, statistics } = wholeNetwork(networkModules(architecture, classes));
  const slots = [...weights, ...statistics];
  return formulaWeights(
    Object.fromEntries(slots.map((slot) => [slot.name, timmShape(slot)])),
    { gain, seed },
  );
}

for (const [name, { count, side, gain }] of CASES) {
  Deno.test(`${name}: features() and logits() are timm's`, async () => {
    const before = tf.memory().numTensors;
    const teacher = await loadTeacher(name, { weights: weightsOf(name, gain), resolution: side });
    const shape: [number, number, number, number] = [count, side, side, 3];
    const images = tf.tensor4d(
      formulaValues({ name: "images", seed }, count * side * side * 3),
      shape,
    );
    const maps = teacher.features(images);
    assertEquals(
      maps.map(({ shape }) => shape.slice(1)),
      teacher.widths.map((width, i) => [
        teacher.sizes[i],
        teacher.sizes[i],
        width,
      ]),
    );
    maps.forEach((map, i) => {
      const apart = distance(map, `${name}.maps.${i}`);
      assert(apart < 1e-4, `map ${i}: ${apart}`);
    });
    const logits = teacher.logits(images);
    const apart = distance(logits, `${name}.logits`);
    assert(apart < 1e-4, `logits: ${apart}`);
    tf.dispose([maps, logits, images]);
    teacher.dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}
