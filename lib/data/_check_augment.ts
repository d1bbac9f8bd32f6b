import type { Augment } from "./augment.ts";

/** Whether all that is asked for can be done by makeBatch(), pixel by pixel. */
export function isPlain(
  { crop, autoAugment, randAugment, jitter, erase, mixup }: Augment,
): boolean {
  return !crop && !autoAugment && !randAugment && !jitter && !mixup && typeof erase !== "object";
}

/** Refuses what is out of range. */
export function checkAugment(augment: Augment): void {
  const { shift = 0, crop, randAugment, jitter, erase = 0, mixup = 0 } = augment;
  if (!Number.isSafeInteger(shift) || shift < 0) {
    throw new RangeError(
      `Cannot augment: shift is ${shift} and must be an integer of at least 0 (pixels)`,
    );
  }
  if (typeof crop === "object") {
    checkRange("crop.scale", crop.scale, 1);
    checkRange("crop.ratio", crop.ratio);
  }
  if (randAugment) {
    const { layers = 2, magnitude, std = 0, probability = 0.5 } = randAugment;
    if (!Number.isSafeInteger(layers) || layers < 1) {
      throw new RangeError(
        `Cannot augment: randAugment.layers is ${layers} and must be an integer of at least 1`,
      );
    }
    checkNumber("randAugment.magnitude", magnitude, 10);
    checkNumber("randAugment.std", std, Infinity);
    checkNumber("randAugment.probability", probability, 1);
  }
  if (jitter) {
    for (const name of ["brightness", "contrast", "saturation", "hue"] as const) {
      checkNumber(`jitter.${name}`, jitter[name] ?? 0, name === "hue" ? 0.5 : Infinity);
    }
  }
  if (typeof erase === "object") {
    checkNumber("erase.probability", erase.probability, 1);
    checkRange("erase.area", erase.area, 1);
    checkRange("erase.ratio", erase.ratio);
    const { count = 1, mode = "const" } = erase;
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(
        `Cannot augment: erase.count is ${count} and must be an integer of at least 1`,
      );
    }
    if (mode !== "const" && mode !== "pixel") {
      throw new RangeError(`Cannot augment: erase.mode is "${mode}": known are const, pixel`);
    }
  } else if (!(erase >= 0 && erase <= 1)) {
    throw new RangeError(
      `Cannot augment: erase is ${erase} and must be a probability, from 0 to 1`,
    );
  }
  checkNumber("mixup", mixup, Infinity);
}

function checkNumber(name: string, value: number, most: number): void {
  if (value >= 0 && value <= most && Number.isFinite(value)) return;
  throw new RangeError(
    `Cannot augment: ${name} is ${value} and must be ${
      most === Infinity ? "a number from 0" : `from 0 to ${most}`
    }`,
  );
}

function checkRange(
  name: string,
  range: readonly [number, number] | undefined,
  most = Infinity,
): void {
  if (range === undefined) return;
  const [low, high] = range;
  if (range.length === 2 && low > 0 && low <= high && high <= most && Number.isFinite(high)) return;
  throw new RangeError(
    `Cannot augment: ${name} is [${range}] and must be two numbers above 0, the smaller one first` +
      (most === Infinity ? "" : `, at most ${most}`),
  );
}
