/**
 * `deno task fixtures NAME`: makes what tests compare with anew, with the Python libraries that it
 * comes from.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { runTask } from "./_main.ts";
import { helpText, type OptionSpecs, readOptions, UsageError } from "./_options.ts";

const FOLDER = fileURLToPath(new URL("../tests/fixtures/", import.meta.url));

const ABOUT = "Makes the fixtures of tests anew; the tests say afterwards whether all still agree.";

const OPTIONS: OptionSpecs = {
  python: {
    value: "PROGRAM",
    help: "a Python that has torch, timm, numpy and what else the script names",
    default: "python3",
  },
  help: { help: "this text" },
};

/** The scripts by name: `efficientnet` is make_efficientnet_fixtures.py. */
function findScripts(): Map<string, string> {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  return new Map(files.flatMap((file) => {
    const match = /^make_(\w+?)(?:_fixtures?)?\.py$/.exec(file);
    return match ? [[match[1], `${FOLDER}${file}`] as const] : [];
  }));
}

await runTask(async () => {
  const { given, words } = readOptions(Deno.args, OPTIONS, 10);
  const scripts = findScripts();
  const known = `Known are ${[...scripts.keys()].join(", ")}`;
  if (given.help) {
    const usage = "deno task fixtures NAME [words for the script, such as a seed] [options]";
    console.log(helpText(usage, `${ABOUT}\n${known}.`, OPTIONS));
    return;
  }
  const [name, ...rest] = words;
  const script = scripts.get(name);
  if (!script) {
    throw new UsageError(`There are no fixtures ${JSON.stringify(name ?? "")}. ${known}`);
  }
  const python = typeof given.python === "string" ? given.python : "python3";
  const { success } = await start(python, [script, ...rest]);
  if (!success) {
    throw new Error(
      `Cannot make the fixtures ${name}: ${python} ${script} failed, as it says above`,
    );
  }
});

async function start(python: string, args: string[]): Promise<Deno.CommandStatus> {
  try {
    return await new Deno.Command(python, { args, stdin: "null" }).spawn().status;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot start ${python}: it is not installed; --python names another one`);
  }
}
