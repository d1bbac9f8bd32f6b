import { canonicalJson } from "../files/_canonical.ts";

/** The file of a run's folder with the maps of a few images. */
export const MAPS_FILE = "maps.safetensors";

/** Whether settings ask for the same result, wherever the images are. */
export function sameSettings(a: unknown, b: unknown): boolean {
  const result = (settings: unknown) => canonicalJson({ ...settings as object, data: undefined });
  return result(a) === result(b);
}
