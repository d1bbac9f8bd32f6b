/**
 * `deno task teacher`: trains the teacher of preset `fashion` from scratch.
 *
 * @module
 */

import { accuracy, buildNetwork, cosine, createRandom, loadDataset, sgd, train } from "../mod.ts";
import { parseArchitecture, useEngine, writeSafetensors } from "../mod.ts";
import { writeJson } from "../lib/files.ts";
import { chooseProgress } from "../lib/progress.ts";
import { stopSignal } from "../lib/runs/stop.ts";
import {
  FASHION_LOG,
  FASHION_MEAN,
  FASHION_STD,
  FASHION_TEACHER,
  FASHION_WEIGHTS,
} from "../lib/teacher/fashion.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { runTask } from "./_main.ts";
import { helpText, type OptionSpecs, readOptions, wholeNumber } from "./_options.ts";
import { fileURLToPath } from "node:url";

const OPTIONS: OptionSpecs = {
  epochs: { value: "N", help: "passes over the 50,000 training images", default: "15" },
  batch: { value: "N", help: "images a step", default: "128" },
  seed: { value: "N", help: "decides first weights, order and augmentation", default: "0" },
  out: { value: "FILE", help: "where the weights go", default: "lib/teacher/fashion.safetensors" },
  device: {
    value: "NAME",
    help: "device to compute on, as CPU:0 or GPU:0",
    default: "GPU, else CPU",
  },
  quiet: { help: "show no progress" },
  help: { help: "this text" },
};

const RECIPE = {
  rate: 0.2,
  warmup: 0.1,
  weightDecay: 1e-4,
  labelSmoothing: 0.1,
  averageDecay: 0.998,
};
const AUGMENT = { shift: 2, flip: true };

await runTask(async () => {
  const { given } = readOptions(Deno.args, OPTIONS);
  if (given.help) {
    const about =
      "Trains the teacher of preset `fashion` from scratch and writes its weights and log.";
    return console.log(helpText("deno task teacher [options]", about, OPTIONS));
  }
  const epochs = wholeNumber(given, "epochs", 1, 10_000) ?? 15;
  const batch = wholeNumber(given, "batch", 2, 10_000) ?? 128;
  const seed = wholeNumber(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const out = (given.out as string) ?? fileURLToPath(FASHION_WEIGHTS);
  const log = given.out ? `${out}.log.json` : fileURLToPath(FASHION_LOG);

  await ensureTensorFlow({ quiet: given.quiet === true, again: "teacher" });
  const engine = await useEngine({ device: given.device as string | undefined });
  const progress = chooseProgress({ quiet: given.quiet === true });
  using stop = stopSignal();
  const started = performance.now();
  try {
    const { splits } = await loadDataset("fashion-mnist", { onProgress: progress.report });
    const normalisation = { mean: [...FASHION_MEAN], std: [...FASHION_STD] };
    const steps = epochs * Math.floor(splits.train.count / batch);
    const network = buildNetwork(parseArchitecture(FASHION_TEACHER), {
      classes: 10,
      resolution: 28,
      random: createRandom(seed, "teacher"),
    });
    const result = await train(network, {
      ...normalisation,
      ...RECIPE,
      data: splits.train,
      epochs,
      batch,
      rate: cosine(RECIPE.rate, { steps, warmup: Math.round(RECIPE.warmup * steps) }),
      optimizer: sgd(),
      augment: AUGMENT,
      seed,
      signal: stop.signal,
      onProgress: progress.report,
      onEpoch: ({ epoch, loss, accuracy }) => {
        if (!given.quiet) {
          console.error(
            `epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * accuracy).toFixed(2)} %`,
          );
        }
      },
    });
    const test = await accuracy(result.network, splits.test, normalisation);
    await writeSafetensors(out, result.network.toWeights(), {
      architecture: FASHION_TEACHER,
      "test top-1": test.top1.toFixed(4),
    });
    await writeJson(log, {
      command: `deno task teacher --epochs ${epochs} --batch ${batch} --seed ${seed}`,
      architecture: FASHION_TEACHER,
      recipe: { ...RECIPE, augment: AUGMENT, optimizer: sgd().description },
      seed,
      tensorflow: engine.version,
      device: engine.device.name,
      seconds: Math.round((performance.now() - started) / 1000),
      epochs: result.epochs,
      test,
    });
    console.log(`Test accuracy ${(100 * test.top1).toFixed(2)} %; weights in ${out}`);
  } finally {
    progress.close();
  }
});
