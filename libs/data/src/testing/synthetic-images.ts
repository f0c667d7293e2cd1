/** A small image set with the structure of CIFAR-10, so that tests need neither network nor half a gigabyte. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataSettings } from '@seedbed/contracts';
import { digestOf, type ImageFile, type ImageFileLayout } from '../layout.js';

export interface SyntheticImages {
  readonly layout: ImageFileLayout;
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** Two training files and a test file; every byte is a fixed function of its position. */
export function syntheticImages(
  options: { inputCount?: number; recordCount?: number } = {},
): SyntheticImages {
  const { inputCount = 12, recordCount = 7 } = options;
  const contents = new Map<string, Buffer>();
  const file = (name: string, salt: number): ImageFile => {
    const bytes = Buffer.alloc(recordCount * (1 + inputCount));
    for (let at = 0; at < bytes.length; at += 1) {
      const isLabel = at % (1 + inputCount) === 0;
      const mixed = Math.imul(at + salt, 2_654_435_761) >>> 24;
      bytes[at] = isLabel ? mixed % 10 : mixed;
    }
    contents.set(name, bytes);
    return { name, recordCount, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const trainFiles = [file('data_batch_1.bin', 1), file('data_batch_2.bin', 1_000)];
  const testFile = file('test_batch.bin', 2_000);
  return { layout: { name: 'cifar10', inputCount, classCount: 10, trainFiles, testFile }, contents };
}

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'seedbed-data-'));
}

export async function writeImages(images: SyntheticImages, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, bytes] of images.contents) await writeFile(join(directory, name), bytes);
}

/** The first `train` images to train on, the next `validation` ones to validate on, in file order. */
export function settingsFor(
  layout: ImageFileLayout,
  counts: { train: number; validation: number },
): DataSettings {
  return {
    set: 'cifar10',
    digest: digestOf(layout),
    train: { first: 0, count: counts.train },
    validation: { first: counts.train, count: counts.validation },
    order: { kind: 'file' },
  };
}
