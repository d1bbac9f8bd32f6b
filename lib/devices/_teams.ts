/**
 * Teams: sites that train cells together, by a plan.
 *
 * @module
 */

import { cellName, type CellPlace } from "../supernet/cell_names.ts";
import type { DevicePlan } from "./plan.ts";
import type { Site } from "./site.ts";

/** The sites of a plan and their cells: one site for some cells, or several for one cell. */
export function teamsOf({ devices }: DevicePlan, sites: readonly Site[]): [Site[], CellPlace[]][] {
  const teams = new Map<string, [Site[], CellPlace[]]>();
  devices.forEach(({ cells, device }, i) => {
    if (cells.length === 0) return;
    const places = cells.map(({ block, cell }): CellPlace => ({ block, cell }));
    const key = cells[0].part ? cellName(cells[0]) : device;
    const team = teams.get(key) ?? [[], places];
    team[0].push(sites[i]);
    teams.set(key, team);
  });
  return [...teams.values()];
}
