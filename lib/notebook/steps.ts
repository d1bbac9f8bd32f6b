/**
 * The method's long steps as a lab runs them: with progress, stopped by Stop, taken up again from memory.
 *
 * @module
 */

import {
  type Accuracy,
  accuracy,
  type AccuracyOptions,
  type Classifier,
} from "../network/accuracy.ts";
import type { Network } from "../network/network.ts";
import {
  train,
  type TrainCheckpoint,
  type TrainEpoch,
  type TrainOptions,
} from "../network/train.ts";
import type { ProgressEvent } from "../progress.ts";
import type { Ratings } from "../ratings.ts";
import {
  type CellEpoch,
  distill,
  type DistillOptions,
  type DistillPosition,
} from "../supernet/distill.ts";
import { type LayerCounts, rate, type RatedPart, type RateOptions } from "../supernet/rate.ts";
import {
  restoreSupernet,
  saveSupernet,
  type Supernet,
  type SupernetState,
} from "../supernet/supernet.ts";
import type { StepTools } from "./lab.ts";

/** A step as `lab.run` takes it. */
export type LabStep<Result, Checkpoint> = (tools: StepTools<Checkpoint>) => Promise<Result>;

/** What distillation goes on from. */
export interface DistillCheckpoint {
  /** Where it stands. */
  position: DistillPosition;
  /** The supernet there. */
  supernet: SupernetState;
  /** What the epochs so far gave. */
  epochs: CellEpoch[];
}

/**
 * Distils in a lab: `lab.run("distil", distillStep(supernet, options))`.
 *
 * @param supernet The supernet; its weights are moved in place.
 * @param options As `distill` takes them.
 * @returns The step; it gives what all epochs gave, those before a stop among them.
 *
 * @example
 * ```ts ignore
 * import { distillStep, startNotebook } from "@dna/kernel";
 *
 * const { lab } = await startNotebook({ space });
 * const epochs = await lab.run("distil", distillStep(supernet, { teacher, data, epochs: 3, seed: 0 }));
 * ```
 */
export function distillStep(
  supernet: Supernet,
  options: DistillOptions,
): LabStep<CellEpoch[], DistillCheckpoint> {
  return async ({ signal, checkpoint, save, report, epoch }) => {
    const epochs = [...checkpoint?.epochs ?? []];
    if (checkpoint) restoreSupernet(supernet, checkpoint.supernet);
    await distill(supernet, {
      ...options,
      position: checkpoint?.position,
      onCheckpoint: (position) =>
        save({ position, supernet: saveSupernet(supernet), epochs: [...epochs] }),
      onEpoch: (cells) => {
        epochs.push(...cells);
        epoch(cells);
      },
      onProgress: report,
      signal,
    });
    return epochs;
  };
}

/**
 * Rates in a lab: `lab.run("rate", rateStep(supernet, options))`.
 *
 * @param supernet The trained supernet.
 * @param options As `rate` takes them.
 * @returns The step; it gives the ratings.
 *
 * @example
 * ```ts ignore
 * import { rateStep, startNotebook } from "@dna/kernel";
 *
 * const { lab } = await startNotebook();
 * const ratings = await lab.run("rate", rateStep(supernet, { teacher, validation, calibration }));
 * ```
 */
export function rateStep(
  supernet: Supernet,
  options: RateOptions,
): LabStep<Ratings & { layers: LayerCounts }, RatedPart[]> {
  return async ({ signal, checkpoint = [], save, report }) => {
    const parts = [...checkpoint];
    return await rate(supernet, {
      ...options,
      parts: checkpoint,
      onPart: (part) => {
        parts.push(part);
        save([...parts]);
      },
      onProgress: report,
      signal,
    });
  };
}

/** A network that has been trained. */
export interface TrainedNetwork {
  /** The network. */
  network: Network;
  /** What each epoch gave, those before a stop among them. */
  epochs: TrainEpoch[];
}

/** What training goes on from, or what it gave. */
export type TrainProgress =
  | TrainedNetwork
  | {
    /** The weights and where they stand. */
    state?: TrainCheckpoint;
    /** What the epochs so far gave. */
    epochs: TrainEpoch[];
  };

/**
 * Trains networks side by side in a lab: `lab.run("retrain", trainStep({ winner, other }, options))`.
 *
 * @param networks The networks to begin with, by name; they stay as they were.
 * @param options As `train` takes them.
 * @returns The step; it gives the trained networks by name, and what their epochs gave.
 *
 * @example
 * ```ts ignore
 * import { startNotebook, trainStep } from "@dna/kernel";
 *
 * const { lab } = await startNotebook();
 * const recipe = { data, mean, std, epochs: 4, rate: 0.1, seed: 0 };
 * const { winner } = await lab.run("retrain", trainStep({ winner: start }, recipe));
 * ```
 */
export function trainStep(
  networks: Readonly<Record<string, Network>>,
  options: TrainOptions,
): LabStep<Record<string, TrainedNetwork>, Record<string, TrainProgress>> {
  const names = Object.keys(networks);
  return async ({ signal, checkpoint, save, report, epoch }) => {
    const known: Record<string, TrainProgress> = { ...checkpoint };
    const keep = (name: string, progress: TrainProgress) => {
      known[name] = progress;
      save({ ...known });
    };
    const done = new Map<string, number>();
    const finish = async (name: string): Promise<[string, TrainedNetwork]> => {
      const before = known[name] ?? { epochs: [] };
      if ("network" in before) return [name, before];
      const epochs = [...before.epochs];
      const { network } = await train(networks[name], {
        ...options,
        checkpoint: before.state,
        onCheckpoint: (state) => keep(name, { state, epochs: [...epochs] }),
        onEpoch: (line) => {
          epochs.push(line);
          epoch({ ...line, network: name });
        },
        onProgress: (event) => {
          done.set(name, event.done);
          report(ofAll(event, names.map((each) => shareDone(each, event.total))));
        },
        signal,
      });
      const trained = { network, epochs };
      keep(name, trained);
      return [name, trained];
    };
    /** Steps that a network has behind it. */
    const shareDone = (name: string, total: number) => {
      const progress = known[name];
      if (progress && "network" in progress) return total;
      return done.get(name) ?? progress?.state?.step ?? 0;
    };
    // Side by side: small networks leave cores idle that another one can use.
    const results = await Promise.allSettled(names.map(finish));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    return Object.fromEntries(
      results.map((result) => (result as PromiseFulfilledResult<[string, TrainedNetwork]>).value),
    );
  };
}

/** One network's progress as that of all. */
function ofAll({ stage, unit, total }: ProgressEvent, done: readonly number[]): ProgressEvent {
  return {
    stage,
    done: done.reduce((sum, each) => sum + each, 0),
    total: total * done.length,
    unit,
  };
}

/**
 * Judges a network in a lab: `lab.run("judge", accuracyStep(network, split, options))`.
 *
 * @param network The network, or a teacher.
 * @param split The images with their classes.
 * @param options As `accuracy` takes them.
 * @returns The step; it gives accuracies and cross-entropy.
 *
 * @example
 * ```ts ignore
 * import { accuracyStep, startNotebook } from "@dna/kernel";
 *
 * const { lab } = await startNotebook();
 * const { top1 } = await lab.run("judge", accuracyStep(network, splits.test, { mean, std }));
 * ```
 */
export function accuracyStep(
  network: Classifier,
  split: Parameters<typeof accuracy>[1],
  options: AccuracyOptions,
): LabStep<Accuracy, never> {
  return ({ signal, report }) =>
    accuracy(network, split, { ...options, onProgress: report, signal });
}
