/**
 * Distillation over several devices: each trains cells of its own, with the teacher beside them.
 *
 * @module
 */

import {
  type CellEpoch,
  distill,
  type DistillOptions,
  type DistillPosition,
} from "../supernet/distill.ts";
import {
  saveSupernet,
  type Supernet,
  type SupernetCell,
  type SupernetState,
} from "../supernet/supernet.ts";
import { onDevice } from "../tensorflow/placement.ts";
import { cellsAt, readCells, restoreCells } from "./_cell_state.ts";
import { type CellGroup, joinGroups, partOf } from "./_groups.ts";
import { doShares } from "./_shares.ts";
import { teamsOf } from "./_teams.ts";
import { cellsOf, type DevicePlan, planCells } from "./plan.ts";
import type { Site } from "./site.ts";

export type { CellGroup } from "./_groups.ts";

/** Where a distillation over several devices stands: its cells may be at different steps. */
export interface SharedPosition {
  /** All cells, in groups that stand at the same step. */
  groups: CellGroup[];
}

/** Options of {@linkcode distillOn}: those of {@linkcode distill}, and what concerns sites. */
export interface SharedDistillOptions
  extends Omit<DistillOptions, "position" | "onCheckpoint" | "sharedWith"> {
  /** Go on from here; the supernet is in the state that belongs to it. */
  position?: SharedPosition;
  /** Called every so many seconds, with the state that belongs to the position. */
  onCheckpoint?: (position: SharedPosition, state: SupernetState) => Promise<void> | void;
  /** Seconds of each cell's step by its name, as `3.1`. Default: multiply-adds stand for them. */
  times?: Readonly<Record<string, number>>;
  /** Told which site trains which cells. */
  onPlan?: (plan: DevicePlan) => void;
  /** Told in a sentence of a site that was lost. */
  onLost?: (site: Site, sentence: string) => void;
}

/**
 * Trains a supernet as {@linkcode distill} does, its cells shared out over sites: given the teacher's maps, no cell
 * needs another (section 3.2). Each site runs the teacher on the same images in the same order, so that a cell learns
 * what it would learn on one device.
 *
 * Where there are more sites than cells, several train a cell together, each on an equal part of every batch, its own
 * part of the teacher's pass included. With `syncBn` the step is that of the whole batch, up to rounding; without, each
 * part is normalised by its own statistics, as with a `microBatch` of that size. A `microBatch` that is given stays the
 * size of the parts, so that as many sites share a cell as divide their number.
 *
 * Where a site is lost, its cells go on elsewhere from their last checkpoint.
 *
 * @param sites Where to compute, at least one.
 * @param supernet The supernet; its weights are moved in place, and are in this process's memory afterwards.
 * @param options As of `distill`; checkpoints come with the state that belongs to them.
 * @returns What each epoch gave for each cell, ordered by epoch and cell.
 * @throws {Error} if no site is left, after a last checkpoint; what `distill` throws.
 *
 * @example
 * ```ts
 * import { distillOn, localSites } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await localSites("auto")).length > 0, true);
 * assertEquals(typeof distillOn, "function");
 * ```
 */
export async function distillOn(
  sites: readonly Site[],
  supernet: Supernet,
  options: SharedDistillOptions,
): Promise<CellEpoch[]> {
  const { onCheckpoint, onProgress, onEpoch, position, times, teacher } = options;
  const selected = options.cells ?? cellsOf(supernet.space);
  // What a lost site had is put back from here.
  const state = saveSupernet(supernet);
  const { batch = 128, microBatch, syncBn } = options;
  const live = new Set<CellGroup>();
  /** The sites that train a cell together. */
  const teams = new Map<CellGroup, readonly Site[]>();
  const history: CellEpoch[] = [];
  let saving: Promise<unknown> = Promise.resolve();
  let planned = false;

  const save = () => {
    const work = async () => {
      const groups = [...live].map((group) => partOf(group, group.cells));
      await onCheckpoint?.(structuredClone({ groups }), {
        vectors: { ...state.vectors },
        steps: { ...state.steps },
      });
    };
    // Two sites may come to a checkpoint at the same time.
    return saving = saving.then(work);
  };
  /** The group's cells as they are now become what is gone back to. */
  const settle = async (group: CellGroup, at: CellGroup["position"]) => {
    const now = await readCells(supernet, group.cells);
    Object.assign(state.vectors, now.vectors);
    Object.assign(state.steps, now.steps);
    group.position = at;
  };
  /** Images at once in a group's steps, where that is settled: parts that were normalised apart stay as they were. */
  const settledPart = (group: CellGroup) =>
    microBatch ?? (syncBn ? undefined : group.microBatch ?? (group.position && batch));
  const split = (groups: readonly CellGroup[], left: readonly Site[]): [Site[], CellGroup][] =>
    groups.flatMap((group) => {
      // Those who are left of a team know the cell's work; the others have their own.
      const team = left.filter((site) => teams.get(group)?.includes(site));
      const sites = team.length > 0 ? team : left;
      const atOnce = settledPart(group);
      const plan = planCells(supernet.space, teacher, sites.map(({ name }) => name), {
        times,
        cells: group.cells,
        parts: batch / (atOnce ?? 1),
      });
      if (!planned) options.onPlan?.(plan);
      planned = true;
      live.delete(group);
      teams.delete(group);
      return teamsOf(plan, sites).map(([team, cells]): [Site[], CellGroup] => {
        const part = partOf(group, cells);
        part.microBatch = atOnce ?? batch / team.length;
        live.add(part);
        if (team.length > 1) teams.set(part, team);
        return [team, part];
      });
    });
  const steps = options.epochs * Math.floor(options.data.count / batch);
  const finished = (cells: readonly SupernetCell[]): DistillPosition => {
    const stopped = cells.flatMap((cell) => cell.stopped ?? []);
    const sums = supernet.blocks.map((cells) => cells.map(() => 0));
    return { step: steps, sums, ...(stopped.length > 0 && { stopped }) };
  };
  const progress = new Map<CellGroup, number>();

  const work = async (
    [site, ...others]: readonly Site[],
    group: CellGroup,
    signal: AbortSignal,
  ): Promise<void> => {
    const isStopped = () => cellsAt(supernet, group.cells).every(({ stopped }) => stopped);
    const train = () =>
      distill(supernet, {
        ...options,
        cells: group.cells,
        sharedWith: others.map(({ device }) => device),
        microBatch: group.microBatch,
        position: group.position,
        signal,
        onCheckpoint: async (at) => {
          await settle(group, at);
          await save();
        },
        onEpoch: async (entries) => {
          const fresh = entries.filter(({ epoch }) => epoch > group.reported);
          if (fresh.length === 0) return;
          group.reported = fresh[0].epoch;
          history.push(...fresh);
          await onEpoch?.(fresh);
        },
        onProgress: (event) => {
          progress.set(group, event.done);
          const done = Math.min(...[...live].map((each) => progress.get(each) ?? 0));
          onProgress?.({ ...event, done });
        },
      });
    await onDevice(site.device, async () => {
      try {
        await train();
      } catch (error) {
        if (!isStopped()) throw error;
      }
      await settle(group, finished(cellsAt(supernet, group.cells)));
    });
    restoreCells(supernet, group.cells, state);
  };

  const begun = position?.groups ?? [{ cells: [...selected], reported: 0 }];
  const groups = joinGroups(begun);
  groups.forEach((group) => live.add(group));
  try {
    await doShares(groups, sites, {
      split,
      work,
      recover(group) {
        restoreCells(supernet, group.cells, state);
        return group;
      },
      onLost: options.onLost,
      signal: options.signal,
    });
  } catch (error) {
    await saving.catch(() => {});
    await save();
    throw error;
  }
  await saving;
  return history.sort((a, b) => a.epoch - b.epoch || a.block - b.block || a.cell - b.cell);
}
