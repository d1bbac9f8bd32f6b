/**
 * Stage 4: the winner and the random networks are trained from scratch, side by side, and judged.
 *
 * @module
 */

import { accuracy } from "../network/accuracy.ts";
import { buildNetwork } from "../network/network.ts";
import { train, type TrainCheckpoint } from "../network/train.ts";
import { type Recipe, recipeOptions, RECIPES } from "../network/recipes.ts";
import { createRandom } from "../random.ts";
import type { NetworkRecord } from "../report/types.ts";
import { type SafetensorsTensor, writeSafetensors } from "../safetensors.ts";
import { parseArchitecture } from "../space/parse.ts";
import type { Context, NetworkState, RunState } from "./_context.ts";
import { trainingImages } from "./_images.ts";

/** The name of a network in metrics and messages. */
export function networkName(index: number): string {
  return index === 0 ? "winner" : `random ${index}`;
}

/** Trains the networks and gives them with their accuracies. */
export async function retrainStage(
  context: Context,
  records: NetworkRecord[],
  state: Extract<RunState, { stage: "retrain" }>,
): Promise<NetworkRecord[]> {
  const { run, settings, teacher, dataset, classes, signal } = context;
  const { resolution, seed, trainEpochs, trainBatch, microBatch = trainBatch } = settings;
  const recipe: Recipe = { ...RECIPES[settings.recipe], epochs: trainEpochs, batch: trainBatch };
  const data = trainingImages(context);
  const normalisation = { mean: [...teacher.mean], std: [...teacher.std] };
  const progress = new SharedProgress(context, records.length);
  const lanes = new Lanes(context, records.length, state);
  const finish = async (record: NetworkRecord, index: number): Promise<NetworkRecord> => {
    const lane = lanes.get(index);
    if (lane.state?.result) {
      progress.skip(trainEpochs * Math.floor(data.count / trainBatch), index);
      return { ...record, ...lane.state.result };
    }
    const start = buildNetwork(parseArchitecture(record.architecture), {
      classes,
      resolution,
      random: createRandom(seed, "retrain", index),
    });
    const { network } = await train(start, {
      ...normalisation,
      ...recipeOptions(recipe, data.count),
      data,
      accumulate: trainBatch / microBatch,
      seed: `${seed}/retrain`,
      checkpoint: lane.checkpoint,
      checkpointSeconds: context.checkpointSeconds,
      onCheckpoint: (checkpoint) => lanes.update(index, checkpoint),
      onEpoch: (epoch) => lanes.log(index, epoch),
      onProgress: (event) => progress.report(event, index),
      signal,
    });
    const { top1, crossEntropy } = await accuracy(network, dataset.splits.test, {
      ...normalisation,
      batch: settings.rateBatch,
      signal,
    });
    if (index === 0) {
      await writeSafetensors(run.path("student.safetensors"), network.toWeights(), {
        architecture: record.architecture,
      });
    }
    const result = { accuracy: top1, crossEntropy };
    await lanes.done(index, result);
    start.dispose();
    network.dispose();
    return { ...record, ...result };
  };
  // All at once: small networks leave cores idle that another one can use.
  const results = await Promise.allSettled(
    records.map((record, index) => finish(record, index)),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed) {
    await lanes.save();
    throw failed.reason;
  }
  return results.map((result) => (result as PromiseFulfilledResult<NetworkRecord>).value);
}

/** The trainings under way, and their one checkpoint. */
class Lanes {
  readonly #context: Context;
  readonly #states: (NetworkState | undefined)[];
  readonly #vectors: (TrainCheckpoint | undefined)[];
  readonly #hashes: Record<string, string>;
  #saved = performance.now();
  #saving: Promise<void> = Promise.resolve();

  constructor(context: Context, count: number, state: Extract<RunState, { stage: "retrain" }>) {
    this.#context = context;
    this.#hashes = state.hashes;
    this.#states = Array.from({ length: count }, (_, i) => state.networks[i]);
    const tensors = context.run.checkpoint?.tensors ?? {};
    this.#vectors = this.#states.map((lane, i) =>
      lane && !lane.result && lane.step > 0 ? unpackCheckpoint(lane, i, tensors) : undefined
    );
  }

  get(index: number): { state?: NetworkState; checkpoint?: TrainCheckpoint } {
    return { state: this.#states[index], checkpoint: this.#vectors[index] };
  }

  /** Takes a training's checkpoint, and saves those of all when it is time. */
  async update(index: number, checkpoint: TrainCheckpoint): Promise<void> {
    this.#vectors[index] = checkpoint;
    this.#states[index] = {
      step: checkpoint.step,
      sums: checkpoint.sums,
      slots: checkpoint.optimizer.length,
      lossScale: checkpoint.lossScale,
      logged: this.#states[index]?.logged ?? 0,
    };
    const { checkpointSeconds } = this.#context;
    if (performance.now() - this.#saved >= checkpointSeconds * 1000) await this.save();
  }

  /** Logs an epoch, once: an epoch that is done again after a stop was logged already. */
  log(index: number, epoch: { epoch: number; loss: number; accuracy: number; rate: number }): void {
    const lane = this.#states[index] ??= { step: 0, sums: noSums(), slots: 0, logged: 0 };
    if (epoch.epoch <= lane.logged) return;
    this.#context.run.log({ stage: "retrain", network: networkName(index), ...epoch });
    lane.logged = epoch.epoch;
  }

  async done(index: number, result: NetworkState["result"]): Promise<void> {
    this.#vectors[index] = undefined;
    this.#states[index] = { ...this.#states[index]!, result };
    await this.save();
  }

  async save(): Promise<void> {
    this.#saved = performance.now();
    this.#saving = this.#saving.then(() => {
      const tensors: Record<string, SafetensorsTensor> = {};
      this.#vectors.forEach((vectors, i) => vectors && packCheckpoint(vectors, i, tensors));
      const networks = this.#states.map((lane) =>
        lane ?? { step: 0, sums: noSums(), slots: 0, logged: 0 }
      );
      const state = { stage: "retrain", networks, hashes: this.#hashes } satisfies RunState;
      return this.#context.run.save({ tensors, state: structuredClone(state) });
    });
    await this.#saving;
  }
}

function noSums(): TrainCheckpoint["sums"] {
  return { loss: 0, correct: 0, images: 0 };
}

function packCheckpoint(
  { weights, statistics, optimizer, average }: TrainCheckpoint,
  index: number,
  tensors: Record<string, SafetensorsTensor>,
): void {
  const parts: [string, Float32Array][] = [
    ["weights", weights],
    ["statistics", statistics],
    ...optimizer.map((data, i): [string, Float32Array] => [`optimizer.${i}`, data]),
    ["average.weights", average.weights],
    ["average.statistics", average.statistics],
  ];
  for (const [name, data] of parts) {
    tensors[`${index}.${name}`] = { dtype: "F32", shape: [data.length], data };
  }
}

function unpackCheckpoint(
  { step, sums, slots, lossScale }: NetworkState,
  index: number,
  tensors: Readonly<Record<string, SafetensorsTensor>>,
): TrainCheckpoint {
  const take = (name: string) =>
    Float32Array.from(tensors[`${index}.${name}`].data as Float32Array);
  return {
    step,
    sums,
    lossScale,
    weights: take("weights"),
    statistics: take("statistics"),
    optimizer: Array.from({ length: slots }, (_, i) => take(`optimizer.${i}`)),
    average: { weights: take("average.weights"), statistics: take("average.statistics") },
  };
}

/** One progress for all trainings. */
class SharedProgress {
  readonly #context: Context;
  readonly #done: number[];

  constructor(context: Context, count: number) {
    this.#context = context;
    this.#done = Array.from({ length: count }, () => 0);
  }

  report(
    { done, total, metrics }: { done: number; total: number; metrics?: Record<string, number> },
    index: number,
  ): void {
    this.#done[index] = done;
    this.#context.onProgress?.({
      stage: "retrain",
      done: this.#done.reduce((sum, steps) => sum + steps, 0),
      total: total * this.#done.length,
      unit: "steps",
      metrics: index === 0 ? metrics : undefined,
    });
  }

  skip(steps: number, index: number): void {
    this.#done[index] = steps;
  }
}
