import { createRandom } from "../random.ts";
import { search } from "../search/search.ts";
import { searchSpace } from "../space/spaces.ts";
import { imaginedRatings } from "./_imagined.ts";
import type { Part } from "./types.ts";

/** What decides the search that is timed. */
export interface CostPart {
  /** Name of the space. */
  space: string;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
  /** The parameters that the network may have. */
  maxParams: number;
  /** Decides the ratings that are searched. */
  seed: number;
}

/** How long a search takes. */
export interface CostMeasured {
  /** The least of a few searches, in seconds. */
  searchSeconds: number;
  /** How many networks the space has. */
  networks: string;
}

/** Searches that are timed; one before them warms up. */
const SEARCHES = 3;

/** The part that times a search: of ratings that no supernet gave, since its time hardly depends on them. */
export function costPart(settings: CostPart): Part<CostMeasured> {
  return {
    kind: "cost",
    label: `time a search of ${settings.space}`,
    settings: { ...settings },
    run() {
      const { space: name, resolution, classes, maxParams, seed } = settings;
      const space = searchSpace(name);
      const blocks = imaginedRatings(space, createRandom(seed, "imagined ratings"));
      const times = Array.from({ length: 1 + SEARCHES }, () => {
        const begun = performance.now();
        search({ space: name, resolution, classes, blocks }, { maxParams });
        return (performance.now() - begun) / 1000;
      });
      const searchSeconds = Math.min(...times.slice(1));
      return Promise.resolve({ searchSeconds, networks: `${space.size}` });
    },
  };
}
