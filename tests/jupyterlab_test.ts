import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findBrowser, openBrowser } from "./_browser.ts";
import { startLab } from "./_lab.ts";
import { withFolder } from "./_task.ts";

const NOTEBOOK = new URL("../notebooks/start-here.ipynb", import.meta.url);
const MOD = new URL("../mod.ts", import.meta.url).href;
const BROWSER = await findBrowser();

/** The command lines of all processes; a kernel's names its connection file by its id. */
async function processes(): Promise<string> {
  if (Deno.build.os !== "linux") {
    const { stdout } = await new Deno.Command("ps", { args: ["-Aww", "-o", "args"] }).output();
    return new TextDecoder().decode(stdout);
  }
  const lines = [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name))
    // A process may end while the list is read.
    .map(({ name }) => Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => ""));
  return (await Promise.all(lines)).join("\n");
}

/** Whether a kernel's process ends within ten seconds: it may outlive JupyterLab by a moment. */
async function isGone(id: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (!(await processes()).includes(id)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

Deno.test("deno task lab serves notebooks/; Ctrl-C ends it with its kernels and status 0", async () => {
  await withFolder(async (folder) => {
    await using lab = await startLab([], folder);
    const { origin, search } = new URL(lab.address);
    const files = await (await fetch(`${origin}/api/contents${search}`)).json();
    const names = files.content.map(({ name }: { name: string }) => name);
    assert(names.includes("start-here.ipynb"), `${names}`);
    const kernels = await (await fetch(`${origin}/api/kernelspecs${search}`)).json();
    assertEquals(kernels.kernelspecs.deno.spec.display_name, "Deno");
    const body = JSON.stringify({ name: "deno" });
    const kernel = await (await fetch(`${origin}/api/kernels${search}`, { method: "POST", body }))
      .json();
    assertStringIncludes(await processes(), kernel.id);
    assertEquals(await lab.interrupt(), 0);
    assert(await isGone(kernel.id), "the kernel was left running");
  });
});

Deno.test({
  name: "start-here in a browser: Stop in the training cell, the next cell draws a plotly figure",
  ignore: !BROWSER,
  fn: async () => {
    await withFolder(async (folder) => {
      const notebook = JSON.parse(Deno.readTextFileSync(NOTEBOOK));
      for (const cell of notebook.cells) {
        if (cell.outputs) cell.outputs = [];
        cell.source = cell.source.map((line: string) => line.replace('"../mod.ts"', `"${MOD}"`));
      }
      Deno.mkdirSync(`${folder}/root`);
      Deno.writeTextFileSync(`${folder}/root/start-here.ipynb`, JSON.stringify(notebook));
      await using lab = await startLab([
        `--ServerApp.root_dir=${folder}/root`,
        "--LabApp.expose_app_in_browser=True",
      ], folder);
      await using page = await openBrowser(BROWSER!, lab.address);
      await page.until("Boolean(window.jupyterapp?.shell) && jupyterapp.restored.then(() => true)");
      const execute = (command: string, args = {}) =>
        `jupyterapp.commands.execute("${command}", ${JSON.stringify(args)}).then(() => true)`;
      await page.until(execute("docmanager:open", { path: "start-here.ipynb" }));
      const panel = "jupyterapp.shell.currentWidget";
      await page.until(`${panel}?.sessionContext?.isReady === true`);
      await page.until(`${panel}.sessionContext.session?.kernel?.status === "idle"`);
      const sources: string[] = JSON.parse(
        await page.read(
          `JSON.stringify([...${panel}.model.cells].map((cell) => cell.sharedModel.source))`,
        ),
      );
      /** Which cell runs a step of the lab. */
      const cellOf = (step: string) => {
        const place = sources.findIndex((source) =>
          source.replaceAll(/\s/g, "").includes(`lab.run("${step}"`)
        );
        assert(place >= 0, `no cell runs ${step}`);
        return place;
      };
      /** Runs cells up to the one of a step, which becomes the active one. */
      const runTo = async (step: string) => {
        const place = cellOf(step);
        const active = async () => Number(await page.read(`${panel}.content.activeCellIndex`));
        for (let index = await active(); index < place;) {
          await page.read(execute("notebook:run-cell-and-select-next"));
          const next = await active();
          assert(next > index, `JupyterLab does not go on from cell ${index}`);
          index = next;
        }
      };
      /** The outputs of a step's cell. */
      const outputs = (step: string) =>
        `JSON.stringify(${panel}.model.cells.get(${cellOf(step)}).outputs.toJSON())`;
      await runTo("distil");
      const running = page.read(execute("notebook:run-cell-and-select-next"));
      await page.until(`/distil: [2-9]/.test(${outputs("distil")})`);
      await page.click('[data-command="notebook:interrupt-kernel"]');
      await running;
      const stopped = await page.read(outputs("distil"));
      assert(stopped.includes("Stopped: run the cell again to go on"), stopped);
      await runTo("rate");
      await page.read(execute("notebook:run-cell"));
      const rated = await page.read(outputs("rate"));
      assert(rated.includes("application/vnd.plotly.v1+json"), rated.slice(0, 2000));
      await page.until(
        `document.querySelector(".js-plotly-plot .main-svg .scatterlayer") !== null`,
      );
    });
  },
});
