/** A data set of this machine as a coordinator serves it: by digest, its files by theirs. */
import { join } from 'node:path';
import { type DataSet } from '@seedbed/contracts';
import { cacheDirectory } from './cache-directory.js';
import { type EnsureOptions, findImageFiles } from './ensure.js';
import { CIFAR10, digestOf, fileBytesOf, filesOf, type ImageFileLayout } from './layout.js';
import { environmentSource } from './local-source.js';

export interface ServedFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly path: string;
}

export interface ServedDataSet {
  readonly dataSet: DataSet;
  /** Undefined where the data set has no such file. */
  file(sha256: string): ServedFile | undefined;
}

/** CIFAR-10, where it lies whole on this machine; null where it does not. @throws InputError as `ensureCifar10` */
export function servedCifar10(environment: NodeJS.ProcessEnv): Promise<ServedDataSet | null> {
  return servedDataSet(CIFAR10, {
    ...environmentSource(environment),
    cacheDirectory: cacheDirectory(environment),
  });
}

export async function servedDataSet(
  layout: ImageFileLayout,
  options: EnsureOptions,
): Promise<ServedDataSet | null> {
  const found = await findImageFiles(layout, options);
  if (found === null) return null;
  const files = new Map<string, ServedFile>();
  for (const file of filesOf(layout)) {
    const { sha256 } = file;
    files.set(sha256, {
      sha256,
      sizeBytes: fileBytesOf(layout, file),
      path: join(found.directory, file.name),
    });
  }
  return {
    dataSet: {
      name: layout.name,
      digest: digestOf(layout),
      files: filesOf(layout).map((file) => ({
        name: file.name,
        sha256: file.sha256,
        sizeBytes: fileBytesOf(layout, file),
      })),
    },
    file: (sha256) => files.get(sha256),
  };
}
