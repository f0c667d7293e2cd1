/** Whether the data set is there and whole. Reads it, fetches nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { coerceError } from '@seedbed/contracts';
import { cacheDirectory, CIFAR10, CIFAR10_DIGEST, ensureCifar10 } from '@seedbed/data';
import { type Finding, ok, problem, warning } from './finding.js';

export async function checkData(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Finding> {
  const cache = cacheDirectory(environment);
  const source = environment['SEEDBED_CIFAR10'] ?? '';
  const directory = join(cache, CIFAR10.name);
  const remedy = 'run `seedbed data fetch`; the first training fetches it too (about 160 MB)';
  if (source === '' && !existsSync(directory)) {
    return warning('data', `CIFAR-10 is not in ${directory} yet`, remedy, { directory, ready: false });
  }
  try {
    const files = await ensureCifar10({ cacheDirectory: cache, source, downloads: [], signal });
    return ok('data', `CIFAR-10 is whole in ${files.directory}`, {
      ...files,
      ready: true,
      digest: CIFAR10_DIGEST,
    });
  } catch (thrown: unknown) {
    signal.throwIfAborted();
    const detail = coerceError(thrown).message.split('\n')[0] ?? 'it cannot be read';
    const facts = { directory, ready: false };
    if (source !== '') return problem('data', detail, 'correct or unset SEEDBED_CIFAR10', facts);
    return warning('data', detail, remedy, facts);
  }
}
