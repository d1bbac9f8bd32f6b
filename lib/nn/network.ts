/**
 * A whole network as modules: stem, blocks, head, classifier.
 *
 * @module
 */

import type { Architecture } from "../space/types.ts";
import type { Convention } from "./convention.ts";
import { mbconv } from "./mbconv.ts";
import { type Module, sequence } from "./module.ts";
import { classifierModule, headModule, stemModule } from "./stem_and_head.ts";

/** The parts of a network, in the order of the data. */
export interface NetworkModules {
  /** The 3×3 convolution of the images. */
  stem: Module;
  /** The architecture's blocks. */
  blocks: Module[];
  /** The 1×1 convolution before pooling. */
  head: Module;
  /** Pooling and the dense layer. */
  classifier: Module;
}

/**
 * The modules of an architecture, their weights named as timm names those of its EfficientNets.
 *
 * @param classes Number of classes.
 * @param convention Padding and epsilon; TensorFlow's where it is absent.
 */
export function networkModules(
  { stem, blocks, head, activation }: Architecture,
  classes: number,
  convention?: Convention,
): NetworkModules {
  const first = stemModule(stem, activation, convention);
  const count = blocks.reduce((sum, layers) => sum + layers.length, 0);
  let index = 0;
  let { width } = first;
  const middle = blocks.map((layers, block) =>
    sequence(layers.map((layer, i) => {
      const module = mbconv(`blocks.${block}.${i}.`, layer, width, activation, {
        convention,
        position: { index: index++, count },
      });
      width = module.width;
      return module;
    }))
  );
  return {
    stem: first,
    blocks: middle,
    head: headModule(width, head, activation, convention),
    classifier: classifierModule(head, classes),
  };
}

/** The parts in order, as one module from images to logits. */
export function wholeNetwork({ stem, blocks, head, classifier }: NetworkModules): Module {
  return sequence([stem, ...blocks, head, classifier]);
}
