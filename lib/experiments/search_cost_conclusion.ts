/**
 * The cost of a search beside the paper's, by stage and in proportion.
 *
 * @module
 */

import { costFigure } from "./_cost_figure.ts";
import { alignColumns } from "../columns.ts";

import type { StageCounts, StageSeconds } from "./search_cost.ts";
import type { Claim, Conclusion } from "./types.ts";

const DAY = 86_400;
const GPUS = 8;

/** The paper's costs (section 4.1), in seconds of one GTX 2080 Ti; of the search, the most, on CPUs. */
export const PAPER_COST = {
  simple: 1 * GPUS * DAY, // 6 cells: 1 day on 8
  extended: 3 * GPUS * DAY, // 16 cells: 3 days on 8
  rating: 0.6 * DAY,
  search: 3600,
} as const;

/** What stages of a search are to each other, which scale has less to do with than seconds. */
function proportions(
  { simple, extended, rating }: Record<"simple" | "extended" | "rating", number>,
) {
  return { extendedBySimple: extended / simple, ratingByExtended: rating / extended };
}

/** What the seconds come to. */
export function costConclusion(
  { seconds, counts }: { seconds: StageSeconds; counts: StageCounts },
): Conclusion {
  const results = {
    seconds,
    counts,
    proportions: proportions(seconds),
    paper: { seconds: PAPER_COST, proportions: proportions(PAPER_COST) },
  };
  const [simple, extended] = counts.cells;
  const { teacher, retraining } = seconds;
  const [ours, paper] = [results.proportions, results.paper.proportions];
  const text = [
    alignColumns([
      ["stage", "here", "the paper"],
      [
        "making the teacher",
        teacher === undefined ? "–" : timeText(teacher),
        "weights that were there",
      ],
      [`distilling ${simple} cells`, timeText(seconds.simple), "1 day on 8 GPUs, 6 cells"],
      [`distilling ${extended} cells`, timeText(seconds.extended), "3 days on 8 GPUs, 16 cells"],
      ["rating every path once", timeText(seconds.rating), "0.6 GPU-days"],
      [
        `searching ${Number(counts.networks).toPrecision(3)} networks`,
        timeText(seconds.search),
        "under 1 h",
      ],
      ["retraining the found network", retraining === undefined ? "–" : timeText(retraining), "–"],
    ]),
    "",
    alignColumns([
      ["in proportion", "here", "the paper"],
      [
        "all cells by one a block",
        `${ours.extendedBySimple.toFixed(2)}×`,
        `${paper.extendedBySimple.toFixed(2)}×`,
      ],
      ["rating by distilling", share(ours.ratingByExtended), share(paper.ratingByExtended)],
    ]),
    "",
    `Here: ${counts.machines.join("; ")}. Seconds of work are those that the parts' files record,`,
    "with what other processes beside them took; a supernet's are shared out between distilling and rating by multiply–adds.",
    "The search is of the paper's own space; all else is of this scale's size.",
  ].join("\n");
  return {
    results,
    text,
    claims: claimsOf(seconds, counts, ours, paper),
    figures: {
      cost: { title: "What each stage of a search takes", figure: costFigure(seconds, PAPER_COST) },
    },
  };
}

/** Times of one run have no interval: what they are near to is said, and what is plain is judged. */
function claimsOf(
  { search }: StageSeconds,
  { cells: [simple, extended], networks }: StageCounts,
  ours: ReturnType<typeof proportions>,
  paper: ReturnType<typeof proportions>,
): Claim[] {
  const why = "timed once, with other cells, images and devices than the paper's";
  return [
    {
      claim: "searching the whole space under a budget takes under an hour on CPUs",
      paper: "under 1 h",
      ours: `${timeText(search)} for ${Number(networks).toPrecision(3)} networks`,
      verdict: search < PAPER_COST.search ? "holds" : "does not hold",
    },
    {
      claim: "distilling all cells costs a small multiple of one cell a block",
      paper: `${paper.extendedBySimple.toFixed(1)}× for 16 cells beside 6`,
      ours: `${ours.extendedBySimple.toFixed(2)}× for ${extended} beside ${simple}`,
      verdict: "cannot tell",
      why,
    },
    {
      claim: "rating every path costs little beside distilling",
      paper: share(paper.ratingByExtended),
      ours: share(ours.ratingByExtended),
      verdict: "cannot tell",
      why,
    },
  ];
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** Seconds in a unit that suits them. */
export function timeText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 1) return `${(1000 * seconds).toPrecision(3)} ms`;
  if (seconds < 120) return `${seconds.toPrecision(3)} s`;
  if (seconds < 7200) return `${(seconds / 60).toPrecision(3)} min`;
  return seconds < 2 * DAY
    ? `${(seconds / 3600).toPrecision(3)} h`
    : `${Number((seconds / DAY).toPrecision(3))} days`;
}
