import { createRandom } from "../random.ts";
import { search } from "../search/search.ts";
import { searchSpace } from "../space/spaces.ts";
import type { SpaceDefinition } from "../space/types.ts";
import { rate } from "../supernet/rate.ts";
import { createSupernet } from "../supernet/supernet.ts";
import { imaginedRatings } from "./_imagined.ts";
import { datasetOf, someOf, spaceOf, teacherOf } from "./_inputs.ts";
import type { DataSettings, SupernetSettings, TeacherSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** What decides the work that is timed. */
export interface CostPart {
  /** The images. */
  data: DataSettings;
  /** The teacher. */
  teacher: TeacherSettings;
  /** The spaces of which all paths are rated. */
  spaces: (SpaceDefinition | string)[];
  /** How they are rated. */
  supernet: Pick<SupernetSettings, "rateImages" | "calibrationImages" | "rateBatch">;
  /** A space that is searched, and the parameters that its network may have. */
  search: { space: string; maxParams: number };
  /** Decides images, weights and the ratings that are searched. */
  seed: number;
}

/** How long rating and searching take, in seconds. */
export interface CostMeasured {
  /** To rate all paths of each space once: weights need not be trained for that. */
  ratingSeconds: number[];
  /** To search the other space. */
  searchSeconds: number;
  /** How many networks it has. */
  networks: string;
}

/** The part that times ratings and a search; the first of several searches warms up and does not count. */
export function costPart(settings: CostPart): Part<CostMeasured> {
  return {
    kind: "cost",
    label: "time a rating and a search",
    settings: { ...settings },
    async run({ onProgress, signal }) {
      const { data, supernet: recipe, seed } = settings;
      const { splits } = await datasetOf(data);
      const teacher = await teacherOf(settings.teacher, data);
      const ratingSeconds: number[] = [];
      for (const each of settings.spaces) {
        const supernet = createSupernet(spaceOf(each), teacher, {
          random: createRandom(seed, "supernet"),
        });
        const begun = performance.now();
        try {
          await rate(supernet, {
            teacher,
            classes: data.classes,
            validation: someOf(splits.validation, recipe.rateImages, seed, "rating images"),
            calibration: someOf(splits.train, recipe.calibrationImages, seed, "calibration images"),
            batch: recipe.rateBatch,
            onProgress,
            signal,
          });
        } finally {
          supernet.dispose();
        }
        ratingSeconds.push((performance.now() - begun) / 1000);
      }
      const { space, maxParams } = settings.search;
      return { ratingSeconds, ...timedSearch(space, maxParams, seed) };
    },
  };
}

const SEARCHES = 4;

function timedSearch(name: string, maxParams: number, seed: number) {
  const space = searchSpace(name);
  const blocks = imaginedRatings(space, createRandom(seed, "imagined ratings"));
  const ratings = { space: name, resolution: 224, classes: 1000, blocks };
  const times = Array.from({ length: SEARCHES }, () => {
    const begun = performance.now();
    search(ratings, { maxParams });
    return (performance.now() - begun) / 1000;
  });
  return { searchSeconds: Math.min(...times.slice(1)), networks: `${space.size}` };
}
