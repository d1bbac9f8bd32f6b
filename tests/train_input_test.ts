import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { encodeSafetensors } from "../mod.ts";
import { runTask, withFolder } from "./_task.ts";

const TEXT = "stem_i1_c8 | ir_r2_k3_s1_e2_c8_se0.25 | head_c16";

/** Arguments, exit status, and what the message must name. */
type Case = [args: string[], code: 1 | 2, message: RegExp];

Deno.test("deno task train and evaluate refuse each wrong input in one sentence and write nothing", async (t) => {
  await withFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    Deno.writeTextFileSync(path("file"), "text");
    Deno.writeTextFileSync(path("broken.txt"), "ir_r1_k4_s1_e6_c16");
    Deno.writeTextFileSync(path("broken.json"), "{");
    const one = { w: { dtype: "F32", shape: [1], data: new Float32Array(1) } } as const;
    Deno.writeFileSync(path("other.safetensors"), encodeSafetensors(one));
    const MNIST = ["--dataset", "mnist"];
    const shared: Case[] = [
      [[], 2, /Which network\?/],
      [[TEXT, "more"], 2, /more/],
      [[TEXT, "--nonsense"], 2, /--nonsense/],
      [["dna-z"], 2, /known are dna-a, dna-b/],
      [["ir_r1_k4_s1_e6_c16"], 1, /kernel is 4/],
      [[path("broken.txt")], 1, /broken\.txt.*kernel is 4/],
      [[path("broken.json")], 1, /broken\.json/],
      [[path("absent.txt")], 1, /absent\.txt/],
      [[TEXT, "--dataset", "none"], 2, /known are fashion-mnist/],
      [[TEXT, "--padding", "valid"], 2, /same, symmetric/],
      [[TEXT, "--epsilon", "0"], 2, /--epsilon/],
      [[TEXT, "--mean", "0.5,x"], 2, /--mean/],
      [[TEXT, "--std", "0"], 2, /--std/],
      [[TEXT, "--resolution", "0"], 2, /--resolution/],
      [[TEXT, "--classes", "1"], 2, /--classes/],
      [[TEXT, "--device", "a b"], 2, /--device/],
      [[TEXT, "--weights", path("absent"), ...MNIST], 1, /absent/],
      [[TEXT, "--weights", path("file"), ...MNIST], 1, /file/],
      [[TEXT, "--weights", path("other.safetensors"), ...MNIST], 1, /missing.*"conv_stem/],
    ];
    const train: Case[] = [
      [[TEXT, "--recipe", "none"], 2, /known are small, paper/],
      [[TEXT, "--epochs", "0"], 2, /--epochs/],
      [[TEXT, "--batch", "1"], 2, /--batch/],
      [[TEXT, "--batch", "100", "--accumulate", "3"], 2, /does not divide/],
      [[TEXT, "--rate", "0"], 2, /--rate/],
      [[TEXT, "--schedule", "steps"], 2, /cosine, exponential, constant/],
      [[TEXT, "--optimizer", "adamw"], 2, /sgd, rmsprop, adam/],
      [[TEXT, "--dropout", "1"], 2, /--dropout/],
      [[TEXT, "--stochastic-depth", "-0.1"], 2, /--stochastic-depth/],
      [[TEXT, "--label-smoothing", "x"], 2, /--label-smoothing/],
      [[TEXT, "--average", "1"], 2, /--average/],
      [[TEXT, "--clip", "0"], 2, /--clip/],
      [[TEXT, "--augment", "all"], 2, /none, flip/],
      [[TEXT, "--mixup", "0"], 2, /--mixup/],
      [[TEXT, "--teacher", "none"], 2, /known are fashion/],
      [[TEXT, "--temperature", "2"], 2, /needs --teacher/],
      [[TEXT, "--checkpoint", "soon"], 2, /--checkpoint/],
      [[TEXT, "--out", folder], 1, /not empty/],
      [[TEXT, "--out", path("file")], 1, /is a file/],
      [[TEXT, "--data", path("absent")], 1, /absent/],
      [[TEXT, "--data", path("file")], 1, /file/],
      [["--resume", path("absent")], 1, /does not exist/],
      [["--resume", folder], 1, /no config\.json/],
      [["dna-a", ...MNIST], 1, /3 channels.*mnist have 1/],
      [[TEXT, "--images", "9000", ...MNIST], 1, /8002/],
      [[TEXT, "--images", "100", ...MNIST], 1, /batch of 128.*100 images/],
      [[TEXT, "--classes", "9", ...MNIST], 1, /9 classes.*10/],
      [[TEXT, "--mean", "0.5,0.5", ...MNIST], 1, /mean has 2/],
      [[TEXT, "--teacher", "tf_efficientnet_b0", ...MNIST], 1, /1000 classes/],
    ];
    const evaluate: Case[] = [
      [[TEXT], 2, /--weights FILE is needed/],
      [[TEXT, "--weights", "random"], 2, /nothing to judge/],
      [[TEXT, "--weights", "x", "--split", "all"], 2, /test, validation, train/],
      [[TEXT, "--weights", "x", "--crop", "2"], 2, /--crop/],
      [[TEXT, "--weights", "x", "--interpolation", "nearest"], 2, /bicubic, bilinear/],
    ];
    const before = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    for (const [task, cases] of [["train", train], ["evaluate", evaluate]] as const) {
      for (const [args, code, message] of [...shared, ...cases]) {
        await t.step(
          `${task} ${args.map((arg) => arg.replace(folder, "…")).join(" ")}`,
          async () => {
            // Where the data is not read, nothing may be there before the arguments are known to be right.
            const env = args.includes("mnist") ? {} : { DNA_HOME: path("home") };
            const ended = await runTask(task, args, env as Record<string, string>);
            assertEquals(ended.code, code, ended.stderr);
            assertMatch(ended.stderr, message);
            const lines = ended.stderr.trimEnd().split("\n");
            assert(lines.length <= 10 && !ended.stderr.includes("    at "), ended.stderr);
            assertEquals(ended.stdout, "");
          },
        );
      }
    }
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(), before);
  });
});
