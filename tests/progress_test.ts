import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  chooseProgress,
  formatCount,
  formatDuration,
  jsonProgress,
  plainProgress,
  type ProgressEvent,
  type ProgressRenderer,
} from "../lib/progress.ts";
import { barProgress } from "../lib/progress/_bar.ts";

const ESCAPES = new RegExp(`\r|${String.fromCharCode(27)}(?:\\[[0-9;?]*[A-Za-z]|[78])`);

interface Recorded {
  lines: string[];
  clock: { ms: number };
  progress: ProgressRenderer;
}

function record(make: typeof plainProgress): Recorded {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const progress = make({ write: (text) => lines.push(text), now: () => clock.ms });
  return { lines, clock, progress };
}

const batches = (stage: string, done: number, total: number): ProgressEvent => ({
  stage,
  done,
  total,
  unit: "batches",
});

Deno.test("plainProgress() prints start, end and one line every five seconds between", () => {
  const { lines, clock, progress } = record(plainProgress);
  for (let done = 0; done <= 1200; done++, clock.ms += 10) {
    progress.report({ ...batches("distil", done, 1200), metrics: { loss: 1 / 3 } });
  }
  progress.close();
  assertEquals(lines, [
    "distil: 0/1,200 batches, loss 0.333\n",
    "distil: 500/1,200 batches, 100 batches/s, 7.0 s left, loss 0.333\n",
    "distil: 1,000/1,200 batches, 100 batches/s, 2.0 s left, loss 0.333\n",
    "distil: 1,200/1,200 batches, 100 batches/s, in 12 s, loss 0.333\n",
  ]);
});

Deno.test("plainProgress() prints the newest event of a stage that another one follows, and at close()", () => {
  const { lines, clock, progress } = record(plainProgress);
  for (const stage of ["a", "b"]) {
    for (let done = 1; done <= 3; done++, clock.ms += 500) progress.report(batches(stage, done, 9));
  }
  progress.close();
  progress.close();
  assertEquals(lines.map((line) => line.split(" batches")[0]), [
    "a: 1/9",
    "a: 3/9",
    "b: 1/9",
    "b: 3/9",
  ]);
});

Deno.test("plainProgress() takes its rate from the last ten seconds, and from where a resumed stage begins", () => {
  const { lines, clock, progress } = record(plainProgress);
  let done = 5000;
  for (; clock.ms < 30_000; clock.ms += 100) progress.report(batches("distil", done++, 10_000));
  for (; clock.ms < 60_000; clock.ms += 100) progress.report(batches("distil", done += 5, 10_000));
  assert(lines[1].includes(", 10 batches/s, 8 min"), lines[1]);
  assert(lines.at(-1)!.includes(", 50 batches/s, 1 min 9 s left"), lines.at(-1));
});

Deno.test("plainProgress() begins anew when a stage does", () => {
  const { lines, clock, progress } = record(plainProgress);
  for (let round = 0; round < 2; round++) {
    for (let done = 0; done <= 2; done++, clock.ms += 1000) {
      progress.report(batches("epoch", done, 2));
    }
  }
  assertEquals(lines.length, 4);
  assertEquals(lines[1], "epoch: 2/2 batches, 1 batches/s, in 2.0 s\n");
  assertEquals(lines[3], lines[1]);
});

Deno.test("plainProgress() and jsonProgress() never print NaN or Infinity, whatever is reported", () => {
  const event = fc.tuple(fc.constantFrom("a", "b"), fc.nat(5), fc.nat(5), fc.nat(9000));
  fc.assert(
    fc.property(fc.array(event), fc.constantFrom(plainProgress, jsonProgress), (events, make) => {
      const { lines, clock, progress } = record(make);
      for (const [stage, done, total, pause] of events) {
        clock.ms += pause;
        progress.report(batches(stage, done, total));
      }
      progress.close();
      assert(!/NaN|Infinity|null|undefined|-\d/.test(lines.join("")), lines.join(""));
      assert(lines.length <= events.length && (events.length === 0 || lines.length > 0));
    }),
  );
});

Deno.test("jsonProgress() prints one object a line", () => {
  const { lines, clock, progress } = record(jsonProgress);
  progress.report({ ...batches("rate", 0, 4), metrics: { loss: 0.5 } });
  clock.ms = 2000;
  progress.report(batches("rate", 1, 4));
  assertEquals(lines.map((line) => JSON.parse(line)), [
    { stage: "rate", done: 0, total: 4, unit: "batches", metrics: { loss: 0.5 } },
    { stage: "rate", done: 1, total: 4, unit: "batches", rate: 0.5, secondsLeft: 6 },
  ]);
});

Deno.test("terminalProgress() draws one bar a stage and leaves a line of each", () => {
  const clock = { ms: 0 };
  let text = "";
  const stream = { isTTY: true, columns: 120, write: (part: string) => (text += part, true) };
  const progress = barProgress(stream, () => clock.ms);
  for (const stage of ["distil", "rate"]) {
    for (let done = 0; done <= 4; done++, clock.ms += 500) progress.report(batches(stage, done, 4));
  }
  progress.report(batches("train", 0, 0));
  progress.close();
  const lines = text.split("\n").map((line) => line.split(ESCAPES));
  const drawn = lines.map((parts) => parts.filter((part) => part !== "").at(-1));
  assertEquals(drawn.slice(0, 3), [
    `distil [${"=".repeat(24)}] 100 %  4/4 batches · 2 batches/s · in 2.0 s`,
    `rate [${"=".repeat(24)}] 100 %  4/4 batches · 2 batches/s · in 2.0 s`,
    `train [${"-".repeat(24)}]   0 %  0 batches`,
  ]);
  assert(
    !text.includes("\x1b[?25l") && !text.includes("\x1b[?7l"),
    "cursor and wrapping are left alone",
  );
});

Deno.test("terminalProgress() cuts its line at the terminal's width", () => {
  const widths: number[] = [];
  const stream = {
    isTTY: true,
    columns: 40,
    write: (part: string) => widths.push(part.length) > 0,
  };
  const progress = barProgress(stream);
  progress.report(batches("a stage with a rather long name", 1, 4));
  progress.close();
  assert(Math.max(...widths) <= 40);
});

Deno.test("chooseProgress() is quiet, JSON, a bar or lines, on standard error alone", async () => {
  const url = new URL("../lib/progress.ts", import.meta.url);
  const run = async (choice: string) => {
    const script = `import { chooseProgress } from ${JSON.stringify(url.href)};
      const progress = chooseProgress(${choice});
      progress.report({ stage: "rate", done: 1, total: 1, unit: "cells" });
      progress.close();`;
    const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", script],
    }).output();
    assertEquals([new TextDecoder().decode(stdout), code], ["", 0]);
    return new TextDecoder().decode(stderr);
  };
  assertEquals(await run("{ quiet: true, json: true }"), "");
  assertEquals(JSON.parse(await run("{ json: true }")).stage, "rate");
  assertEquals(await run("{}"), "rate: 1/1 cells, in 0.0 s\n");
  assertEquals(await run("{ isTerminal: true }"), "");
  chooseProgress({ quiet: true }).close();
});

Deno.test("formatDuration() uses at most two units", () => {
  const cases: Array<[number, string]> = [
    [0, "0.0 s"],
    [0.04, "0.0 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [80, "1 min 20 s"],
    [3599.6, "1 h"],
    [7500, "2 h 5 min"],
    [86400 * 3 + 3600 * 4 + 59, "3 d 4 h"],
    [NaN, "?"],
    [Infinity, "?"],
    [-1, "?"],
  ];
  for (const [seconds, text] of cases) assertEquals(formatDuration(seconds), text);
});

Deno.test("formatCount() keeps one digit after the point", () => {
  const cases: Array<[number, string]> = [
    [0, "0"],
    [999, "999"],
    [0.25, "0.25"],
    [999.7, "1.0 k"],
    [1000, "1.0 k"],
    [999_949, "999.9 k"],
    [999_950, "1.0 M"],
    [348_090_000, "348.1 M"],
    [6.9e9, "6.9 G"],
    [-5_288_548, "-5.3 M"],
    [1.96e17, "196.0 P"],
    [Infinity, "Infinity"],
  ];
  for (const [count, text] of cases) assertEquals(formatCount(count), text);
});
