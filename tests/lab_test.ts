import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type CellResult, startKernel } from "./_kernel.ts";
import { withFolder } from "./_task.ts";

const NOTEBOOKS = fileURLToPath(new URL("../notebooks", import.meta.url));
const MOD = new URL("../mod.ts", import.meta.url).href;

/** A cell's last result, as text. */
function shown({ outputs, error }: CellResult): string {
  assertEquals(error, null);
  return outputs.findLast(({ kind }) => kind === "execute_result")!.text;
}

Deno.test("Stop ends a step at once, the kernel lives, and the cell goes on to the same numbers", async () => {
  await using kernel = await startKernel(NOTEBOOKS);
  const begun = await kernel.run(`
    import {
      createRandom, createSupernet, defineSpace, distillStep, loadDataset, loadTeacher, searchSpace,
      startNotebook, supernetWeights, takeStratified,
    } from "../mod.ts";
    const operations = [{ kernel: 3, expansion: 3 }, { kernel: 5, expansion: 6 }];
    const space = defineSpace({ ...searchSpace("fashion"), name: "two", operations });
    const { lab } = await startNotebook({ space, everySeconds: 0 });
    const teacher = await loadTeacher("fashion");
    const { splits } = await loadDataset("fashion-mnist");
    const data = takeStratified(splits.train, 320, createRandom(0));
    const fresh = () => createSupernet(space, teacher, { random: createRandom(0) });
    const step = (supernet) => distillStep(supernet, { teacher, data, epochs: 3, batch: 32, seed: 0 });
    const stoppedOne = fresh();
    const wholeOne = fresh();`);
  assertEquals(begun.error, null);
  const cell = `const losses = await lab.run("stopped", step(stoppedOne)); losses.length`;
  // In the second epoch, so that curves and losses of the first one are to be kept.
  const stopped = await kernel.run(cell, { stopWhen: /distil: 1[3-9]\/30/ });
  assertEquals(stopped.error, {
    ename: "Error",
    evalue: "Stopped: run the cell again to go on",
    traceback: ["Error: Stopped: run the cell again to go on"],
  });
  // Well under a second where the machine has nothing else to do.
  assert(stopped.alive && stopped.stoppedAfter! < 5, `${stopped.stoppedAfter} s`);
  assertEquals(shown(await kernel.run("teacher.widths.join()")), '"16,24,40,64"');

  const again = await kernel.run(cell);
  assertEquals(shown(again), "30");
  const first = again.outputs.find(({ text }) => text.startsWith("distil: "))!.text;
  assert(Number(/distil: (\d+)/.exec(first)![1]) > 12, `it began anew: ${first}`);
  await kernel.run(`const whole = await lab.run("whole", step(wholeOne));`);
  const same = await kernel.run(`JSON.stringify([losses, supernetWeights(stoppedOne)], asList) ===
    JSON.stringify([whole, supernetWeights(wholeOne)], asList);
    function asList(_, value) { return ArrayBuffer.isView(value) ? [...value] : value; }`);
  assertEquals(shown(same), "true");
  const third = await kernel.run(cell);
  assertEquals([shown(third), third.outputs.length], ["30", 1]); // done is done
});

Deno.test("no result of a busy cell comes after the word that the cell has ended", async () => {
  await using kernel = await startKernel(NOTEBOOKS);
  const begun = await kernel.run(`
    import { displayable, startNotebook } from "../mod.ts";
    await startNotebook({ scale: "quick" });
    async function shown(round) {
      for (let step = 0; step < 20; step++) {
        const options = { raw: true, display_id: \`busy-\${round}\`, ...(step > 0 && { update: true }) };
        Deno.jupyter.display({ "text/plain": \`step \${step}\` }, options); // not awaited, as progress is not
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const begin = performance.now(); performance.now() - begin < 50;);
      return displayable({ "text/plain": "result", "image/svg+xml": " ".repeat(150_000) });
    }`);
  assertEquals(begun.error, null);
  for (let round = 0; round < 40; round++) {
    const cell = await kernel.run(`await shown(${round})`, { hold: 0.1 });
    assertEquals([shown(cell), cell.late], ["result", 0], `cell ${round}`);
  }
});

Deno.test("what stands in a notebook's way is one sentence in the cell", async () => {
  await withFolder(async (folder) => {
    await using kernel = await startKernel(folder, { DNA_HOME: folder, DNA_SCALE: "huge" });
    const elsewhere = await kernel.run(`import { cost } from "../mod.ts";`);
    assertMatch(elsewhere.error!.evalue, /^Module not found "file:\/\/.*\/mod\.ts"\.$/);
    const scale = await kernel.run(
      `import { notebookScale, startNotebook } from ${JSON.stringify(MOD)}; notebookScale();`,
    );
    const sentence =
      'RangeError: Cannot run at this scale: DNA_SCALE is "huge", known are quick, small, paper';
    assertEquals(scale.error!.traceback, [sentence]);
    const started = await kernel.run("await startNotebook();");
    assertEquals(started.error!.traceback, [sentence]);
    const bare = await kernel.run(`await startNotebook({ scale: "quick" });`);
    assertEquals(bare.error!.traceback.length, 1);
    assertMatch(bare.error!.traceback[0], /^Error: TensorFlow is not set up: type [^\n]* setup`$/);
  });
});
