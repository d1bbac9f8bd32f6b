import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../examples/", import.meta.url);

for (const { name } of Deno.readDirSync(FOLDER)) {
  Deno.test(`examples/${name} asserts its own result`, async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", fileURLToPath(new URL(name, FOLDER))],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  });
}
