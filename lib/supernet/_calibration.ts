import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "../tensorflow/tfjs.ts";

/** What a layer gives for the calibration images. */
interface Calibrated {
  /** Its output. */
  y: Tensor;
  /** The batch statistics that made it. */
  statistics: Tensor1D;
}

/**
 * A layer's pass over the calibration images, made when it is first asked for: no layer needs it whose statistics
 * are known, and which only such layers follow.
 */
export class Calibration {
  readonly #compute: () => Promise<Calibrated>;
  #map?: Tensor;
  #result?: Promise<Calibrated>;

  constructor(compute: () => Promise<Calibrated>) {
    this.#compute = compute;
  }

  /** A map that is there already and stays its owner's. */
  static of(map: Tensor): Calibration {
    const given = new Calibration(() => Promise.reject(new Error("A given map has no statistics")));
    given.#map = map;
    return given;
  }

  /** The output; it stays this pass's. */
  async map(): Promise<Tensor> {
    return this.#map ?? (await this.#run()).y;
  }

  /** The batch statistics; they stay this pass's. */
  async statistics(): Promise<Tensor1D> {
    return (await this.#run()).statistics;
  }

  /** Frees what was made. */
  async dispose(): Promise<void> {
    const made = await this.#result?.catch(() => undefined);
    if (made) tf.dispose([made.y, made.statistics]);
  }

  #run(): Promise<Calibrated> {
    return this.#result ??= this.#compute();
  }
}
