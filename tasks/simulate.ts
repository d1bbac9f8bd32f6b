/**
 * `deno task simulate`: how long a supernet takes on more devices than there are.
 *
 * @module
 */

import {
  outlineTeacher,
  resolveSpace,
  simulateDevices,
  SPACE_NAMES,
  TEACHER_NAMES,
} from "../mod.ts";
import { runTask } from "./_main.ts";
import { readMeasured } from "./_measured.ts";
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
  "measured on one: lines of `deno task bench supernet --json` or `deno task bench workers --json`; also\n" +
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
  cores: {
    value: "N",
    help: "cores that leader and devices of one thread share on one machine",
    default: "each has its own",
  },
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
  const cores = wholeNumber(given, "cores", 1, 4096);
  const file = given.measured as string | undefined;
  if (file === undefined) {
    throw new UsageError(
      "--measured is needed: a file with lines of `deno task bench supernet --json`",
    );
  }
  const { step, measured } = await readMeasured(file);
  const name = oneOf(given, "teacher", TEACHER_NAMES) ?? step.teacher;
  const teacher = outlineTeacher(name, { resolution: step.resolution });
  const space = resolveSpace(given.space as string | undefined ?? step.space);
  const work = { space, teacher, images, epochs, ratedImages, cores };
  const rows = simulateDevices(measured, work, counts);
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
