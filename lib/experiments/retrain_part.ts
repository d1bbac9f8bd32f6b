import { buildNetwork } from "../network/network.ts";
import type { TrainEpoch } from "../network/train.ts";
import { createRandom } from "../random.ts";
import { cost } from "../space/cost.ts";
import { parseArchitecture } from "../space/parse.ts";
import { trainAndJudge } from "./_training.ts";
import type { TrainingSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** A network trained from scratch and judged on the test images. */
export interface Retrained {
  /** Trainable parameters. */
  params: number;
  /** Multiply–adds. */
  macs: number;
  /** FLOPs as the paper counts them. */
  flops: number;
  /** Share of test images whose class came first, 0–1. */
  top1: number;
  /** Share of test images whose class was among the first five, 0–1. */
  top5: number;
  /** Mean cross-entropy of the test images, in nats. */
  crossEntropy: number;
  /** Each epoch. */
  epochs: TrainEpoch[];
}

/** What decides a training; the seed draws the first weights, too. */
export interface RetrainPart extends TrainingSettings {
  /** The network, as text. */
  architecture: string;
}

/** The part that trains a network from scratch, without a teacher, and judges it; its weights are kept where asked for. */
export function retrainPart(
  settings: RetrainPart,
  label: string,
  { keepWeights = false }: { keepWeights?: boolean } = {},
): Part<Retrained> {
  return {
    kind: "retrain",
    label,
    settings: { ...settings, ...(keepWeights && { keepWeights }) },
    async run(context) {
      const { data: { resolution, classes }, seed } = settings;
      const architecture = parseArchitecture(settings.architecture);
      const start = buildNetwork(architecture, {
        classes,
        resolution,
        random: createRandom(seed, "retrain"),
      });
      const judged = await trainAndJudge(start, settings, context);
      if (keepWeights) await context.keep(judged.weights(), "weights");
      judged.dispose();
      const { top1, top5, crossEntropy, epochs } = judged;
      return { ...cost(architecture, { resolution, classes }), top1, top5, crossEntropy, epochs };
    },
  };
}
