/**
 * `deno task evaluate`: how well a network with weights classifies, and what it costs.
 *
 * @module
 */

import {
  type Accuracy,
  accuracy,
  buildNetwork,
  type Cost,
  cost,
  formatArchitecture,
  useEngine,
} from "../mod.ts";
import { chooseProgress } from "../lib/progress.ts";
import { stopSignal } from "../lib/runs/stop.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { ARCHITECTURE_HELP } from "./_architecture.ts";
import { judgedLines, percent } from "./_judged.ts";
import { runTask } from "./_main.ts";
import { helpText, readOptions } from "./_options.ts";
import { evaluateRequest, OPTIONS } from "./evaluate/_options.ts";
import { planEvaluation } from "./evaluate/_plan.ts";

const ABOUT = "Judges a network with weights: accuracies of all and of each class, costs, speed.";

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, 1);
  if (given.help) {
    const usage = "deno task evaluate ARCHITECTURE --weights FILE [options]";
    return console.log(helpText(usage, `${ABOUT}\n${ARCHITECTURE_HELP}`, OPTIONS));
  }
  const quiet = given.quiet === true;
  const json = given.json === true;
  const request = evaluateRequest(given, words);
  const progress = chooseProgress({ quiet, json });
  using stop = stopSignal();
  try {
    const watching = { onProgress: progress.report, signal: stop.signal };
    // Nothing is set up before all that was given is known to be right.
    const plan = await planEvaluation(request, watching);
    progress.close();
    await ensureTensorFlow({ quiet, again: ["evaluate", ...Deno.args].join(" ") });
    const { device, mixedPrecision } = request;
    const engine = await useEngine({ device, mixedPrecision });
    const network = buildNetwork(plan.architecture, plan.network);
    const { batch, cropPct, interpolation } = request;
    const found = await accuracy(network, plan.split, {
      ...watching,
      mean: plan.mean,
      std: plan.std,
      batch,
      cropPct,
      interpolation,
      detailed: true,
    });
    progress.close();
    const { resolution, classes } = network;
    const costs = cost(plan.architecture, { resolution, classes });
    network.dispose();
    print({
      architecture: formatArchitecture(plan.architecture),
      weights: plan.source,
      dataset: plan.dataset.name,
      split: request.split,
      device: engine.device.name,
      costs,
      found,
      classes: plan.dataset.classes,
    }, json);
  } finally {
    progress.close();
  }
});

interface Evaluated {
  architecture: string;
  weights: string;
  dataset: string;
  split: string;
  device: string;
  costs: Cost;
  found: Accuracy;
  classes: readonly string[];
}

function print({ costs, found, classes, ...about }: Evaluated, json: boolean): void {
  const { imagesPerSecond, perClass = [] } = found;
  // Classes that the weights know and the data does not have no images.
  const named = perClass.slice(0, classes.length).map((one, i) => ({ name: classes[i], ...one }));
  if (json) {
    return console.log(JSON.stringify({ ...about, ...costs, ...found, perClass: named }));
  }
  const width = Math.max(...named.map(({ name }) => name.length), 5) + 2;
  console.log([
    about.architecture,
    `${about.dataset}, ${about.split}, on ${about.device}`,
    "",
    ...judgedLines(costs, found, imagesPerSecond),
    "",
    ...named.map(({ name, count, correct }) =>
      `${name.padEnd(width)}${(count === 0 ? "–" : percent(correct / count)).padStart(8)}  ` +
      `${correct} of ${count}`
    ),
  ].join("\n"));
}
