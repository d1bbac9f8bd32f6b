import { assert, assertEquals, assertMatch } from "@std/assert";

const DOCTOR = new URL("../tasks/doctor.ts", import.meta.url).pathname;

async function doctor(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", DOCTOR, ...args],
    env: { NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("doctor says what to type where nothing is set up, with status 1", async () => {
  const home = await Deno.makeTempDir();
  const env = { DNA_HOME: home, DNA_TENSORFLOW: "" };
  const { code, stdout } = await doctor([], env);
  assertEquals(code, 1);
  assertMatch(stdout, /TensorFlow is not set up: type `.*setup`/);
  assertMatch(stdout, /setup --notebooks`/);
  const report = JSON.parse((await doctor(["--json"], env)).stdout);
  assertEquals([report.ok, report.tensorflow, report.home], [false, null, home]);
  assertEquals([...Deno.readDirSync(home)], []);
});

Deno.test("doctor lists the devices of TensorFlow that is set up, with status 0", async () => {
  const { code, stdout, stderr } = await doctor(["--json"]);
  assertEquals(code, 0, stderr);
  const report = JSON.parse(stdout);
  assert(report.ok);
  assert(report.devices.some((device: { name: string }) => device.name === "CPU:0"));
  assertEquals(report.deno, Deno.version.deno);
});

Deno.test("doctor refuses wrong options with status 2", async () => {
  const { code, stdout, stderr } = await doctor(["--jsn"]);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^Unknown option --jsn: .*--json/);
});
