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

export {
  checkFit,
  createSupernet,
  loadSupernetWeights,
  restoreSupernet,
  saveSupernet,
  type Supernet,
  type SupernetCell,
  type SupernetOptions,
  type SupernetState,
  supernetWeights,
  type TrainedVariant,
} from "./lib/supernet/supernet.ts";
export * from "./lib/supernet/distill.ts";
export {
  type LayerCounts,
  type Moments,
  rate,
  type RatedPart,
  type RateOptions,
  rateParts,
  type RatePartsOptions,
} from "./lib/supernet/rate.ts";
export { rateRun, type RateRunOptions } from "./lib/method/rating.ts";
export { planRating, type RatingPlace, type RatingPlan } from "./lib/supernet/rating_plan.ts";
export {
  mergeRatings,
  type RatingShare,
  ratingShare,
  type RatingShareOptions,
  readRatingShare,
} from "./lib/supernet/rating_share.ts";
export { type CellPlace, parseCells } from "./lib/supernet/cell_names.ts";
export { describeStopped, type StoppedCell } from "./lib/supernet/stopped.ts";
export * from "./lib/supernet/features.ts";
export * from "./lib/supernet/path_maps.ts";
export {
  describePlan,
  type DevicePlan,
  planCells,
  type PlannedCell,
  type PlannedDevice,
  type PlanOptions,
  type TeacherMaps,
} from "./lib/devices/plan.ts";
export { localSites, type Site } from "./lib/devices/site.ts";
export { measureCells, type MeasuredCells, type MeasureOptions } from "./lib/devices/measure.ts";
export {
  type Measured,
  type ProcessSeconds,
  simulateDevices,
  type SimulatedRow,
  type Simulation,
} from "./lib/devices/simulate.ts";
export {
  type CellGroup,
  distillOn,
  type SharedDistillOptions,
  type SharedPosition,
} from "./lib/devices/distill.ts";
export { ratePartsOn, type SharedRateOptions } from "./lib/devices/rate.ts";
export {
  type JoinedWorkers,
  type JoinOptions,
  joinWorkers,
  parseWorkers,
} from "./lib/workers/join.ts";
export type { WorkerAddress } from "./lib/workers/_hello.ts";
export { type RunningWorker, serveWorker, type WorkerOptions } from "./lib/workers/serve.ts";
export { type CellMemory, cellMemory, type CellMemoryOptions } from "./lib/supernet/memory.ts";

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

export { kendallTau, pearsonR, ranks, spearmanRho } from "./lib/ranking/correlation.ts";
export { partialTau } from "./lib/ranking/partial.ts";
export { topKRegret } from "./lib/ranking/regret.ts";
export { normalTau } from "./lib/ranking/normal.ts";
export {
  bootstrapInterval,
  type BootstrapOptions,
  type Interval,
} from "./lib/ranking/bootstrap.ts";
export type { RankingOptions, RankingTable } from "./lib/ranking/table.ts";
export * from "./lib/ranking/rank_raters.ts";
export * from "./lib/ranking/ceiling.ts";
export * from "./lib/ranking/power.ts";
export * from "./lib/ranking/csv.ts";

export { type Candidate, candidateOf, type Rater, type RaterOptions } from "./lib/raters/types.ts";
export * from "./lib/raters/costs.ts";
export { type BlockRater, dnaRater, type DnaRaterOptions } from "./lib/raters/dna.ts";
export * from "./lib/raters/synflow.ts";
export { naswot, type NaswotOptions, naswotRater } from "./lib/raters/naswot.ts";
export {
  createSpos,
  restoreSpos,
  saveSpos,
  type SposOptions,
  type SposSupernet,
} from "./lib/raters/spos.ts";
export * from "./lib/raters/train_spos.ts";
export * from "./lib/raters/spos_rater.ts";
export * from "./lib/raters/progressive.ts";
export type { Found, Searcher, SearchTask } from "./lib/searchers/types.ts";
export * from "./lib/experiments/experiment.ts";
export * from "./lib/experiments/recorded.ts";
export * from "./lib/experiments/findings.ts";
export * from "./lib/experiments/scales.ts";
export type { Claim, Conclusion, Watching } from "./lib/experiments/types.ts";
export * from "./lib/searchers/exact.ts";
export * from "./lib/searchers/random.ts";
export * from "./lib/searchers/evolution.ts";

export * from "./lib/latency/types.ts";
export * from "./lib/latency/measure.ts";
export * from "./lib/latency/latency.ts";
export * from "./lib/latency/table.ts";
export * from "./lib/latency/duration.ts";

export { explorerHtml } from "./lib/explorer/explorer.ts";
export { explorerData, type ExplorerOptions } from "./lib/explorer/data.ts";
export * from "./lib/explorer/types.ts";

export {
  buildNetwork,
  type Network,
  type NetworkOptions,
  type Weights,
} from "./lib/network/network.ts";
export * from "./lib/network/train.ts";
export * from "./lib/network/accuracy.ts";
export * from "./lib/network/recipes.ts";
export type { NamedArray } from "./lib/network/timm_weights.ts";
export type { FoldedConvolution, Module, Pass } from "./lib/nn/module.ts";
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
export * from "./lib/plots/front_plot.ts";
export * from "./lib/plots/figure_svg.ts";
export * from "./lib/plots/draw_tiles.ts";
export * from "./lib/plots/interval_rows.ts";
export * from "./lib/plots/draw_pipeline.ts";
export * from "./lib/plots/draw_imitation.ts";
export * from "./lib/plots/accuracy_against_cost.ts";

export * from "./lib/notebook/display.ts";
export * from "./lib/notebook/results.ts";
export * from "./lib/notebook/pictures.ts";
export * from "./lib/notebook/progress.ts";
export * from "./lib/notebook/lab.ts";
export * from "./lib/notebook/scale.ts";
export * from "./lib/notebook/start.ts";
export * from "./lib/notebook/steps.ts";

export * from "./lib/reproduction/shared_run.ts";
export * from "./lib/reproduction/imitation.ts";
export * from "./lib/reproduction/displays.ts";
export * from "./lib/reproduction/front_accuracies.ts";
export * from "./lib/reproduction/notebook.ts";
export * from "./lib/reproduction/page.ts";
export * from "./lib/reproduction/thumbnail.ts";
export * from "./lib/reproduction/gallery.ts";
