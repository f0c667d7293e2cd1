import { LEVELS, normaliseRecord } from './normalisation.js';
import { type PixelReader } from './pixel-reader.js';

/** Images with their classes, in the order in which they are trained on. Pixels are read and normalised on demand. */
export class LabelledImages {
  readonly count: number;
  readonly inputCount: number;

  /** @param levels table of normalised values, see `normalisedLevels` */
  constructor(
    private readonly reader: PixelReader,
    /** Which image of the files stands at each place. */
    private readonly order: Uint32Array,
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
   *
   * @throws RetryableError when a file was changed since it was checked
   */
  rows(first: number, count: number, target?: Float32Array): Float32Array {
    if (first < 0 || count < 0 || first + count > this.count) {
      throw new RangeError(`images ${first} to ${first + count} of ${this.count}`);
    }
    const { inputCount, levels } = this;
    const inputs = target?.subarray(0, count * inputCount) ?? new Float32Array(count * inputCount);
    if (inputs.length < count * inputCount) throw new RangeError(`${count} images do not fit the target`);
    this.reader.read(this.order.subarray(first, first + count), (position, bytes, at) =>
      normaliseRecord(levels, { bytes, at }, { inputs, at: position * inputCount, inputCount }),
    );
    return inputs;
  }

  /**
   * count × inputCount pixels of consecutive images as they are in the files, 0 to 255.
   *
   * @throws RetryableError when a file was changed since it was checked
   */
  pixels(first: number, count: number): Float32Array {
    if (first < 0 || count < 0 || first + count > this.count) {
      throw new RangeError(`images ${first} to ${first + count} of ${this.count}`);
    }
    const { inputCount } = this;
    const pixels = new Float32Array(count * inputCount);
    this.reader.read(this.order.subarray(first, first + count), (position, bytes, at) =>
      pixels.set(bytes.subarray(at, at + inputCount), position * inputCount),
    );
    return pixels;
  }
}
