/**
 * The specs that `@tensorflow/tfjs-node-gpu` publishes, read as the CommonJS modules that they are, with
 * DNA's binding where they load the addon.
 *
 * @module
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import nodeVersion from "npm:@tensorflow/tfjs-node-gpu@4.22.0/dist/version.js";
import { node, tf } from "../../lib/engine.ts";
import type { Backend } from "../../lib/tensorflow/backend.ts";

/** Spec files whose test data or helpers are in the package. */
const SPECS = [
  "callbacks_test.js",
  "image_test.js",
  "index_test.js",
  "int64_tensors_test.js",
  "io/file_system_test.js",
  "io/io_utils_test.js",
  "nodejs_kernel_backend_test.js",
  "saved_model_test.js",
  "tensorboard_test.js",
  "tfjs_binding_test.js",
];

/** What a failure says where the spec reads a file that is not in the package. */
export const ABSENT_DATA = /test_objects|ENOENT/;

/**
 * Declares the specs.
 *
 * @param folder The package's folder.
 * @param jasmineUtil tfjs-core's test helpers, as the specs know them.
 */
export function loadNodeSpecs(folder: string, jasmineUtil: unknown): void {
  for (const spec of SPECS) {
    const path = join(folder, "dist", spec);
    const real = createRequire(path);
    const index = {
      ...tf,
      node,
      version: { ...tf.version, "tfjs-node": nodeVersion.version },
      io: { ...tf.io, ...real(join(folder, "dist/io/index.js")) },
    };
    const stand = (name: string) => {
      if (name === "./index" || name === "../index") return index;
      if (name === "@tensorflow/tfjs-core/dist/jasmine_util") return jasmineUtil;
      if (name === "@mapbox/node-pre-gyp") return { find: () => "addon" };
      if (name === "addon") return (tf.backend() as unknown as Backend).binding;
      if (name === "rimraf") return removeFolder;
      if (name === "tmp") return { dirSync: () => ({ name: Deno.makeTempDirSync() }) };
      return real(name);
    };
    new Function("require", "exports", "__dirname", Deno.readTextFileSync(path))(
      stand,
      {},
      dirname(path),
    );
  }
}

function removeFolder(folder: string, done: (error?: unknown) => void): void {
  Deno.remove(folder, { recursive: true }).then(() => done(), done);
}
