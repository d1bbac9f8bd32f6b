/**
 * `deno task simulate`: how long a supernet takes on more devices than there are.
 *
 * @module
 */

import {
  type Measured,
  outlineTeacher,
  readFile,
  resolveSpace,
  simulateDevices,
  SPACE_NAMES,
  TEACHER_NAMES,
} from "../mod.ts";
import { runTask } from "./_main.ts";
import {
  helpText,
  oneOf,
  type OptionSpecs,
  readOptions,
  UsageError,
  wholeNumber,
} from "./_options.ts";

const ABOUT =
  "Predicts time, balance and efficiency of distilling and rating on several devices from what was\n" +
  "measured on one: lines of `deno task bench supernet --json`, and if there are any\n" +
  '{"bench":"transfer","bytes_per_second":N} and {"bench":"rating","seconds_per_image":N}.';

const OPTIONS: OptionSpecs = {
  devices: { value: "N,…", help: "numbers of devices", default: "1,2,4,8,16,64" },
  measured: { value: "FILE", help: "measured times, JSON lines" },
  teacher: { value: "NAME", help: "the teacher", default: "the measured one" },
  space: {
    value: "NAME|FILE",
    help: `space: ${SPACE_NAMES.join(", ")}, or a file`,
    default: "the measured one",
  },
  images: { value: "N", help: "images to learn from", default: "1281167" },
  epochs: { value: "N", help: "passes over them", default: "20" },
  "rate-images": { value: "N", help: "images that rate", default: "5000" },
  json: { help: "rows as JSON" },
  help: { help: "this text" },
};

await runTask(async () => {
  const { given } = readOptions(Deno.args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task simulate --measured FILE [options]", ABOUT, OPTIONS));
  }
  const counts = countsGiven(given.devices as string | undefined ?? "1,2,4,8,16,64");
  const images = wholeNumber(given, "images", 1, Number.MAX_SAFE_INTEGER) ?? 1_281_167;
  const epochs = wholeNumber(given, "epochs", 1, 100_000) ?? 20;
  const ratedImages = wholeNumber(given, "rate-images", 1, Number.MAX_SAFE_INTEGER) ?? 5000;
  const file = given.measured as string | undefined;
  if (file === undefined) {
    throw new UsageError(
      "--measured is needed: a file with lines of `deno task bench supernet --json`",
    );
  }
  const { step, measured } = readMeasured(new TextDecoder().decode(await readFile(file)), file);
  const name = oneOf(given, "teacher", TEACHER_NAMES) ?? step.teacher;
  const teacher = outlineTeacher(name, { resolution: step.resolution });
  const space = resolveSpace(given.space as string | undefined ?? step.space);
  const rows = simulateDevices(measured, { space, teacher, images, epochs, ratedImages }, counts);
  if (given.json) return console.log(JSON.stringify({ teacher: name, space: space.name, rows }));
  console.log(
    `Space ${space.name}, teacher ${name}, batch ${step.batch}: ${images} images, ${epochs} epochs`,
  );
  console.log("devices   s a step   distil h   rate h   balance   efficiency");
  for (const row of rows) {
    const percent = (value: number) => `${Math.round(100 * value)} %`;
    console.log(
      [
        `${row.devices}`.padStart(7),
        row.stepSeconds.toFixed(3).padStart(11),
        (row.distilSeconds / 3600).toFixed(1).padStart(11),
        (row.ratingSeconds / 3600).toFixed(1).padStart(9),
        percent(row.balance).padStart(10),
        percent(row.efficiency).padStart(13),
      ].join(""),
    );
  }
});

/** A line of `deno task bench supernet --json`. */
interface StepLine {
  teacher: string;
  space: string;
  batch: number;
  resolution: number;
  seconds_per_step: number;
  teacher_seconds: number;
}

function readMeasured(text: string, file: string): { step: StepLine; measured: Measured } {
  const lines = text.split("\n").map((line, i) => {
    if (line.trim() === "") return {};
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      throw new SyntaxError(`Cannot read ${file}: line ${i + 1} is no JSON`);
    }
  });
  const last = (bench: string) => lines.findLast((line) => line.bench === bench);
  const step = last("supernet") as unknown as StepLine | undefined;
  for (const key of ["batch", "resolution", "seconds_per_step", "teacher_seconds"] as const) {
    if (typeof step?.[key] === "number") continue;
    throw new SyntaxError(
      `Cannot read ${file}: it has no line of \`deno task bench supernet --json\` with ${key}`,
    );
  }
  return {
    step: step!,
    measured: {
      batch: step!.batch,
      stepSeconds: step!.seconds_per_step,
      teacherSeconds: step!.teacher_seconds,
      bytesPerSecond: last("transfer")?.bytes_per_second as number | undefined,
      ratingSeconds: last("rating")?.seconds_per_image as number | undefined,
    },
  };
}

function countsGiven(text: string): number[] {
  return text.split(",").map((part) => {
    const count = Number(part);
    if (part.trim() !== "" && Number.isInteger(count) && count >= 1 && count <= 10_000) {
      return count;
    }
    throw new UsageError(
      `--devices is ${JSON.stringify(text)}: whole numbers from 1 to 10000 are needed, as 1,2,8`,
    );
  });
}
