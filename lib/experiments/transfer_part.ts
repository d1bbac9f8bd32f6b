import { buildNetwork, type Weights } from "../network/network.ts";
import { createRandom } from "../random.ts";
import { cost } from "../space/cost.ts";
import { formatArchitecture } from "../space/format.ts";
import { parseArchitecture } from "../space/parse.ts";
import { trainAndJudge } from "./_training.ts";
import { type Retrained, type RetrainPart, retrainPart } from "./retrain_part.ts";
import type { TrainingSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** What decides a training that goes on from another one's weights. */
export interface TransferPart extends TrainingSettings {
  /** The training that the weights are of; its part keeps them. */
  start: RetrainPart;
}

/** The part that trains a network on other images, from weights that another part kept, with a new classifier. */
export function transferPart(settings: TransferPart, label: string): Part<Retrained> {
  return {
    kind: "transfer",
    label,
    settings: { ...settings },
    async run(context) {
      const { start, data, seed } = settings;
      const { resolution, classes } = data;
      const architecture = parseArchitecture(
        textWithChannels(start.architecture, settings.normalisation.mean.length),
      );
      const kept = await context.kept(pretraining(start, label), "weights") as Weights;
      const network = buildNetwork(architecture, {
        classes,
        resolution,
        random: createRandom(seed, "transfer"),
      });
      const fresh = network.toWeights();
      network.dispose();
      const begin = buildNetwork(architecture, {
        classes,
        resolution,
        weights: carryOver(kept, fresh),
      });
      const judged = await trainAndJudge(begin, settings, context);
      judged.dispose();
      const { top1, top5, crossEntropy, epochs } = judged;
      return { ...cost(architecture, { resolution, classes }), top1, top5, crossEntropy, epochs };
    },
  };
}

/** The training whose weights are carried over, which keeps them. */
export function pretraining(settings: RetrainPart, label: string): Part<Retrained> {
  return retrainPart(settings, label, { keepWeights: true });
}

/** A network's text for images of so many channels. */
export function textWithChannels(text: string, channels: number): string {
  const architecture = parseArchitecture(text);
  return formatArchitecture({ ...architecture, stem: { ...architecture.stem, channels } });
}

/** The first convolution's name. */
const STEM = "conv_stem.weight";

/**
 * Weights for other images: all are carried over but the classifier's. A first convolution that saw grey images sees each colour with
 * an equal part of its kernel, so that it answers to a grey picture in colours as it did before.
 *
 * @param kept The weights so far.
 * @param fresh Those of a network for the other images, as it begins.
 */
export function carryOver(kept: Weights, fresh: Weights): Weights {
  const { data, shape: [out, channels, ...sides] } = kept[STEM];
  const wanted = fresh[STEM].shape[1];
  if (channels !== wanted && channels !== 1) {
    throw new RangeError(
      `Cannot carry weights over: the first layer sees ${channels} channels, the images have ${wanted}`,
    );
  }
  const size = data.length / out / channels;
  const parts = wanted / channels;
  const stem = new Float32Array(data.length * parts);
  for (let i = 0; i < stem.length; i++) {
    const [filter, at] = [Math.floor(i / (wanted * size)), i % (channels * size)];
    stem[i] = data[filter * channels * size + at] / parts;
  }
  return {
    ...kept,
    [STEM]: { dtype: "F32", shape: [out, wanted, ...sides], data: stem },
    "classifier.weight": fresh["classifier.weight"],
    "classifier.bias": fresh["classifier.bias"],
  };
}
