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
export { cost, costByLayer, type CostOptions, type LayerCost } from "./lib/space/cost.ts";

export { loadTeacher, TEACHER_NAMES, type TeacherOptions } from "./lib/teacher/load.ts";
export { checkTeacherName } from "./lib/teacher/load.ts";
export { defineTeacher, type Teacher, type TeacherDefinition } from "./lib/teacher/teacher.ts";

export * from "./lib/supernet/supernet.ts";
export * from "./lib/supernet/distill.ts";
export * from "./lib/supernet/rate.ts";

export * from "./lib/ratings.ts";
export * from "./lib/search/search.ts";

export * from "./lib/network/network.ts";
export * from "./lib/network/train.ts";
export * from "./lib/network/accuracy.ts";
export * from "./lib/nn/optimizers.ts";
export * from "./lib/nn/schedules.ts";

export * from "./lib/random.ts";
export * from "./lib/safetensors.ts";
export * from "./lib/home.ts";
export * from "./lib/concurrent.ts";

export * from "./lib/data/types.ts";
export * from "./lib/data/load.ts";
export * from "./lib/data/arrays.ts";
export * from "./lib/data/batch.ts";
export * from "./lib/data/batches.ts";
export * from "./lib/data/subset.ts";
export * from "./lib/progress.ts";
