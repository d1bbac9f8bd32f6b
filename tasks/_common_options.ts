/**
 * Options that several tasks have, each read in one way.
 *
 * @module
 */

import { parseDuration } from "../lib/latency/duration.ts";
import { type Given, UsageError } from "./_options.ts";

/** `--lambda`: the weight of each block's loss. */
export function lambdaOf(given: Given): number[] | undefined {
  const text = given.lambda as string | undefined;
  return text?.split(",").map((part) => {
    const value = part.trim() === "" ? NaN : Number(part);
    if (!(value >= 0 && value < Infinity)) {
      throw new UsageError(
        `--lambda is ${
          JSON.stringify(text)
        }: a number from 0 for each block is needed, as 1,1,0.5,1`,
      );
    }
    return value;
  });
}

/** `--max-latency`: seconds. */
export function maxLatencyOf(given: Given): number | undefined {
  const text = given["max-latency"] as string | undefined;
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(`--max-latency: ${(error as Error).message}`);
  }
}

/** `--device`: the name of one. */
export function deviceOf(given: Given): string | undefined {
  const name = given.device as string | undefined;
  if (name !== undefined && !/^(\/.*\/device:)?[a-z][a-z_]*(:\d+)?$/i.test(name)) {
    throw new UsageError(`--device is ${JSON.stringify(name)}: a name as CPU:0 or GPU:1 is needed`);
  }
  return name;
}
