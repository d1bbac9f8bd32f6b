/**
 * `deno task worker`: offers this machine's devices to a leader.
 *
 * @module
 */

import { ensureTensorFlow } from "../lib/tensorflow/install/ensure.ts";
import { serveWorker } from "../lib/workers/serve.ts";
import { runTask } from "./_main.ts";
import { helpText, type OptionSpecs, readOptions, UsageError, wholeNumber } from "./_options.ts";

const ABOUT =
  "Offers this machine's devices to `deno task search --workers HOST:PORT,…` elsewhere, until Ctrl-C.\n" +
  "TensorFlow's runtime has no authentication: whoever reaches the port can run anything here.";

const OPTIONS: OptionSpecs = {
  port: { value: "P", help: "port on which leaders reach it, from 1 to 65535" },
  listen: {
    value: "ADDRESS",
    help: "address on which it listens; 0.0.0.0 is every one",
    default: "127.0.0.1, this machine only",
  },
  device: { value: "NAME", help: "device to offer, as GPU:1", default: "all GPUs, else CPU" },
  threads: {
    value: "N",
    help: "threads for one op, and for ops side by side",
    default: "all cores",
  },
  help: { help: "this text" },
};

await runTask(async () => {
  const { given } = readOptions(Deno.args, OPTIONS);
  if (given.help) {
    return console.log(helpText("deno task worker --port P [options]", ABOUT, OPTIONS));
  }
  const port = wholeNumber(given, "port", 1, 65_535);
  if (port === undefined) {
    throw new UsageError("--port is needed: the port on which leaders reach it");
  }
  const device = given.device as string | undefined;
  if (device !== undefined && !/^(CPU|GPU):\d+$/i.test(device)) {
    throw new UsageError(`--device is ${JSON.stringify(device)}: a name as GPU:1 is needed`);
  }
  const listen = given.listen as string | undefined;
  const threads = wholeNumber(given, "threads", 1, 4096);
  await ensureTensorFlow({ quiet: false, again: ["worker", ...Deno.args].join(" ") });
  serveWorker({ port, listen, device, threads });
  if (listen !== undefined && !/^(127\.|::1$|localhost$)/.test(listen)) {
    console.error(
      `Warning: TensorFlow's runtime has no authentication: whoever reaches ${listen}:${port} can run ` +
        "anything here; it belongs in a private network",
    );
  }
  console.error(`Worker ready on ${listen ?? "127.0.0.1"}:${port}`);
});
