import { LEVELS, normaliseRecord } from './normalisation.js';

/** Images with their classes, in the order in which they are trained on. Pixels are kept as bytes and normalised on demand. */
export class LabelledImages {
  readonly count: number;
  readonly inputCount: number;

  /** @param levels table of normalised values, see `normalisedLevels` */
  constructor(
    private readonly pixels: Uint8Array,
    /** One class for each image. */
    readonly labels: Uint8Array,
    private readonly levels: Float32Array,
  ) {
    this.count = labels.length;
    this.inputCount = levels.length / LEVELS;
  }

  /**
   * count × inputCount normalised pixels of consecutive images: in an array of their own, or at the beginning of `target`,
   * which spares the memory of many such arrays until they are collected.
   */
  rows(first: number, count: number, target?: Float32Array): Float32Array {
    if (first < 0 || count < 0 || first + count > this.count) {
      throw new RangeError(`images ${first} to ${first + count} of ${this.count}`);
    }
    const { inputCount, levels, pixels } = this;
    const inputs = target?.subarray(0, count * inputCount) ?? new Float32Array(count * inputCount);
    if (inputs.length < count * inputCount) throw new RangeError(`${count} images do not fit the target`);
    for (let row = 0; row < count; row += 1) {
      const source = { bytes: pixels, at: (first + row) * inputCount };
      normaliseRecord(levels, source, { inputs, at: row * inputCount, inputCount });
    }
    return inputs;
  }
}
