/**
 * One tracing: which tensors went into a graph, and as what.
 *
 * @module
 */

import type { Attribute } from "./_attributes.ts";
import type { Metadata } from "./_eager.ts";
import type { Graph, Output } from "./_graph.ts";

/** A tensor from outside that a traced function reads: its id, and its node in the graph. */
export interface Capture {
  id: number;
  output: Output;
}

/** The ops of one call of an ordinary function, recorded. */
export class Trace {
  /** The function's inputs, in order. */
  readonly inputs: Output[] = [];
  /** What it reads from outside, in the order of first use. */
  readonly captures: Capture[] = [];
  /** Tensors from before the trace that its code disposed of: they go when it has ended. */
  readonly disposed: Set<number> = new Set();
  readonly #captured = new Map<number, Output>();
  readonly #constants = new Map<number, Output>();
  #open = true;

  /**
   * @param graph Where ops are recorded.
   * @param frozen Whether what is read from outside is a constant of the graph, and what is computed of
   * constants alone is computed at once.
   */
  constructor(readonly graph: Graph, readonly frozen: boolean = false) {}

  /** Whether code still runs under this trace. */
  get open(): boolean {
    return this.#open;
  }

  /** A new input. */
  input(metadata: Metadata): Output {
    const output = this.graph.placeholder(metadata);
    this.inputs.push(output);
    return output;
  }

  /** The node that stands for a tensor from outside. */
  capture(id: number, metadata: Metadata): Output {
    let output = this.#captured.get(id);
    if (!output) {
      output = this.graph.placeholder(metadata);
      this.#captured.set(id, output);
      this.captures.push({ id, output });
    }
    return output;
  }

  /** The node that holds the value of a tensor from outside, in a frozen trace. */
  constant(id: number, make: () => Output): Output {
    let output = this.#constants.get(id);
    if (!output) this.#constants.set(id, output = make());
    return output;
  }

  /** Records an op. */
  add(name: string, attributes: readonly Attribute[], inputs: readonly Output[]): Output[] {
    return this.graph.add(name, attributes, inputs);
  }

  /** Ends the trace and frees its graph. */
  close(): void {
    this.#open = false;
    this.graph.delete();
  }
}
