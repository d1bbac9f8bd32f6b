/**
 * The Hugging Face hub: names of files on it, what is here already, and fetching the rest.
 *
 * @module
 */

export { type HubFile, parseHubName } from "./hub/name.ts";
export { findCached } from "./hub/cache.ts";
export type { HubOptions } from "./hub/_download.ts";
export { fetchFromHub } from "./hub/fetch.ts";
export { checkWeightsName, findWeights, type WeightsSource } from "./hub/weights.ts";
