import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import {
  assemble,
  cost,
  costRange,
  defineSpace,
  formatArchitecture,
  searchSpace,
  SPACE_NAMES,
} from "../mod.ts";
import { everyChoice, smallDefinitions } from "./_spaces.ts";
import { runTask, withFolder } from "./_task.ts";

Deno.test("costRange() finds the least and the greatest cost of all networks", () => {
  fc.assert(
    fc.property(smallDefinitions, fc.constantFrom(8, 33), (definition, resolution) => {
      const space = defineSpace(definition);
      const sizes = { resolution, classes: 10 };
      const costs = [...everyChoice(space)].map((choice) => cost(assemble(space, choice), sizes));
      for (const unit of ["params", "flops", "macs"] as const) {
        const { cheapest, dearest } = costRange(space, unit, sizes);
        const all = costs.map((each) => each[unit]);
        assertEquals([cheapest[unit], dearest[unit]], [Math.min(...all), Math.max(...all)]);
        assertEquals(cheapest.text, formatArchitecture(assemble(space, cheapest.choice)));
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("costRange() holds the paper's networks of its space", () => {
  const { cheapest, dearest } = costRange(searchSpace("dna"), "flops", {
    resolution: 224,
    classes: 1000,
  });
  // DNA-a and DNA-d, Table 2.
  assert(cheapest.flops < 348e6 && dearest.flops > 611e6);
  assertThrows(
    () => costRange(searchSpace("dna"), "parms" as "params", { resolution: 224, classes: 1000 }),
    RangeError,
    '"params", "flops" or "macs"',
  );
});

Deno.test("deno task space shows every known space, and one's own from a file", async () => {
  for (const name of SPACE_NAMES) {
    const { code, stdout } = await runTask("space", [name]);
    assertEquals(code, 0);
    assertMatch(stdout, new RegExp(`^Space ${name}: .*${searchSpace(name).size}`));
    assertEquals(stdout.match(/^(Fewest|Most) (params|FLOPs)/gm)?.length, 4);
  }
  await withFolder(async (folder) => {
    const file = join(folder, "mine.json");
    const blocks = [{ stride: 2, cells: [{ width: 24, depth: 2 }] }];
    await Deno.writeTextFile(file, JSON.stringify({ name: "mine", blocks }));
    const { code, stdout } = await runTask("space", [file, "--json", "--resolution", "64"]);
    assertEquals(code, 0);
    const { size, resolution, ranges } = JSON.parse(stdout);
    assertEquals([size, resolution], ["36", 64]);
    assert(ranges.params.cheapest.params < ranges.params.dearest.params);
  });
});

Deno.test("deno task space says in one line what is wrong", async () => {
  const cases: [string[], number, string][] = [
    [[], 2, "Which space? Known are dna"],
    [["dan"], 2, 'There is no space "dan": known are dna, dna-fast'],
    [["dna", "more"], 2, 'Unexpected argument "more"'],
    [["dna", "--resolution", "0"], 2, "--resolution is"],
    [["./absent.json"], 1, "Cannot read ./absent.json"],
  ];
  for (const [args, status, message] of cases) {
    const { code, stderr, stdout } = await runTask("space", args);
    assertEquals([code, stdout], [status, ""], args.join(" "));
    assert(stderr.includes(message) && !stderr.includes("    at "), stderr);
  }
});
