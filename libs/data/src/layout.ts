/**
 * Which files hold a labelled image set and what is in them. A record is one label byte followed by the pixels as
 * channel planes; records have one size, so an image is found by arithmetic alone.
 */
import { sha256 } from '@seedbed/contracts';

/** One binary file of records. */
export interface ImageFile {
  readonly name: string;
  /** Lower-case hex SHA-256 of the whole file. */
  readonly sha256: string;
  readonly recordCount: number;
}

export interface ImageFileLayout {
  /** Names the folder in the cache and the set in `data.set` of the settings. */
  readonly name: string;
  /** Pixel bytes of a record. */
  readonly inputCount: number;
  /** Labels are 0 … classCount − 1. */
  readonly classCount: number;
  /** Images are counted from 0 over these files in this order. */
  readonly trainFiles: readonly ImageFile[];
  readonly testFile: ImageFile;
}

const cifar10File = (name: string, sha256: string): ImageFile => ({ name, sha256, recordCount: 10_000 });

/** The binary version of CIFAR-10 (Krizhevsky 2009): R, G and B planes of 32 × 32, rows from the top. */
export const CIFAR10: ImageFileLayout = {
  name: 'cifar10',
  inputCount: 3 * 32 * 32,
  classCount: 10,
  trainFiles: [
    cifar10File('data_batch_1.bin', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
    cifar10File('data_batch_2.bin', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
    cifar10File('data_batch_3.bin', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
    cifar10File('data_batch_4.bin', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
    cifar10File('data_batch_5.bin', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
  ],
  testFile: cifar10File('test_batch.bin', '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'),
};

/** `digestOf(CIFAR10)`, spelled out because it is part of every run's identity. */
export const CIFAR10_DIGEST = '9a5bcfec531a52ec23c8b757ae038db2a9db1b0c869b7da8543f4cd0cfb14034';

/** SHA-256 over the files' hex SHA-256s, training files in order, then the test file, without separators. */
export function digestOf(layout: ImageFileLayout): string {
  return sha256(
    filesOf(layout)
      .map((file) => file.sha256)
      .join(''),
  );
}

export function filesOf(layout: ImageFileLayout): readonly ImageFile[] {
  return [...layout.trainFiles, layout.testFile];
}

/** Bytes of one record: the label and the pixels. */
export function recordBytesOf(layout: ImageFileLayout): number {
  return 1 + layout.inputCount;
}

export function fileBytesOf(layout: ImageFileLayout, file: ImageFile): number {
  return file.recordCount * recordBytesOf(layout);
}

export function trainImageCountOf(layout: ImageFileLayout): number {
  return layout.trainFiles.reduce((total, file) => total + file.recordCount, 0);
}

/** Files of a layout that were found whole in one folder. */
export interface ImageFiles {
  readonly layout: ImageFileLayout;
  readonly directory: string;
}
export type Cifar10Files = ImageFiles;
