import type { Tensor, Tensor1D, Tensor4D } from "npm:@tensorflow/tfjs@4.22.0";
import { tf } from "../tensorflow/tfjs.ts";

/** Values of each channel that make batch statistics sure enough, if they come from so many images at least. */
const CALIBRATION = { values: 2 ** 15, images: 16 };

/** What a block reads of the calibration images; of blocks that give large maps, fewer images say enough. */
export function calibrationMap(batches: Tensor4D[], outputSize: number): Tensor {
  return tf.tidy(() => {
    const all = tf.concat(batches);
    const enough = Math.ceil(CALIBRATION.values / outputSize ** 2);
    const [given] = all.shape;
    const count = Math.min(given, Math.max(CALIBRATION.images, enough));
    // From all over, since images may come class by class.
    const chosen = Array.from({ length: count }, (_, i) => Math.floor(i * given / count));
    return count === given ? all : all.gather(tf.tensor1d(chosen, "int32"));
  });
}

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
