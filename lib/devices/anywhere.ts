/**
 * Distilling and rating on one device or on several: what the stages of a run call.
 *
 * @module
 */

import { useEngine } from "../engine.ts";
import { distill, type DistillPosition } from "../supernet/distill.ts";
import { type RatedPart, rateParts } from "../supernet/rate.ts";
import { saveSupernet, type Supernet, type SupernetState } from "../supernet/supernet.ts";
import { distillOn, type SharedDistillOptions, type SharedPosition } from "./distill.ts";
import { cellsOf } from "./plan.ts";
import { ratePartsOn, type SharedRateOptions } from "./rate.ts";
import type { Site } from "./site.ts";

/** Where a distillation stands, on one device or on several. */
export type AnyPosition = DistillPosition | SharedPosition;

/** Options of {@linkcode distillAnywhere}. */
export interface AnywhereOptions extends Omit<SharedDistillOptions, "position" | "onCheckpoint"> {
  /** Go on from here; a run that began on one device may go on on several, and the other way round. */
  position?: AnyPosition;
  /** Called every so many seconds, with the state that belongs to the position. */
  onCheckpoint?: (position: AnyPosition, state: SupernetState) => Promise<void> | void;
}

/** Trains a supernet on these sites, without any on the engine's own device. */
export async function distillAnywhere(
  sites: readonly Site[] | undefined,
  supernet: Supernet,
  { position, onCheckpoint, ...options }: AnywhereOptions,
): Promise<void> {
  if (!sites && !(position && "groups" in position)) {
    const save = (at: DistillPosition) => onCheckpoint?.(at, saveSupernet(supernet));
    await distill(supernet, { ...options, position, onCheckpoint: save });
    return;
  }
  const { device } = await useEngine();
  const stepsPerEpoch = Math.floor(options.data.count / (options.batch ?? 128));
  const groups = !position ? undefined : "groups" in position ? position.groups : [{
    cells: [...options.cells ?? cellsOf(supernet.space)],
    position,
    reported: Math.floor(position.step / stepsPerEpoch),
  }];
  await distillOn(sites ?? [{ name: device.name, device }], supernet, {
    ...options,
    position: groups && { groups },
    onCheckpoint,
  });
}

/** Rates paths on these sites, without any on the engine's own device. */
export async function ratePartsAnywhere(
  sites: readonly Site[] | undefined,
  supernet: Supernet,
  options: SharedRateOptions,
): Promise<RatedPart[]> {
  return sites ? await ratePartsOn(sites, supernet, options) : await rateParts(supernet, options);
}
