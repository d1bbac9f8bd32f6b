/**
 * DNA: blockwisely supervised neural architecture search with knowledge distillation.
 *
 * A trained teacher is cut into blocks; for each block a small supernet learns to imitate that block's
 * feature maps; every path of every block is rated by how well it does; and the best whole network under
 * a budget of parameters and FLOPs is found among all of them.
 *
 * @module
 */

export * from "./lib/engine.ts";

export * from "./lib/space/types.ts";
export { searchSpace, SPACE_NAMES } from "./lib/space/spaces.ts";
export { defineSpace } from "./lib/space/define.ts";
export { checkArchitecture } from "./lib/space/architecture.ts";
export { parseArchitecture } from "./lib/space/parse.ts";
export { formatArchitecture } from "./lib/space/format.ts";
export { assemble } from "./lib/space/assemble.ts";
export * from "./lib/space/paths.ts";
export * from "./lib/space/networks.ts";
export * from "./lib/space/scale.ts";
export { type CostedArchitecture, costRange } from "./lib/space/cost_range.ts";
export { cost, costByLayer, type CostOptions, type LayerCost } from "./lib/space/cost.ts";

export { type LayerChannels, layerChannels } from "./lib/space/_layer_cost.ts";

export * from "./lib/teacher/load.ts";
export { defineTeacher, type Teacher, type TeacherDefinition } from "./lib/teacher/teacher.ts";

export * from "./lib/supernet/supernet.ts";
export * from "./lib/supernet/distill.ts";
export * from "./lib/supernet/rate.ts";

export * from "./lib/ratings.ts";
export { search } from "./lib/search/search.ts";
export { bestWithin, type FrontCost, type ParetoFront, paretoFront } from "./lib/search/pareto.ts";
export {
  type TraversalOptions,
  type TraversalResult,
  traversalSearch,
} from "./lib/search/traversal.ts";
export { type AuthorsOptions, authorsSearch } from "./lib/search/authors.ts";
export { customCost, networkParts } from "./lib/search/parts.ts";
export { type Certificate, certify } from "./lib/search/certify.ts";
export {
  type Verification,
  verifyCertificate,
  type VerifyOptions,
} from "./lib/search/verify/verify.ts";
export {
  sampleArchitectures,
  type SampledArchitecture,
  type SampleOptions,
} from "./lib/search/sample.ts";
export type * from "./lib/search/types.ts";

export * from "./lib/latency/types.ts";
export * from "./lib/latency/measure.ts";
export * from "./lib/latency/latency.ts";
export * from "./lib/latency/table.ts";
export * from "./lib/latency/duration.ts";

export { explorerHtml } from "./lib/explorer/explorer.ts";
export { explorerData, type ExplorerOptions } from "./lib/explorer/data.ts";
export * from "./lib/explorer/types.ts";

export * from "./lib/network/network.ts";
export * from "./lib/network/train.ts";
export * from "./lib/network/accuracy.ts";
export * from "./lib/network/recipes.ts";
export type { NamedArray } from "./lib/network/timm_weights.ts";
export type { Module, Pass } from "./lib/nn/module.ts";
export type { Named, Slot, SlotKind } from "./lib/nn/layout.ts";
export type { NetworkModules } from "./lib/nn/network.ts";
export type { LearnerState } from "./lib/nn/learner.ts";
export type { Padding } from "./lib/nn/convention.ts";
export type { Dropping } from "./lib/nn/dropping.ts";
export type { LayerVariant } from "./lib/supernet/cells.ts";
export * from "./lib/nn/optimizers.ts";
export * from "./lib/nn/schedules.ts";

export { exportTimm } from "./lib/export/timm.ts";
export { exportSavedModel } from "./lib/export/saved_model.ts";
export { exportTfjs, type Quantization, type TfjsExportOptions } from "./lib/export/tfjs.ts";
export type { ExportedFile, ExportOptions, GraphExportOptions } from "./lib/export/options.ts";

export * from "./lib/random.ts";
export * from "./lib/safetensors.ts";
export * from "./lib/home.ts";
export * from "./lib/hub.ts";
export * from "./lib/concurrent.ts";

export * from "./lib/data/types.ts";
export * from "./lib/data/load.ts";
export * from "./lib/data/arrays.ts";
export * from "./lib/data/batch.ts";
export * from "./lib/data/augment.ts";
export * from "./lib/data/broken.ts";
export * from "./lib/data/list.ts";
export * from "./lib/data/batches.ts";
export * from "./lib/data/subset.ts";
export * from "./lib/progress.ts";

export * from "./lib/presets.ts";
export { checkSettings, completeSettings, resolveSpace } from "./lib/method/settings.ts";
export { type MethodOptions, runMethod } from "./lib/method/method.ts";
export * from "./lib/training/settings.ts";
export { runTraining, type TrainingOptions, type TrainRecord } from "./lib/training/training.ts";
export * from "./lib/report/types.ts";
export * from "./lib/runs/run.ts";
export * from "./lib/runs/config.ts";
export * from "./lib/runs/default_folder.ts";
export * from "./lib/runs/environment.ts";
export * from "./lib/runs/stop.ts";
export {
  describeError,
  makeFolder,
  readFile,
  readJson,
  sha256,
  writeFile,
  writeJson,
} from "./lib/files.ts";

export * from "./lib/report/report.ts";
export * from "./lib/plots/types.ts";
export * from "./lib/plots/loss_curves.ts";
export * from "./lib/plots/ratings_by_cell.ts";
export * from "./lib/plots/loss_against_cost.ts";
export * from "./lib/plots/accuracies.ts";
export * from "./lib/plots/training_curves.ts";
export * from "./lib/plots/learning_curves.ts";
export * from "./lib/plots/draw_architecture.ts";
export * from "./lib/plots/architecture_table.ts";
