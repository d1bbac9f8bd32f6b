/** Take a network to PyTorch: deno run -A examples/export_to_timm.ts [PYTHON] — with a Python that has timm, it is tried there */
import { buildNetwork, createRandom, DNA_A, exportTimm, tf, useEngine } from "../mod.ts";

await useEngine();
const network = buildNetwork(DNA_A, { classes: 10, resolution: 64, random: createRandom(0) });
const folder = `${await Deno.makeTempDir()}/dna-a`;
const options = { name: "my_dna_a", mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
const files = await exportTimm(network, folder, options);
console.log(files.map(({ name }) => name).join(", "));

// What was written gives what was in memory.
const images = tf.ones<tf.Rank.R4>([1, 64, 64, 3]);
const ours = [...network.logits(images).dataSync()];
const weights = `${folder}/model.safetensors`;
const again = buildNetwork(DNA_A, { classes: 10, resolution: 64, weights });
if (`${[...again.logits(images).dataSync()]}` !== `${ours}`) throw new Error("the files differ");

const [python] = Deno.args;
if (python) {
  const program = `import json, sys, torch, timm
sys.path.insert(0, ${JSON.stringify(folder)})
import model
net = timm.create_model("dna_my_dna_a", pretrained=True).eval()
with torch.no_grad(): print(json.dumps(net(torch.ones(1, 3, 64, 64))[0].tolist()))`;
  const { stdout, stderr } = await new Deno.Command(python, { args: ["-c", program] }).output();
  if (stdout.length === 0) throw new Error(new TextDecoder().decode(stderr));
  const theirs: number[] = JSON.parse(new TextDecoder().decode(stdout));
  const most = Math.max(...theirs.map((logit, i) => Math.abs(logit - ours[i])));
  console.log(`timm's logits differ by at most ${most.toExponential(1)}`);
  if (most > 1e-4) throw new Error("timm computes something else");
}
