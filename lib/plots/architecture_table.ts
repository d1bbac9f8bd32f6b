import { formatInteger } from "../progress/format.ts";
import { addCosts } from "../space/_layer_cost.ts";
import type { Architecture, Cost } from "../space/types.ts";
import { percent } from "./_format.ts";
import { layerName, networkRows, type Row } from "./_rows.ts";
import type { NetworkViewOptions } from "./types.ts";

/**
 * Writes the layers of a network, and what each costs for one image, as an HTML table.
 *
 * @param architecture The network.
 * @param options Side of the image in pixels, and number of classes.
 * @returns A `<table>` with the class `layers`.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { architectureTable, EFFICIENTNET_B0 } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const table = architectureTable(EFFICIENTNET_B0, { resolution: 224, classes: 1000 });
 * assertStringIncludes(table, "<td>MBConv6</td>");
 * assertStringIncludes(table, "5,288,548");
 * ```
 */
export function architectureTable(architecture: Architecture, options: NetworkViewOptions): string {
  const rows = networkRows(architecture, options);
  const total = rows.reduce<Cost>(addCosts, { params: 0, macs: 0, flops: 0 });
  const heads = ["layer", "operation", "kernel", "stride", "SE", "output"]
    .map((head) => `<th scope="col">${head}</th>`)
    .concat(
      ["parameters", "MACs", "FLOPs", "of FLOPs"].map((head) =>
        `<th scope="col" class="number">${head}</th>`
      ),
    );
  const body = rows.map((row) => {
    const share = percent(total.flops ? row.flops / total.flops : 0, 1);
    return `<tr><th scope="row">${place(row)}</th>${
      [...operation(architecture, row), output(row)].map((text) => `<td>${text}</td>`).join("")
    }${numbers(row, share)}</tr>`;
  });
  return `<table class="layers">
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
<tfoot><tr><th scope="row" colspan="6">whole network</th>${numbers(total, "100 %")}</tr></tfoot>
</table>`;
}

function place({ block, position, name }: Row): string {
  return block === undefined ? name : `${block}, layer ${position! + 1}`;
}

/** Operation, kernel, stride and SE. */
function operation({ stem }: Architecture, { name, layer }: Row): string[] {
  if (layer) {
    const side = `${layer.kernel} × ${layer.kernel}`;
    return [layerName(layer), side, `${layer.stride}`, layer.se > 0 ? `${layer.se}` : "–"];
  }
  if (name === "stem") return ["convolution", "3 × 3", `${stem.stride}`, "–"];
  if (name === "head") return ["convolution", "1 × 1", "1", "–"];
  return ["pooling, dense", "–", "–", "–"];
}

function output({ name, size, width }: Row): string {
  return name === "classifier" ? `${width} classes` : `${size} × ${size} × ${width}`;
}

function numbers({ params, macs, flops }: Cost, share: string): string {
  return [...[params, macs, flops].map(formatInteger), share]
    .map((text) => `<td class="number">${text}</td>`).join("");
}
