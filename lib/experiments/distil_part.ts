import { createRandom } from "../random.ts";
import type { BlockRatings, Ratings } from "../ratings.ts";
import type { SpaceDefinition } from "../space/types.ts";
import { type CellEpoch, distill, type DistillPosition } from "../supernet/distill.ts";
import { rate, type RatedPart } from "../supernet/rate.ts";
import {
  createSupernet,
  restoreSupernet,
  saveSupernet,
  type Supernet,
  supernetWeights,
} from "../supernet/supernet.ts";
import { datasetOf, someOf, spaceOf } from "./_inputs.ts";
import { fromCheckpoint, toCheckpoint } from "../supernet/_checkpoint.ts";
import { keepParts } from "../supernet/_kept_parts.ts";
import { anyTeacher } from "./_trained_teacher.ts";
import type { DataSettings, SupernetSettings, TeacherSettings } from "./scales.ts";
import type { Part } from "./types.ts";

/** What decides a supernet. */
export interface DistilPart {
  /** The images. */
  data: DataSettings;
  /** The teacher. */
  teacher: TeacherSettings;
  /** The space. */
  space: SpaceDefinition | string;
  /** How it learns and rates. */
  supernet: Omit<SupernetSettings, "sposRate">;
  /** Epochs between two ratings; the last epoch is always rated. */
  rateEvery: number;
  /** Epochs whose weights are kept beside the result. */
  keepEpochs: number[];
  /** Decides which images are used. */
  imagesSeed: number;
  /** Decides first weights, paths, order and augmentation. */
  seed: number;
}

/** A supernet trained block by block, and what it says of every path as it learns. */
export interface Distilled {
  /** Each cell's loss (eq. 7) after each epoch. */
  epochs: CellEpoch[];
  /** The losses of all paths (eq. 8) after some epochs; the last ones are the supernet's ratings. */
  ratings: { epoch: number; blocks: BlockRatings[] }[];
}

interface State {
  /** Undefined before the first step. */
  position?: DistillPosition;
  epochs: CellEpoch[];
  ratings: Distilled["ratings"];
  /** What a rating had done that was stopped after an epoch that the position may not have come to. */
  rated?: { epoch: number; parts: RatedPart[] };
}

/** The part that trains DNA's supernet, and rates every path every few epochs. */
export function distilPart(settings: DistilPart, label: string): Part<Distilled> {
  return {
    kind: "distil",
    label,
    settings: { ...settings },
    async run({ run, keep, kept, onProgress, signal, checkpointSeconds = 20 }) {
      const { data, supernet: recipe, imagesSeed, seed, rateEvery, keepEpochs } = settings;
      const { splits } = await datasetOf(data);
      const { teacher, dispose } = await anyTeacher(settings.teacher, data, { kept });
      const space = spaceOf(settings.space);
      const images = someOf(splits.train, recipe.images, imagesSeed, "images");
      const rating = {
        teacher,
        classes: data.classes,
        validation: someOf(splits.validation, recipe.rateImages, imagesSeed, "rating images"),
        calibration: someOf(images, recipe.calibrationImages, imagesSeed, "calibration images"),
        batch: recipe.rateBatch,
        onProgress,
        signal,
      };
      const supernet = createSupernet(space, teacher, { random: createRandom(seed, "supernet") });
      const saved = run.checkpoint?.state as State | undefined;
      if (run.checkpoint) restoreSupernet(supernet, fromCheckpoint(run.checkpoint));
      const epochs = new Map(saved?.epochs.map((each) => [epochKey(each), each]));
      const ratings = new Map(saved?.ratings.map((each) => [each.epoch, each]));
      const result = () => ({ epochs: [...epochs.values()], ratings: [...ratings.values()] });
      const checkpointAt = (position?: DistillPosition) =>
        toCheckpoint(saveSupernet(supernet), { position, ...result() });
      let last = run.checkpoint ?? checkpointAt();
      /** Rates all paths, or goes on with that; what is done is kept beside the last checkpoint. */
      const rateAfter = async (epoch: number) => {
        const keeping = {
          there: saved?.rated?.epoch === epoch ? saved.rated.parts : [],
          write: (parts: RatedPart[]) =>
            run.save({ ...last, state: { ...last.state as State, rated: { epoch, parts } } }),
          seconds: checkpointSeconds,
          signal,
        };
        return await keepParts(keeping, (each) => rate(supernet, { ...rating, ...each }));
      };
      try {
        await distill(supernet, {
          teacher,
          data: images,
          epochs: recipe.epochs,
          batch: recipe.batch,
          rates: recipe.rates,
          augment: true,
          seed,
          position: saved?.position,
          checkpointSeconds,
          onCheckpoint: async (position) => {
            last = checkpointAt(position);
            await run.save(last);
          },
          onEpoch: async (cells) => {
            for (const cell of cells) epochs.set(epochKey(cell), cell);
            const [{ epoch }] = cells;
            if (keepEpochs.includes(epoch)) await keepSupernet(supernet, epoch, keep);
            if (epoch % rateEvery !== 0 && epoch !== recipe.epochs) return;
            const { blocks } = await rateAfter(epoch);
            ratings.set(epoch, { epoch, blocks });
          },
          onProgress,
          signal,
        });
        return result();
      } finally {
        supernet.dispose();
        dispose();
      }
    },
  };
}

/** A rated epoch's losses in the form of ratings.json. */
export function ratingsOf(part: DistilPart, blocks: BlockRatings[]): Ratings {
  const { size: _, ...space } = spaceOf(part.space);
  const { resolution, classes } = part.data;
  return { space: structuredClone(space), resolution, classes, blocks };
}

/** The ratings of a supernet that has learnt all its epochs. */
export function lastRatings(part: DistilPart, { ratings }: Distilled): Ratings {
  return ratingsOf(part, ratings.at(-1)!.blocks);
}

function epochKey({ epoch, block, cell }: CellEpoch): string {
  return `${epoch} ${block}.${cell}`;
}

async function keepSupernet(
  supernet: Supernet,
  epoch: number,
  keep: (tensors: ReturnType<typeof supernetWeights>, name: string) => Promise<void>,
): Promise<void> {
  await keep(supernetWeights(supernet), `epoch-${epoch}`);
}
