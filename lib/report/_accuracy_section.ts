import { accuracies } from "../plots/accuracies.ts";
import { percent } from "../plots/_format.ts";
import { trainingCurves } from "../plots/training_curves.ts";
import { formatInteger } from "../progress/format.ts";
import { type Cell, figureHtml, type Section, tableHtml } from "./_html.ts";
import type { NetworkRecord, ReportData } from "./types.ts";

/** Accuracies of the retrained networks, and how they trained. */
export function accuracySection({ metrics, result }: ReportData): Section {
  const { random, teacher, testImages } = result;
  const figures: Section["figures"] = {};
  const parts: string[] = [];
  const dots = accuracies(result);
  if (dots.data.length > 0) {
    figures["plot-accuracies"] = dots;
    parts.push(figureHtml(
      "plot-accuracies",
      dots,
      {
        least: 300,
        alt:
          "Test accuracies of winner, random networks and teacher; the table below has the numbers",
        caption: (testImages
          ? `Bars: the 95 % interval that ${formatInteger(testImages)} test images leave. `
          : "") + "One seed each: the noise of training comes on top and is not drawn.",
      },
    ));
  } else {
    parts.push("<p>Nothing was retrained in this run.</p>");
  }
  const teacherRow: Cell[] = teacher
    ? [
      `teacher ${teacher.name}`,
      ...["–", "–", "–", "–", percent(teacher.accuracy), teacher.crossEntropy.toFixed(4)]
        .map((number) => ({ number })),
    ]
    : [];
  parts.push(tableHtml(
    ["network", "loss", "parameters", "MACs", "FLOPs", "test accuracy", "cross-entropy"],
    [
      networkRow("winner", result),
      ...random.map((network, i) => networkRow(`random ${i + 1}`, network)),
      ...(teacher ? [teacherRow] : []),
    ],
  ));
  if (random.length > 0) parts.push(randomArchitectures(random));
  const curves = trainingCurves(metrics);
  if (curves.data.length > 0) {
    figures["plot-training"] = curves;
    parts.push(
      "<h3>Retraining</h3>",
      figureHtml(
        "plot-training",
        curves,
        {
          alt: "Training loss and training accuracy of each retrained network over the epochs",
          caption:
            "Means over each epoch’s training images as the network saw them, augmented: usually worse than on the test set.",
        },
      ),
    );
  }
  return { id: "accuracy", title: "Accuracy", html: parts.join("\n"), figures };
}

function networkRow(name: string, network: NetworkRecord): Cell[] {
  const { loss, params, macs, flops, accuracy, crossEntropy } = network;
  const numbers = [
    loss.toFixed(4),
    ...[params, macs, flops].map(formatInteger),
    accuracy === undefined ? "–" : percent(accuracy),
    crossEntropy === undefined ? "–" : crossEntropy.toFixed(4),
  ];
  return [name, ...numbers.map((number) => ({ number }))];
}

function randomArchitectures(random: readonly NetworkRecord[]): string {
  const rows = random.map(({ architecture }, i) => [`random ${i + 1}`, architecture]);
  return `<details><summary>The random networks’ architectures</summary>
${tableHtml(["network", "architecture"], rows)}
</details>`;
}
