/**
 * `deno task doctor`: one page on what is there, and what to type to mend what is missing.
 *
 * Imports by full specifier only: where the package is imported by URL, this file is run by URL.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { dnaHome } from "../lib/home.ts";
import { taskCommand } from "../lib/tensorflow/install/command.ts";
import { type Driver, nvidiaDriver, OLDEST_DRIVER } from "../lib/tensorflow/install/driver.ts";
import { hostPlatform } from "../lib/tensorflow/install/layout.ts";
import { findNotebooks, type Notebooks } from "../lib/tensorflow/install/notebooks.ts";
import { folderBytes, freeBytes, gigabytes } from "../lib/tensorflow/install/space.ts";
import { locateTensorFlow, type TensorFlowLocation } from "../lib/tensorflow/locate.ts";

const HELP = `Tells what is there, and what to type to mend what is missing.

Usage: deno task doctor [--json] [--help]

Exit status 0 where DNA can compute on the CPU, 1 otherwise.`;

const LITTLE_SPACE = 2e9; // bytes: a set-up for the CPU and a run fit

/** What the doctor found; `null` for what is not there. */
interface Report {
  ok: boolean;
  deno: string;
  platform: string;
  threads: number;
  memoryBytes: number;
  tensorflow: TensorFlowLocation | null;
  devices: { name: string; type: string; memoryBytes: number }[];
  driver: Driver | null;
  notebooks: Notebooks | null;
  home: string;
  freeBytes: number | null;
  folders: { name: string; bytes: number }[];
  mend: string[];
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);

async function main(args: string[]): Promise<number> {
  const unknown = args.find((arg) => !["--json", "--help"].includes(arg));
  if (unknown) {
    console.error(`Unknown option ${unknown}: doctor knows --json, --help`);
    return 2;
  }
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const report = await examine();
  console.log(args.includes("--json") ? JSON.stringify(report, null, 2) : page(report));
  return report.ok ? 0 : 1;
}

async function examine(): Promise<Report> {
  const mend: string[] = [];
  const memoryBytes = Deno.systemMemoryInfo().total;
  const driver = await nvidiaDriver() ?? null;
  const tensorflow = attempt(mend, locateTensorFlow);
  const devices = tensorflow ? await listDevices(mend, memoryBytes) : [];
  if (tensorflow) mend.push(...mendCuda(tensorflow, driver, devices.some((d) => d.type === "GPU")));
  const notebooks = findNotebooks() ?? null;
  if (!notebooks) {
    mend.push(`Notebooks are not set up: type \`${taskCommand("setup --notebooks")}\` to use them`);
  }
  const home = dnaHome();
  const free = freeBytes(home) ?? null;
  if (free !== null && free < LITTLE_SPACE) {
    mend.push(`The disk has ${gigabytes(free)} free: free some, or set DNA_HOME to another disk`);
  }
  return {
    ok: devices.some((device) => device.type === "CPU"),
    deno: Deno.version.deno,
    platform: hostPlatform(),
    threads: availableParallelism(),
    memoryBytes,
    tensorflow,
    devices,
    driver,
    notebooks,
    home,
    freeBytes: free,
    folders: folders(home),
    mend,
  };
}

/** The devices, where the engine starts; the CPU's memory is the machine's. */
async function listDevices(mend: string[], memoryBytes: number): Promise<Report["devices"]> {
  try {
    const { listDevices } = await import("../lib/tensorflow/devices.ts");
    return (await listDevices()).map((device) =>
      device.type === "CPU" ? { ...device, memoryBytes } : device
    );
  } catch (error) {
    mend.push(sentence(error));
    return [];
  }
}

function mendCuda({ flavour }: TensorFlowLocation, driver: Driver | null, gpu: boolean): string[] {
  if (gpu) return [];
  if (flavour === "cpu") {
    return driver && hostPlatform() === "linux-x86_64"
      ? [`The NVIDIA GPU is not used: type \`${taskCommand("setup --gpu")}\` to use it`]
      : [];
  }
  const driverNeeded = `NVIDIA's driver ${OLDEST_DRIVER} or later`;
  if (!driver) return [`TensorFlow for CUDA computes on the CPU: install ${driverNeeded}`];
  return parseFloat(driver.version ?? "Infinity") < OLDEST_DRIVER
    ? [`TensorFlow for CUDA cannot use NVIDIA's driver ${driver.version}: install ${driverNeeded}`]
    : ["TensorFlow finds no GPU though there is a driver: see what `nvidia-smi` says"];
}

/** What lies below DNA's home: TensorFlow, the notebooks and each cache of data. */
function folders(home: string): Report["folders"] {
  const names = attempt([], () => [...Deno.readDirSync(home)]) ?? [];
  return names.filter((entry) => entry.isDirectory)
    .map(({ name }) => ({ name, bytes: folderBytes(join(home, name)) }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function page(report: Report): string {
  const { tensorflow, driver, notebooks } = report;
  const rows = [
    ["Deno", report.deno],
    [
      "Machine",
      `${report.platform}, ${report.threads} threads, ${gigabytes(report.memoryBytes)} memory`,
    ],
    ["TensorFlow", tensorflow ? describe(tensorflow) : "not there"],
    [
      "Devices",
      report.devices.map((d) => `${d.name} (${gigabytes(d.memoryBytes)})`).join(", ") || "none",
    ],
    ["NVIDIA driver", driver ? driver.version ?? "there, of unknown version" : "none"],
    ["Notebooks", notebooks ? `${notebooks.jupyter} lab` : "not set up"],
    [
      "Disk",
      `${
        report.freeBytes === null ? "unknown space" : gigabytes(report.freeBytes)
      } free at ${report.home}`,
    ],
    ...report.folders.map(({ name, bytes }) => ["", `${name}: ${gigabytes(bytes)}`]),
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(15)}${value}`);
  if (report.mend.length > 0) lines.push("", ...report.mend.map((line) => `- ${line}`));
  return lines.join("\n");
}

function describe({ version, flavour, folder }: TensorFlowLocation): string {
  const kind = flavour === "cuda" ? "CPU and CUDA" : "CPU";
  return `${version ?? "of unknown version"} (${kind}) in ${folder}`;
}

function attempt<T>(mend: string[], find: () => T): T | null {
  try {
    return find();
  } catch (error) {
    mend.push(sentence(error));
    return null;
  }
}

function sentence(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
