/**
 * `deno task ablation NAME`: the experiments of the paper's sections 4.2 to 4.4, and what stands before them.
 *
 * @module
 */

import { EXPERIMENTS } from "../lib/experiments/experiments.ts";
import { runTask } from "./_main.ts";
import { UsageError } from "./_options.ts";

/** An experiment, or what helps to plan one. */
interface Part {
  summary: string;
  run(args: string[]): Promise<void>;
}

/** The parts by name; each loads what it needs when it is asked for. */
const PARTS: Record<string, Part> = {
  power: {
    summary: "the smallest difference of taus that a design can see, before it is run",
    run: async (args) => (await import("./ablation/power.ts")).ablationPower(args),
  },
  findings: {
    summary: "the paper's claims beside what the experiments found",
    run: async (args) => (await import("./ablation/findings.ts")).ablationFindings(args),
  },
  ...Object.fromEntries(
    Object.values(EXPERIMENTS).map(({ name, summary }) => [
      name,
      {
        summary,
        run: async (args) =>
          (await import("./ablation/experiment.ts")).ablationExperiment(name, args),
      } satisfies Part,
    ]),
  ),
};

const HELP = `Usage: deno task ablation NAME [options]

${Object.entries(PARTS).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`).join("\n")}

deno task ablation NAME --help lists the options.`;

await runTask(async () => {
  const [name, ...rest] = Deno.args;
  if (name === "--help") return console.log(HELP);
  const known = Object.keys(PARTS).join(", ");
  if (name === undefined) throw new UsageError(`Which experiment? Known are ${known}`);
  if (!Object.hasOwn(PARTS, name)) {
    throw new UsageError(`There is no experiment ${JSON.stringify(name)}: known are ${known}`);
  }
  await PARTS[name].run(rest);
});
