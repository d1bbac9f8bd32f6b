import type { ExperimentScale } from "./scales.ts";
import type { RankingData } from "./figure_4.ts";
import type { Conclusion } from "./types.ts";

export function rankingConclusion(_scale: ExperimentScale, data: RankingData): Conclusion {
  return { results: { networks: data.networks.length }, text: "", figures: {} };
}
