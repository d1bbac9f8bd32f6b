import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { checkArchitecture } from "../lib/space/architecture.ts";
import { formatArchitecture } from "../lib/space/format.ts";
import * as networks from "../lib/space/networks.ts";
import { parseArchitecture } from "../lib/space/parse.ts";
import type { Architecture } from "../lib/space/types.ts";
import { architectures } from "./_spaces.ts";

Deno.test("parseArchitecture() undoes formatArchitecture()", () => {
  fc.assert(fc.property(architectures, (architecture) => {
    const text = formatArchitecture(architecture);
    const parsed = parseArchitecture(text);
    assertEquals(parsed, checkArchitecture(architecture));
    assertEquals(formatArchitecture(parsed), text);
    const nested = text.split("|").map((block) => block.trim().split(" "));
    assertEquals(parseArchitecture(nested), parsed);
  }));
});

Deno.test("parseArchitecture() takes bare timm strings as the paper's", () => {
  const { stem, head, activation, blocks } = parseArchitecture([
    ["ds_r1_k3_s1_c16_se0.25"],
    ["ir_r2_k5_s2_e6_c40_se0.25", "ir_r1_k3_s1_e3_c40_nre_noskip"],
  ]);
  assertEquals([stem, head, activation], [{ channels: 3, width: 32, stride: 2 }, 1280, "swish"]);
  const layer = { type: "ir", kernel: 5, expansion: 6, width: 40, se: 0.25 };
  assertEquals(blocks[1], [
    { ...layer, stride: 2 },
    { ...layer, stride: 1 },
    { ...layer, kernel: 3, stride: 1, expansion: 3, se: 0, activation: "relu", skip: false },
  ]);
});

Deno.test("parseArchitecture() takes parts in any order, skip, nsw, and stem and head", () => {
  const plain = parseArchitecture("ir_r1_k3_s1_e6_c40_se0.25");
  assertEquals(parseArchitecture("\n ir_se0.25_skip_c40_e6_nsw_s1_k3 \t"), plain);
  const other = parseArchitecture(
    "stem_i1_s1_c16_nr6 | ir_k3_s1_e6_c40_nsw ir_k3_s1_e6_c40_nr6 | head_c99",
  );
  assertEquals([other.stem, other.head, other.activation], [
    { channels: 1, width: 16, stride: 1 },
    99,
    "relu6",
  ]);
  assertEquals(other.blocks[0].map(({ activation }) => activation), ["swish", undefined]);
});

Deno.test("formatArchitecture() writes stem, head and activation only where they are not the paper's", () => {
  const bare = "ds_r1_k3_s1_c16_se0.25 | ir_r3_k5_s2_e6_c40";
  assertEquals(formatArchitecture(parseArchitecture(bare)), bare);
  for (const word of ["stem_i1", "stem_s1", "stem_c24", "stem_nre"]) {
    const text = `${word} | ${bare} | head_c64`;
    assertEquals(formatArchitecture(parseArchitecture(text)), text);
  }
});

Deno.test("parseArchitecture() says block, layer, character and what is allowed", () => {
  const cases: [text: string, message: string][] = [
    [
      "ir_k3_s1_e6_c16 | xx_k3",
      'block 2, layer 1, character 19: "xx_k3" must begin with ds_ or ir_',
    ],
    [
      "ir_r2_k3_s1_e6_c16 ir_k3_s1_e6_q1_c16",
      'block 1, layer 3, character 32: "q1" is not known here, allowed are r, k, s, e, c, se, n, skip, noskip',
    ],
    ["ir_k4_s1_e6_c16", "block 1, layer 1, character 4: kernel is 4, must be odd"],
    ["ir_k3.5_s1_e6_c16", "character 4: kernel is 3.5, must be a whole number from 1 to 31"],
    ["ir_k-3_s1_e6_c16", 'character 4: "k-3": kernel must be k and a number, such as k5'],
    ["ir_kNaN_s1_e6_c16", 'character 4: "kNaN": kernel must be k and a number'],
    ["ir_k3_s1_e1e3_c16", '"e1e3": expansion must be e and a number'],
    ["ir_k3_s3_e6_c16", "character 7: stride is 3, must be 1 or 2"],
    ["ir_k3_s1_e0_c16", "expansion is 0, must be a number from 0.1 to 64"],
    ["ir_k3_s1_e6_c0", "width is 0, must be a whole number from 1 to 65536"],
    ["ir_k3_s1_e6_c99999999999999999999", "width is 100000000000000000000, must be"],
    ["ir_k3_s1_e6_c999999999999999999999", "width must be c and a number"],
    ["ir_k3_s1_e6_c16_se1.5", "SE ratio is 1.5, must be a number from 0 to 1"],
    ["ir_r0_k3_s1_e6_c16", "repeat is 0"],
    [
      "ir_r999999999_k3_s1_e6_c16",
      "character 4: repeat is 999999999, must be a whole number from 1 to 100",
    ],
    [
      "ir_r99_k3_s1_e6_c16 ir_r99_k3_s1_e6_c16",
      "block 1, layer 100, character 21: a block may have at most 100 layers",
    ],
    ["ir_k3_k3_s1_e6_c16", 'character 7: "k3" gives k again'],
    ["ir_k3_s1_c16", '"ir_k3_s1_c16" has no expansion (e and a number)'],
    ["ir_k3_e6_c16", "has no stride (s and a number)"],
    ["ds_k3_s1_e6_c16", "character 10: a ds layer has no expansion but e1"],
    [
      "ir_k3_s1_e6_c16_nhs",
      'character 17: "nhs" is no activation, allowed are nsw (swish), nre (relu), nr6 (relu6)',
    ],
    ["ir_k3_s1_e6_c16_skip_noskip", "both skip and noskip"],
    ["ir_k3_s1_e6_c16_skip1", '"skip1" must be skip alone'],
    ["ir_k3_s1_e6_c16__", '"" is not known here'],
    ["ir_k3_s1_e6_c16___proto__", '"" is not known here'],
    ["ir_k3_s1_e6_c16_constructor1", '"constructor1" is not known here'],
    [
      "ir_k3_s1_e6_c16 ir_k3_s2_e6_c16",
      "block 1, layer 2, character 23: only a block's first layer may have stride 2",
    ],
    ["ir_k3_s1_e6_c16 || ir_k3_s1_e6_c16", "section 2, character 18: a block is empty"],
    ["ir_k3_s1_e6_c16 |", "section 2, character 18: a block is empty"],
    ["ir_k3_s1_e6_c16 | stem_c16", "must begin with ds_ or ir_ (or be stem_… first, head_… last)"],
    [
      "stem_c16 ir_k3_s1_e6_c16",
      'character 10: "ir_k3_s1_e6_c16" follows "stem_c16", which must stand alone',
    ],
    [
      "stem_k3 | ir_k3_s1_e6_c16",
      'section 1, character 6: "k3" is not known here, allowed are i, s, c, n',
    ],
    ["ir_k3_s1_e6_c16 | head", '"head" has no width'],
    ["stem_c16 | head_c16", "it has no block"],
    ["", "it has no block"],
    ["x".repeat(300_000), "longer than 262144 characters"],
    ["ir_k3_s1_e6_c16|".repeat(101) + "ir_k3_s1_e6_c16", "at most 100 are allowed"],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => parseArchitecture(text), SyntaxError, message);
  }
});

Deno.test("parseArchitecture() refuses lists that are no lists of timm strings", () => {
  const good = "ir_k3_s1_e6_c16";
  const bad: [value: unknown, kind: typeof TypeError, message: string][] = [
    [null, TypeError, "must be a text or a list of lists of texts"],
    [{ blocks: [] }, TypeError, "must be a text or a list of lists of texts"],
    [[good], TypeError, "entry 1 must be a list of 1 to 100 texts"],
    [[[]], TypeError, "entry 1 must be a list"],
    [[[good], [5]], TypeError, "section 2, string 1: it must be a text"],
    [
      [[good, `${good} ${good}`]],
      SyntaxError,
      "string 2, character 16: one string must be one timm block string",
    ],
    [[[good, " "]], SyntaxError, "string 2, character 1: the string is empty"],
    [[[good], ["ir_k3_s1_e6_cx"]], SyntaxError, "block 2, layer 1, character 13"],
    [[], SyntaxError, "it has no block"],
    [new Array(1e6).fill([good]), SyntaxError, "at most 100 blocks"],
  ];
  for (const [value, kind, message] of bad) {
    assertThrows(() => parseArchitecture(value as string[][]), kind, message);
  }
});

Deno.test("parseArchitecture() throws nothing but SyntaxErrors with a position or a limit, whatever the text", () => {
  const characters = fc.string({ unit: fc.constantFrom(..."_| irdskecn0123456789.-\u0000é") });
  fc.assert(fc.property(characters, (text) => {
    try {
      parseArchitecture(text);
    } catch (error) {
      const { name, message } = error as Error;
      assertEquals(name, "SyntaxError");
      assert(/character \d+|no block/.test(message), message);
    }
  }));
});

Deno.test("checkArchitecture() names the place of what is wrong", () => {
  const { DNA_A } = networks;
  const cases: [value: unknown, kind: typeof TypeError, message: string][] = [
    [null, TypeError, "it is null, must be an object"],
    ["ir_k3", TypeError, 'it is "ir_k3", must be an object'],
    [{ ...DNA_A, blocks: [[]] }, RangeError, "blocks[0] has 0 entries"],
    [
      { ...DNA_A, blocks: [[{ ...DNA_A.blocks[0][0], width: NaN }]] },
      RangeError,
      "blocks[0][0].width is NaN",
    ],
    [
      { ...DNA_A, blocks: [DNA_A.blocks[1].map((layer) => ({ ...layer, stride: 2 }))] },
      RangeError,
      "blocks[0][1].stride is 2, must be 1",
    ],
    [
      { ...DNA_A, blocks: [[{ ...DNA_A.blocks[0][0], skip: 1 }]] },
      TypeError,
      "blocks[0][0].skip must be true or false",
    ],
    [{ ...DNA_A, stem: undefined }, TypeError, "stem is missing"],
    [{ ...DNA_A, size: 3 }, TypeError, 'unknown key "size"'],
  ];
  for (const [value, kind, message] of cases) {
    assertThrows(() => checkArchitecture(value), kind, message);
    assertThrows(() => formatArchitecture(value as Architecture), kind, message);
  }
});

Deno.test("the named networks are frozen and round-trip", () => {
  for (const network of Object.values(networks)) {
    assert(Object.isFrozen(network) && Object.isFrozen(network.blocks[0][0]));
    assertEquals(parseArchitecture(formatArchitecture(network)), network);
  }
});
