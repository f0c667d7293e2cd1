/** How wide a trainer's packs are, in words. */
import type { Packing } from '@seedbed/contracts';
import { formatBytes, formatCount } from './format.js';

/** E.g. `up to 1,250 hidden units (measured: …), 1.2 GiB a child (peak 1.1 GiB)` */
export function packingInWords(packing: Omit<Packing, 'peakBytes'> & Partial<Packing>): string {
  const { runsMax, hiddenUnitsMax, reason, estimatedBytes, peakBytes } = packing;
  const peak = peakBytes == null ? '' : ` (peak so far ${formatBytes(peakBytes)})`;
  return (
    `up to ${formatCount(hiddenUnitsMax)} hidden units in ${formatCount(runsMax)} networks (${reason}); ` +
    `estimated ${formatBytes(estimatedBytes)} a child${peak}`
  );
}
