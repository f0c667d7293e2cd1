/** Reads the pixels of chosen images from the files, so that no second copy of a set is kept in memory. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { coerceError, RetryableError } from '@seedbed/contracts';
import { type ImageFile, type ImageFiles, recordBytesOf } from './layout.js';

/** Records read at a time: 3 MB of CIFAR-10, large enough that system calls do not matter. */
const RECORDS_PER_READ = 1_000;

/** Called with one image's pixels, which begin at `at` of `bytes` and are only valid until it returns. */
export type VisitPixels = (position: number, bytes: Uint8Array, at: number) => void;

export class PixelReader {
  private buffer: Buffer | null = null;

  /** @param list files whose images are counted from 0, in this order */
  constructor(
    private readonly files: ImageFiles,
    private readonly list: readonly ImageFile[],
  ) {}

  /**
   * Visits images in the order given, blocking. Neighbours in a file are read together: images in file order take a few
   * system calls, shuffled ones a call each.
   *
   * @throws RetryableError when a file was changed since it was checked
   */
  read(images: Uint32Array, visit: VisitPixels): void {
    const descriptors = new Map<ImageFile, number>();
    try {
      for (let position = 0; position < images.length;) {
        const { file, first, left } = this.placeOf(images[position]!);
        const count = neighboursFrom(images, position, Math.min(left, RECORDS_PER_READ));
        if (!descriptors.has(file)) descriptors.set(file, this.open(file));
        const bytes = this.readRecords({ file, descriptor: descriptors.get(file)! }, first, count);
        const recordBytes = bytes.length / count;
        for (let record = 0; record < count; record += 1) {
          visit(position + record, bytes, record * recordBytes + 1);
        }
        position += count;
      }
    } finally {
      for (const descriptor of descriptors.values()) closeSync(descriptor);
    }
  }

  private readRecords(from: { file: ImageFile; descriptor: number }, first: number, count: number): Buffer {
    const recordBytes = recordBytesOf(this.files.layout);
    this.buffer ??= Buffer.allocUnsafe(RECORDS_PER_READ * recordBytes);
    const bytes = this.buffer.subarray(0, count * recordBytes);
    if (readSync(from.descriptor, bytes, 0, bytes.length, first * recordBytes) < bytes.length) {
      throw new RetryableError(
        `${this.pathOf(from.file)} became shorter after it was checked; check the files again`,
      );
    }
    return bytes;
  }

  /** Where an image is, and how many records its file has from there on. */
  private placeOf(image: number): { file: ImageFile; first: number; left: number } {
    let first = image;
    for (const file of this.list) {
      if (first < file.recordCount) return { file, first, left: file.recordCount - first };
      first -= file.recordCount;
    }
    throw new RangeError(`image ${image} is in none of the files`);
  }

  private open(file: ImageFile): number {
    try {
      return openSync(this.pathOf(file), 'r');
    } catch (thrown) {
      throw new RetryableError(
        `${this.pathOf(file)} cannot be read any more: ${coerceError(thrown).message}`,
      );
    }
  }

  private pathOf(file: ImageFile): string {
    return join(this.files.directory, file.name);
  }
}

/** How many images from `position` on follow one another in the file, at most `limit`. */
function neighboursFrom(images: Uint32Array, position: number, limit: number): number {
  let count = 1;
  while (count < limit && images[position + count] === images[position]! + count) count += 1;
  return count;
}
