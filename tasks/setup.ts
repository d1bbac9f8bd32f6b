/**
 * `deno task setup`: TensorFlow's library, and the notebooks where asked for.
 *
 * Imports by full specifier only: where the package is imported by URL, this file is run by URL.
 *
 * @module
 */

import { dnaHome } from "../lib/home.ts";
import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { withInterrupt } from "../lib/tensorflow/install/interrupt.ts";
import { installNotebooks, type Notebooks } from "../lib/tensorflow/install/notebooks.ts";
import { setUpProgress } from "../lib/tensorflow/install/report.ts";

const HELP =
  `Sets up what DNA needs: TensorFlow's library, and on request the notebooks. What is there stays.

Usage: deno task setup [options]

  --cpu        TensorFlow for the CPU (270 MB to download)
  --gpu        TensorFlow for CUDA (3.2 GB to download); the default where an NVIDIA driver is
  --notebooks  JupyterLab in a Python environment of its own, with Deno as its kernel
  --quiet      show no progress
  --json       print what is set up as JSON
  --help       this text

Environment:
  DNA_HOME        the folder to set up in; default: .dna of the checkout
  DNA_TENSORFLOW  an installation of TensorFlow to use as it is, as pip installed it`;

const FLAGS = ["cpu", "gpu", "notebooks", "quiet", "json", "help"] as const;

type Flags = Partial<Record<typeof FLAGS[number], boolean>>;

if (import.meta.main) Deno.exitCode = await main(Deno.args);

async function main(args: string[]): Promise<number> {
  let flags: Flags;
  try {
    flags = readFlags(args);
  } catch (error) {
    console.error(sentence(error));
    return 2;
  }
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  try {
    await setUp(flags);
    return 0;
  } catch (error) {
    console.error(sentence(error));
    return error instanceof DOMException && error.name === "AbortError" ? 130 : 1;
  }
}

function readFlags(args: string[]): Flags {
  const known = FLAGS.map((name) => `--${name}`);
  for (const arg of args) {
    if (!known.includes(arg)) {
      throw new TypeError(`Unknown option ${arg}: setup knows ${known.join(", ")}`);
    }
  }
  const flags: Flags = Object.fromEntries(args.map((arg) => [arg.slice(2), true]));
  if (flags.cpu && flags.gpu) throw new TypeError("--cpu and --gpu exclude each other: give one");
  return flags;
}

async function setUp(flags: Flags): Promise<void> {
  const { cpu, gpu, quiet } = flags;
  const flavour = cpu ? "cpu" : gpu ? "cuda" : undefined;
  const tensorflow = await ensureTensorFlow({
    flavour,
    quiet,
    again: ["setup", ...Deno.args].join(" "),
  });
  const notebooks = flags.notebooks ? await setUpNotebooks(quiet) : undefined;
  if (flags.json) {
    console.log(JSON.stringify({ home: dnaHome(), tensorflow, notebooks }, null, 2));
  } else if (!quiet) {
    const kind = tensorflow.flavour === "cuda" ? "CPU and CUDA" : "CPU";
    console.log(`TensorFlow ${tensorflow.version ?? ""} (${kind}) is in ${tensorflow.folder}`);
    if (notebooks) console.log(`Notebooks: type \`${notebooks.jupyter} lab\``);
  }
}

async function setUpNotebooks(quiet = false): Promise<Notebooks> {
  const heading = `Setting up the notebooks in ${dnaHome()} (once)`;
  const progress = setUpProgress("Notebooks", heading, quiet);
  try {
    return await withInterrupt(
      "setup --notebooks",
      (signal) => installNotebooks({ signal, onProgress: progress.report }),
    );
  } finally {
    progress.close();
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
