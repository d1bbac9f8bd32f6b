/**
 * What an experiment would do and how long it would take: from settings alone, without data, weights or an engine.
 *
 * @module
 */

import { KNOWN_COUNTS, type KnownCounts } from "../data/_known.ts";
import { cellMacs } from "../devices/plan.ts";
import { type Measured, simulateDevices } from "../devices/simulate.ts";
import { createRandom } from "../random.ts";
import { cost } from "../space/cost.ts";
import { parseArchitecture } from "../space/parse.ts";
import type { Architecture, SpaceDefinition } from "../space/types.ts";
import { outlineTeacher } from "../teacher/load.ts";
import { cutSizes } from "../teacher/teacher.ts";
import { imaginedRatings } from "./_imagined.ts";
import { spaceOf } from "./_inputs.ts";
import type { DistilPart } from "./distil_part.ts";
import type { JudgePart } from "./judge_part.ts";
import type { ProgressivePart } from "./progressive_part.ts";
import type { RetrainPart } from "./retrain_part.ts";
import type { DataSettings, ExperimentScale, TeacherSettings } from "./scales.ts";
import type { SposPart } from "./spos_part.ts";
import { textWithChannels, type TransferPart } from "./transfer_part.ts";
import type { Experiment, Found, Part } from "./types.ts";
import { sum } from "./_sums.ts";

/** What a device was seen to do, and with which teacher and space. */
export interface MeasuredStep extends Measured {
  /** Name of the teacher. */
  teacher: string;
  /** The space, all of whose cells made a step. */
  space: string;
  /** Side of the images, in pixels. */
  resolution: number;
}

/**
 * What plans reckon with where nothing else was measured: a step of all cells of `dna` with EfficientNet-B7 on two threads of an AMD
 * EPYC, half of it the teacher's pass (docs/supernet.md). A GPU is many times faster.
 */
export const MEASURED_DEFAULT: Readonly<MeasuredStep> = {
  teacher: "tf_efficientnet_b7",
  space: "dna",
  resolution: 224,
  batch: 8,
  stepSeconds: 2.42,
  teacherSeconds: 1.21,
};

/** A part of a plan. */
export interface PlannedPart {
  /** The part; one that follows from others' results has imagined ones. */
  part: Part;
  /** Whether its settings are known by now. */
  known: boolean;
  /** Seconds on one device, and on so many; undefined for what takes minutes at most. */
  seconds?: [one: number, several: number];
}

/** Images of data sets, of which a plan need not load any: fifty of each ImageNet class validate (section 4.1). */
const COUNTS: Readonly<Record<string, KnownCounts>> = {
  "imagenet": { train: 1_231_167, validation: 50_000, test: 50_000, classes: 1000 },
  ...KNOWN_COUNTS,
};

/** A backward pass takes two forward passes' multiply–adds: of what layers give, and of their weights. */
const TRAINING_PASSES = 3;

/**
 * All parts of an experiment, those too that follow from others' results, for which ratings are imagined: their networks have another
 * form than those that will be found, and the cost that the budget allows.
 */
export function planExperiment(
  experiment: Experiment,
  scale: ExperimentScale,
  found: Found,
  { measured = MEASURED_DEFAULT, devices = 8 }: { measured?: MeasuredStep; devices?: number } = {},
): PlannedPart[] {
  const known = new Set(experiment.parts(scale, found).map(keyOf));
  const speed = speedOf(measured);
  return experiment.parts(scale, imaginedFound(found)).map((part) => ({
    part,
    known: known.has(keyOf(part)),
    seconds: secondsOf(part, speed, measured, devices),
  }));
}

/** Finds imagined results of the parts that are not done. */
function imaginedFound(found: Found): Found {
  return {
    get: <R>(part: Part<R>) => found.get(part) ?? imagined(part) as R,
    made: (part) => found.made(part),
  };
}

function imagined({ kind, settings }: Part): unknown {
  if (kind === "distil") {
    const { space, supernet: { epochs }, rateEvery } = settings as unknown as DistilPart;
    const rated = Array.from({ length: epochs }, (_, i) => i + 1)
      .filter((epoch) => epoch % rateEvery === 0 || epoch === epochs);
    return {
      epochs: [],
      ratings: rated.map((epoch) => ({
        epoch,
        blocks: imaginedRatings(spaceOf(space), createRandom(0, "plan", epoch)),
      })),
    };
  }
  if (kind === "progressive") {
    const { space, earlier, strategy } = settings as unknown as ProgressivePart;
    return imaginedRatings(spaceOf(space), createRandom(0, "plan", strategy))[earlier.length];
  }
  return {};
}

/** Multiply–adds a second, from what a step of known size took. */
function speedOf({ teacher, space, resolution, batch, stepSeconds }: MeasuredStep): number {
  const outline = outlineTeacher(teacher, { resolution });
  const cells = sum(Object.values(cellMacs(spaceOf(space), outline)));
  const ahead = forwardMacs(outline.architecture, { resolution, classes: outline.classes });
  return batch * (ahead + TRAINING_PASSES * cells) / stepSeconds;
}

/** How long a part takes on one device and on several. */
function secondsOf(
  part: Part,
  speed: number,
  measured: MeasuredStep,
  devices: number,
): PlannedPart["seconds"] {
  const even = (macs: number): [number, number] => [macs / speed, macs / speed / devices];
  switch (part.kind) {
    case "distil": {
      const settings = part.settings as unknown as DistilPart;
      const { teacher, data, supernet, rateEvery } = settings;
      const space = spaceOf(settings.space);
      const maps = mapsOf(teacher, data);
      const teacherSeconds = maps.macs * supernet.batch / speed;
      const cells = sum(Object.values(cellMacs(space, maps)));
      const ratedMacs = sum(Object.values(cellMacs(space, maps, "rate")));
      const [one, several] = simulateDevices(
        {
          batch: supernet.batch,
          teacherSeconds,
          stepSeconds: teacherSeconds + TRAINING_PASSES * cells * supernet.batch / speed,
          bytesPerSecond: measured.bytesPerSecond,
          ratingSeconds: (maps.macs + ratedMacs) / speed,
        },
        {
          space,
          teacher: maps,
          images: supernet.images ?? countsOf(data).train,
          epochs: supernet.epochs,
          ratedImages: supernet.rateImages ?? countsOf(data).validation,
        },
        [1, devices],
      );
      const ratings = Math.ceil(supernet.epochs / rateEvery);
      const all = (row: typeof one) => row.distilSeconds + ratings * row.ratingSeconds;
      return [all(one), all(several)];
    }
    case "progressive": {
      const { earlier, data, teacher, supernet, ...own } = part
        .settings as unknown as ProgressivePart;
      const maps = mapsOf(teacher, data);
      const cells = Object.values(cellMacs(spaceOf(own.space), maps)).slice(0, earlier.length + 1);
      const images = (supernet.images ?? countsOf(data).train) * supernet.epochs;
      return even(images * (maps.macs + TRAINING_PASSES * sum(cells)));
    }
    case "spos": {
      const { data, space, supernet, choices } = part.settings as unknown as SposPart;
      const macs = meanMacs(space, data);
      const images = (supernet.images ?? countsOf(data).train) * supernet.epochs;
      const rated = choices.length *
        ((supernet.rateImages ?? countsOf(data).validation) + supernet.calibrationImages);
      return even(macs * (TRAINING_PASSES * images + rated));
    }
    case "retrain": {
      const { architecture, data, retrain } = part.settings as unknown as RetrainPart;
      return even(trainingMacs(architecture, data, retrain));
    }
    case "transfer": {
      const { start, data, retrain, normalisation } = part.settings as unknown as TransferPart;
      const text = textWithChannels(start.architecture, normalisation.mean.length);
      return even(trainingMacs(text, data, retrain));
    }
    case "judge": {
      const { data, teacher } = part.settings as unknown as JudgePart;
      return even(countsOf(data).test * mapsOf(teacher, data).macs);
    }
    default:
      return undefined;
  }
}

/** Multiply–adds of training a supernet, and of rating all its paths once, the teacher's passes included. */
export function supernetMacs(
  { teacher, data, supernet, space: given }: DistilPart,
): { distil: number; rating: number } {
  const space = spaceOf(given);
  const maps = mapsOf(teacher, data);
  const cells = (work: "distil" | "rate") => sum(Object.values(cellMacs(space, maps, work)));
  const { train, validation } = countsOf(data);
  return {
    distil: (supernet.images ?? train) * supernet.epochs *
      (maps.macs + TRAINING_PASSES * cells("distil")),
    rating: (supernet.rateImages ?? validation) * (maps.macs + cells("rate")),
  };
}

/** Multiply–adds of training a network and judging it. */
function trainingMacs(
  text: string,
  data: DataSettings,
  { images = countsOf(data).train, epochs }: { images?: number; epochs: number },
): number {
  const macs = forwardMacs(parseArchitecture(text), data);
  return macs * (TRAINING_PASSES * images * epochs + countsOf(data).test);
}

function forwardMacs(
  architecture: Architecture,
  { resolution, classes }: Pick<DataSettings, "resolution" | "classes">,
): number {
  return cost(architecture, { resolution, classes }).macs;
}

/** A teacher's maps and the multiply–adds of its pass. */
function mapsOf({ name, weights, trained }: TeacherSettings, data: DataSettings) {
  const { resolution } = data;
  if (!trained) {
    const { architecture, widths, sizes } = outlineTeacher(name, { resolution, weights });
    return { widths, sizes, resolution, macs: forwardMacs(architecture, data) };
  }
  const architecture = parseArchitecture(trained.training.architecture);
  const { cuts } = trained;
  return {
    widths: cuts.map((cut) => architecture.blocks[cut].at(-1)!.width),
    sizes: cutSizes(architecture, cuts, resolution),
    resolution,
    macs: forwardMacs(architecture, data),
  };
}

/** Of a network that takes every operation equally often. */
function meanMacs(given: SpaceDefinition | string, { resolution }: DataSettings): number {
  const space = spaceOf(given);
  const strides = space.blocks.map(({ stride }) => stride);
  let side = Math.ceil(resolution / (space.stem.stride ?? 1));
  const sizes = strides.map((stride) => side = Math.ceil(side / stride));
  const widths = space.blocks.map(({ cells }) => cells[0].width);
  return sum(Object.values(cellMacs(space, { widths, sizes, resolution })));
}

function countsOf({ dataset }: DataSettings) {
  if (!Object.hasOwn(COUNTS, dataset)) {
    throw new RangeError(
      `Cannot plan: how many images ${JSON.stringify(dataset)} has is not known; known are ${
        Object.keys(COUNTS).join(", ")
      }`,
    );
  }
  return COUNTS[dataset];
}

function keyOf({ kind, settings }: Part): string {
  return JSON.stringify([kind, settings]);
}
