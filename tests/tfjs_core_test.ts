/**
 * The test suite that TensorFlow.js itself publishes, on DNA's backend.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { tf, useEngine } from "../mod.ts";
import type { Results } from "./_tfjs_core/run.ts";

const CORE = "@tensorflow/tfjs-core@4.22.0";
const NODE = "@tensorflow/tfjs-node-gpu@4.22.0";

/** Holds where TensorFlow has no oneDNN, as on processors without AVX-512: else it can do this, as the next test shows. */
const CPU_LIMIT = "conv3d dilations CPU should throw error on dilations >1";

Deno.test("tf.conv3d with dilations throws, or gives what a filter with zeros between gives", async () => {
  await useEngine();
  const x = tf.randomNormal([1, 5, 6, 7, 2], 0, 1, "float32", 1) as tf.Tensor5D;
  const filter = tf.randomNormal([2, 2, 2, 2, 3], 0, 1, "float32", 2) as tf.Tensor5D;
  const spread = tf.buffer([3, 3, 3, 2, 3]);
  const values = filter.arraySync();
  for (const [d, h, w, i, o] of indices([2, 2, 2, 2, 3])) {
    spread.set(values[d][h][w][i][o], 2 * d, 2 * h, 2 * w, i, o);
  }
  let dilated: tf.Tensor;
  try {
    dilated = tf.conv3d(x, filter, 1, "valid", "NDHWC", 2);
  } catch (error) {
    assert(error instanceof Error && /dilation/i.test(error.message), `${error}`);
    return;
  }
  const wanted = tf.conv3d(x, spread.toTensor() as tf.Tensor5D, 1, "valid");
  assert(dilated.sub(wanted).abs().max().dataSync()[0] < 1e-5);
});

/** All indices of a shape. */
function* indices(shape: number[]): Generator<number[]> {
  if (shape.length === 0) return yield [];
  for (let i = 0; i < shape[0]; i++) for (const rest of indices(shape.slice(1))) yield [i, ...rest];
}

Deno.test("useEngine() passes the specs of tfjs-core and tfjs-node", async () => {
  const temporary = await Deno.makeTempDir({ prefix: "dna-tfjs-core-" });
  try {
    const core = join(temporary, "core");
    await copyModules(join(await packageFolder(CORE), "dist"), core);
    await writeImportMap(temporary);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", "--no-lock", "--unstable-sloppy-imports"],
        ...["--config", join(temporary, "deno.json")],
        join(import.meta.dirname!, "_tfjs_core", "run.ts"),
        core,
        await packageFolder(NODE),
      ],
      cwd: temporary,
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 0, `${text.slice(-2000)}\n${new TextDecoder().decode(stderr).slice(-2000)}`);
    const { passed, skipped, failed, ignored }: Results = JSON.parse(
      text.trimEnd().split("\n").at(-1)!,
    );
    console.log(
      `${passed} specs passed, ${failed.length} failed; of those that upstream ignores ` +
        `${ignored.passed} passed, ${ignored.failed} failed; ${skipped} were skipped`,
    );
    assertEquals(failed.filter(({ name }) => name !== CPU_LIMIT), []);
    assert(passed > 3500, `only ${passed} specs ran`);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
});

/** Where Deno keeps an npm package. */
async function packageFolder(name: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `npm:${name}/package.json`],
  }).output();
  const { npmPackages } = JSON.parse(new TextDecoder().decode(stdout)) as {
    npmPackages: Record<string, { localPath: string }>;
  };
  // The key may go on with the versions of peer dependencies.
  return npmPackages[Object.keys(npmPackages).find((key) => key.startsWith(name))!].localPath;
}

/**
 * Copies the compiled modules out of the package: they import each other without extensions, which Deno
 * resolves only outside npm packages.
 */
async function copyModules(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyModules(join(from, name), join(to, name));
    else if (name.endsWith(".js") && !name.startsWith("tf-core.")) {
      const text = await Deno.readTextFile(join(from, name));
      // The maps at their ends are most of their bytes.
      await Deno.writeTextFile(
        join(to, name),
        text.replace(/\n\/\/# sourceMappingURL=[^\n]*\s*$/, ""),
      );
    }
  }
}

/** Names that the modules import: two CommonJS packages, as modules with the names used of them. */
async function writeImportMap(folder: string): Promise<void> {
  const names = {
    seedrandom: ["npm:seedrandom@3.0.5", "alea"],
    long: ["npm:long@4.0.0", "fromBits, fromNumber, fromString, fromBytes, fromValue, ZERO, ONE"],
  };
  for (const [name, [specifier, used]] of Object.entries(names)) {
    await Deno.writeTextFile(
      join(folder, `${name}.mjs`),
      `import m from "${specifier}";\nexport const { ${used} } = m;\nexport default m;\n`,
    );
  }
  const imports = {
    seedrandom: "./seedrandom.mjs",
    long: "./long.mjs",
    fs: "node:fs",
    path: "node:path",
    "..": "./core/index.js",
  };
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ imports }));
}
