import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import {
  latency,
  latencyCost,
  type LatencyTable,
  paretoFront,
  parseArchitecture,
  type Ratings,
  search,
  searchSpace,
  writeLatencyTable,
  writeRatings,
} from "../mod.ts";
import { spaceParts } from "../lib/latency/_parts.ts";
import { readOptions, UsageError } from "../tasks/_options.ts";
import { OPTIONS, readRequest } from "../tasks/pareto/_options.ts";
import { networkCsv, networkTable } from "../tasks/pareto/_output.ts";
import { generator, ratingsOf } from "./_spaces.ts";
import { type Ended, runTask, withFolder } from "./_task.ts";

const SPACE = searchSpace("fashion");
const SIZES = { resolution: 28, classes: 10 };
const RATINGS = ratingsOf("fashion", SPACE, generator(6), 28, 10);

const TABLE: LatencyTable = (() => {
  const next = generator(7);
  const time = (median: number) => ({ low: median, median, high: median });
  const keys = [...spaceParts(SPACE, SIZES).keys()];
  return {
    space: "fashion",
    machine: "made up",
    device: "CPU:0",
    threads: null,
    versions: {},
    batch: 1,
    ...SIZES,
    rounds: 1,
    call: time(1e-6),
    parts: Object.fromEntries(keys.map((key) => [key, time(Math.round(1e5 * next()) / 1e8)])),
  };
})();

/** Gives `body` a run's folder with ratings, and a latency table. */
async function withFiles(body: (run: string, table: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const run = join(folder, "run");
    await Deno.mkdir(run);
    await writeRatings(join(run, "ratings.json"), RATINGS);
    const table = join(folder, "latency.json");
    await writeLatencyTable(table, TABLE);
    await body(run, table);
  });
}

/** What the task printed, after a good end. */
function printed({ code, stdout, stderr }: Ended): string {
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

Deno.test("deno task pareto prints the front as JSON, CSV and a shortened table", async () => {
  await withFiles(async (run) => {
    const front = paretoFront(RATINGS, "flops", { maxParams: 100e3, weights: [1, 2, 1, 0.5] });
    const args = [run, "--by", "flops", "--max-params", "100k", "--lambda", "1,2,1,0.5"];
    const [json, csv, table] = await Promise.all(
      ["--json", "--csv", ""].map((kind) => runTask("pareto", kind ? [...args, kind] : args)),
    );
    const { networks, ...rest } = JSON.parse(printed(json));
    assertEquals(
      networks,
      front.map(({ loss, params, flops, macs, text, choice }) => ({
        loss,
        params,
        flops,
        macs,
        architecture: text,
        choice,
      })),
    );
    assertEquals([rest.space, rest.by, rest.options.maxParams], ["fashion", ["flops"], 100e3]);
    const [head, ...rows] = printed(csv).trimEnd().split("\n");
    assertEquals(head, "loss,params,flops,macs,architecture");
    assertEquals(
      rows,
      front.map(({ loss, params, flops, macs, text }) =>
        [loss, params, flops, macs, text].join(",")
      ),
    );
    assert(front.length > 24);
    const lines = printed(table);
    assertStringIncludes(lines, `${front.length} best networks of the`);
    assertStringIncludes(lines, `24 of ${front.length} networks are shown, evenly picked`);
    for (const network of [front[0], front.at(-1)!]) assertStringIncludes(lines, network.text);
  });
});

Deno.test("deno task pareto weighs latency, and writes front and explorer", async () => {
  await withFiles(async (run, table) => {
    const out = join(run, "front");
    const cost = latencyCost(TABLE);
    const free = search(RATINGS, { costs: [{ cost }] });
    const max = Math.round(0.9 * free.costs!.latency);
    const args = [
      join(run, "ratings.json"),
      ...["--by", "latency", "--latency", table, "--max-latency", `${max}ns`, "--out", out],
      ...["--cells", "1:0,2/2:1", "--without", "k7e6"],
    ];
    printed(await runTask("pareto", [...args, "--quiet"]));
    assertEquals([...Deno.readDirSync(out)].map(({ name }) => name).sort(), [
      "explorer.html",
      "front.csv",
      "front.json",
    ]);
    const options = {
      costs: [{ cost, max }],
      cells: { 1: [0, 2], 2: [1] },
      without: ["k7e6"],
    };
    const front = paretoFront(RATINGS, cost, options);
    const written = JSON.parse(await Deno.readTextFile(join(out, "front.json")));
    assertEquals(
      written.networks.map(({ latency }: { latency: number }) => latency),
      front.map(({ costs }) => costs!.latency / 1e9),
    );
    for (const network of written.networks) {
      assertEquals(latency(parseArchitecture(network.architecture), TABLE), network.latency);
    }
    assertEquals(written.latency.device, "CPU:0");
    assertEquals(await Deno.readTextFile(join(out, "front.csv")), networkCsv(front));
    const page = await Deno.readTextFile(join(out, "explorer.html"));
    assertStringIncludes(page, `"budgets":[null,null,${max}]`);

    const best = await runTask("pareto", [...args.slice(0, 7), "--top", "5", "--json"]);
    assertEquals(
      JSON.parse(printed(best)).networks.map(({ loss }: { loss: number }) => loss),
      search(RATINGS, { costs: [{ cost, max }], top: 5 }).map(({ loss }) => loss),
    );
  });
});

Deno.test("networkTable() shows short lists whole", () => {
  const front = paretoFront(RATINGS, "params").slice(0, 24);
  const lines = networkTable(front, "title").split("\n");
  assertEquals(lines.length, 2 + 1 + 24);
  assertEquals(lines[0], "title");
  front.forEach(({ text }, i) => assert(lines[3 + i].endsWith(text)));
});

Deno.test("networkCsv() quotes what has commas or quotes", () => {
  const [network] = paretoFront(RATINGS, "params");
  const odd = { ...network, text: 'a "b", c' };
  assert(networkCsv([odd]).endsWith(',"a ""b"", c"\n'));
});

Deno.test("deno task pareto refuses each wrong input in one sentence", async (t) => {
  await withFiles(async (run, table) => {
    const folder = join(run, "..");
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(join(folder, name), text);
      return join(folder, name);
    };
    const other = join(folder, "other.json");
    await writeLatencyTable(other, { ...TABLE, resolution: 32 });
    const broken: Ratings = structuredClone(RATINGS);
    broken.blocks[0].cells[0].losses[3] = NaN;
    const usage: [string[], RegExp][] = [
      [[], /Which ratings\?/],
      [[run, "more"], /Unexpected argument "more"/],
      [[run, "--bye", "flops"], /did you mean --by/],
      [[run, "--by", "time"], /--by is "time": known are params/],
      [[run, "--by", "params,params"], /--by/],
      [[run, "--by", "params,flops,macs"], /--by/],
      [[run, "--by", "latency"], /--by latency needs --latency FILE/],
      [[run, "--max-latency", "12ms"], /--max-latency needs --latency FILE/],
      [[run, "--latency", table, "--max-latency", "12"], /as 12ms/],
      [[run, "--latency", table, "--max-latency", "0ms"], /not above 0/],
      [[run, "--max-params", "many"], /--max-params is "many"/],
      [[run, "--max-flops", "-1"], /--max-flops is "-1"/],
      [[run, "--lambda", "1,,1,1"], /--lambda is "1,,1,1"/],
      [[run, "--lambda", "1,-1,1,1"], /--lambda/],
      [[run, "--cells", "3"], /--cells is "3"/],
      [[run, "--cells", "1:0/1:1"], /each block once/],
      [[run, "--top", "0"], /--top is "0"/],
      [[run, "--json", "--csv"], /cannot both/],
    ];
    const files: [string[], RegExp][] = [
      [[join(folder, "no")], /Cannot read .*no: it does not exist/],
      [[folder], /ratings\.json: it does not exist/],
      [[await write("text.json", "ratings")], /Cannot read .*text\.json: line 1/],
      [[await write("none.json", "{}")], /none\.json: space is missing/],
      [[await write("nan.json", JSON.stringify(broken))], /losses\[3\] is null/],
      [[run, "--latency", join(folder, "no")], /Cannot read .*no/],
      [[run, "--latency", join(run, "ratings.json")], /ratings\.json: it has the unknown key/],
      [[run, "--latency", other], /for 32 pixels and 10 classes where networks are for 28/],
    ];
    const read = async (args: string[]) => {
      const { given, words } = readOptions(args, OPTIONS, 1);
      await readRequest(given, words[0]);
    };
    for (const [args, message] of [...usage, ...files]) {
      await t.step(args.map((arg) => arg.replace(folder, "…")).join(" "), async () => {
        const error = await assertRejects(() => read(args), Error);
        assertEquals(error instanceof UsageError, usage.some(([known]) => known === args));
        assert(message.test(error.message) && !error.message.includes("\n"), error.message);
      });
    }
    const ended: [string[], number, RegExp][] = [
      [[run, "--max-params", "10k"], 1, /cheapest has [\d,]+ params/],
      [[run, "--lambda", "1,1"], 1, /weights has 2 entries, must have 4/],
      [[run, "--cells", "9:0"], 1, /"9"/],
      [[run, "--without", "k9e6"], 1, /"k9e6", must be an operation/],
      [[run, "--out", join(run, "ratings.json", "below"), "--quiet"], 1, /ratings\.json/],
      [[run, "--top", "x"], 2, /--top is "x"/],
    ];
    await Promise.all(ended.map(async ([args, code, message]) => {
      const task = await runTask("pareto", args);
      assertEquals([task.code, task.stdout], [code, ""], task.stderr);
      assert(message.test(task.stderr) && task.stderr.trim().split("\n").length === 1, task.stderr);
    }));
  });
});
