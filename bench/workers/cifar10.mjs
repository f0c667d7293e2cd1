// The data of a worker: a split of CIFAR-10 as the trainer's children load it.
import { CIFAR10_DIGEST, ensureCifar10, loadSplit } from '@seedbed/data';

/**
 * @typedef {{first: number, count: number}} Range
 * @typedef {{train: Range, validation: Range}} SplitSettings
 */

/**
 * @param {SplitSettings} ranges
 * @returns {import('@seedbed/contracts').DataSettings}
 */
export function dataSettingsOf({ train, validation }) {
  return { set: 'cifar10', digest: CIFAR10_DIGEST, train, validation, order: { kind: 'file' } };
}

/** @param {SplitSettings} ranges */
export async function loadCifar10(ranges) {
  return loadSplit(await ensureCifar10(), dataSettingsOf(ranges));
}
