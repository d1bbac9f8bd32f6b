/**
 * Runs the specs that TensorFlow.js publishes on DNA's backend and prints the results as JSON.
 * `tfjs_core_test.ts` starts it in a process of its own, since the specs change globals.
 *
 * Arguments: the folder of tfjs-core's compiled modules, the folder of the package tfjs-node-gpu.
 *
 * @module
 */

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import jasmineRequire from "npm:jasmine-core@5.13.0/lib/jasmine-core/jasmine.js";
import { tf, useEngine } from "../../lib/engine.ts";
import { ABSENT_DATA, loadNodeSpecs } from "./node_specs.ts";

/** What came of the specs. */
export interface Results {
  passed: number;
  /** Skipped by the suite itself, or for want of test data that is not published. */
  skipped: number;
  /** Failures outside upstream's ignore list. */
  failed: { name: string; message: string }[];
  /** Specs on upstream's ignore list. */
  ignored: { passed: number; failed: number };
}

interface Spec {
  fullName: string;
  status: "passed" | "failed" | "pending" | "excluded";
  failedExpectations: { message: string; stack?: string }[];
}

const [core, nodePackage] = Deno.args;
await useEngine();
// The specs of the registry expect no backend but their own.
tf.removeBackend("none");

const jasmine = jasmineRequire.core(jasmineRequire);
const env = jasmine.getEnv({ suppressLoadErrors: true });
Object.assign(globalThis, { jasmine }, jasmineRequire.interface(jasmine, env));
const nodeRequire = createRequire(import.meta.url);
const suiteRequire = (name: string) =>
  name.startsWith("jasmine-core") ? jasmineRequire : nodeRequire(name);
suiteRequire.resolve = nodeRequire.resolve;
Object.assign(globalThis, { require: suiteRequire });

const load = (path: string) => import(pathToFileURL(`${core}/${path}`).href);
const jasmineUtil = await load("jasmine_util.js");
jasmineUtil.setTestEnvs([
  { name: "test-tensorflow", backendName: "tensorflow", flags: {}, isDataSync: true },
]);
await load("public/chained_ops/register_all_chained_ops.js");
await load("register_all_gradients.js");
await load("tests.js");
loadNodeSpecs(nodePackage, jasmineUtil);

const upstream = Deno.readTextFileSync(`${nodePackage}/dist/run_tests.js`);
const ignoreList: string[] = new Function(
  `return ${/IGNORE_LIST = (\[[^]*?\n\]);/.exec(upstream)![1]}`,
)();

const results: Results = { passed: 0, skipped: 0, failed: [], ignored: { passed: 0, failed: 0 } };
env.configure({ random: false });
env.addReporter({
  specDone({ fullName, status, failedExpectations: failures }: Spec) {
    if (status === "pending" || status === "excluded") results.skipped++;
    else if (ignoreList.some((part) => fullName.includes(part))) {
      results.ignored[status]++;
    } else if (status === "passed") results.passed++;
    else if (failures.some(({ message }) => ABSENT_DATA.test(message))) results.skipped++;
    else {
      const [{ message, stack }] = failures;
      results.failed.push({ name: fullName, message: `${message}\n${stack}` });
    }
  },
});
await env.execute();
console.log(`\n${JSON.stringify(results)}`);
// Some specs leave timers behind.
Deno.exit(0);
