import { dirname } from "node:path";
import { makeFolder, sha256 } from "../files.ts";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "../safetensors.ts";
import type { ByteDataset, ByteSplit } from "./types.ts";

const PARTS = ["train", "validation", "test"] as const;

/** The hash of all images and labels, split by split. */
export function datasetHash({ splits }: ByteDataset): string {
  return sha256(
    ...PARTS.flatMap((part) => [splits[part].images, new Uint8Array(splits[part].labels)]),
  );
}

/** Writes the splits as one file. */
export async function writeCache(path: string, { splits }: ByteDataset): Promise<void> {
  const tensors: Record<string, SafetensorsTensor> = {};
  for (const part of PARTS) {
    const { count, height, width, channels, images, labels } = splits[part];
    tensors[`${part}.images`] = {
      dtype: "U8",
      shape: [count, height, width, channels],
      data: images,
    };
    tensors[`${part}.labels`] = { dtype: "U8", shape: [count], data: new Uint8Array(labels) };
  }
  await makeFolder(dirname(path));
  await writeSafetensors(path, tensors);
}

/** Reads what {@linkcode writeCache} wrote; undefined if it is absent, broken, or has another hash. */
export async function readCache(
  path: string,
  about: Omit<ByteDataset, "splits">,
  hash: string,
): Promise<ByteDataset | undefined> {
  try {
    const { tensors } = await readSafetensors(path);
    const { height, width, channels } = about;
    const read = (name: string): ByteSplit => {
      const images = tensors[`${name}.images`].data as Uint8Array;
      const labels = tensors[`${name}.labels`].data as Uint8Array;
      return { name, count: labels.length, height, width, channels, images, labels };
    };
    const dataset = {
      ...about,
      splits: { train: read("train"), validation: read("validation"), test: read("test") },
    };
    return datasetHash(dataset) === hash ? dataset : undefined;
  } catch {
    return undefined;
  }
}
