import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { encodeSafetensors } from "../mod.ts";
import { runTask, withFolder } from "./_task.ts";

/** Arguments, exit status, and what the message must name. */
type Case = [args: string[], code: 1 | 2, message: RegExp];

/** A header of so many bytes, as a safetensors file claims it. */
function header(length: bigint, json = ""): Uint8Array {
  const bytes = new Uint8Array(8 + json.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(new TextEncoder().encode(json), 8);
  return bytes;
}

function claim(json: string): Uint8Array {
  return header(BigInt(json.length), json);
}

Deno.test("deno task search refuses each wrong option in one sentence and writes nothing", async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    Deno.writeTextFileSync(file, "text");
    const weights = (name: string, bytes: Uint8Array) => {
      const path = join(folder, `${name}.safetensors`);
      Deno.writeFileSync(path, bytes);
      return path;
    };
    const other = encodeSafetensors({ w: { dtype: "F32", shape: [1], data: new Float32Array(1) } });
    const space = join(folder, "space.json");
    Deno.writeTextFileSync(space, `{"name":"x","blocks":[{"stride":3,"cells":[]}]}`);
    const cases: Case[] = [
      [["--nonsense"], 2, /--nonsense/],
      [["--epoch", "3"], 2, /did you mean --epochs/],
      [["word"], 2, /word/],
      [["--epochs"], 2, /--epochs needs a value/],
      [["--epochs", "1", "--epochs", "2"], 2, /--epochs is given 2 times/],
      [["--epochs", "x"], 2, /--epochs is "x"/],
      [["--epochs", "1.5"], 2, /whole number/],
      [["--epochs", "0"], 2, /from 1/],
      [["--train-epochs", "-1"], 2, /--train-epochs/],
      [["--batch", "1"], 2, /--batch/],
      [["--batch", "512", "--images", "100"], 1, /batch of 512.*100 images/],
      [["--images", "1e9"], 1, /1,000,000,000 images.*50,000/],
      [["--images", "-5"], 2, /--images/],
      [["--rate-images", "20000"], 1, /20,000 images.*10,000/],
      [["--random", "-2"], 2, /--random/],
      [["--seed", "NaN"], 2, /--seed/],
      [["--preset", "none"], 2, /known are fashion/],
      [["--space", "none"], 2, /known are dna/],
      [["--space", "dna"], 1, /6 blocks.*4/],
      [["--space", space], 1, /stride/],
      [["--space", join(folder, "absent.json")], 1, /absent\.json/],
      [["--teacher", "none"], 2, /known are fashion/],
      [["--resolution", "32"], 1, /32 pixels.*28/],
      [["--classes", "11"], 1, /11 classes.*10/],
      [["--lambda", "1,2"], 1, /2 λ.*4 blocks/],
      [["--lambda", "1,,2,3"], 2, /--lambda/],
      [["--lambda", "1,1,-1,1"], 2, /--lambda/],
      [["--max-params", "10k"], 1, /cheapest has [\d,]+ params/],
      [["--max-flops", "1"], 1, /cheapest has [\d,]+ flops/i],
      [["--max-params", "12X"], 2, /--max-params/],
      [["--device", "a b"], 2, /--device/],
      [["--dataset", "imagenot"], 2, /known are fashion-mnist/],
      [["--dataset", "imagenet"], 1, /train\/CLASS/],
      [["--preset", "dna"], 1, /train\/CLASS/],
      [["--preset", "dna", "--data", folder], 1, /no folders/],
      [["--recipe", "none"], 2, /known are small, paper/],
      [["--train-batch", "100", "--micro-batch", "30"], 1, /100 is no multiple/],
      [["--max-macs", "1k"], 1, /cheapest has [\d,]+ macs/],
      [["--weights", "no one/nothing:x"], 1, /no one/],
      [["--teacher", "tf_efficientnet_b0"], 1, /4 blocks|6/],
      [["--checkpoint", "soon"], 2, /--checkpoint/],
      [["--out", join(file, "below")], 1, /is a file/],
      [["--out", folder], 1, /not empty/],
      [["--resume", join(folder, "absent")], 1, /does not exist/],
      [["--resume", file], 1, /not a folder/],
      [["--resume", folder], 1, /no config\.json/],
      [["--resume", join(folder, "absent"), "--out", file], 1, /absent/],
      [["--data", join(folder, "absent")], 1, /absent/],
      [["--data", file], 1, /file/],
      [["--data", folder], 1, /train-images-idx3-ubyte/],
      [["--weights", join(folder, "absent")], 1, /absent/],
      [["--weights", folder], 1, /no plain file/],
      [["--weights", file], 1, /file/],
      [["--weights", weights("cut", other.subarray(0, other.length - 1))], 1, /cut/],
      [["--weights", weights("other", other)], 1, /another network\nmissing.*"conv_stem\.weight"/],
      [["--weights", weights("vast", header(2n ** 60n))], 1, /vast/],
      [
        [
          "--weights",
          weights("outside", claim(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`)),
        ],
        1,
        /outside.*"w"/,
      ],
      [
        [
          "--weights",
          weights(
            "overflow",
            claim(`{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`),
          ),
        ],
        1,
        /overflow.*"w"/,
      ],
      [
        [
          "--weights",
          weights("proto", claim(`{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`)),
        ],
        1,
        /proto/,
      ],
    ];
    const before = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    for (const [args, code, message] of cases) {
      await t.step(args.map((arg) => arg.replace(folder, "…")).join(" "), async () => {
        // A home with nothing in it: nothing may be set up before the arguments are known to be right.
        const ended = await runTask("search", args, { DNA_HOME: join(folder, "home") });
        assertEquals(ended.code, code, ended.stderr);
        assertMatch(ended.stderr, message);
        const lines = ended.stderr.trimEnd().split("\n");
        assert(lines.length <= 8 && !ended.stderr.includes("    at "), ended.stderr);
        assertEquals(ended.stdout, "");
      });
    }
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(), before);
  });
});
