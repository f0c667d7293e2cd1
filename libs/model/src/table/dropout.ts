/**
 * Which hidden units a step leaves out. Every number is a hash of seed, layer, step, unit and row: nothing is carried from
 * step to step or from network to network, so a run's masks depend on its own settings alone, in any company.
 */

/** A bijective mixer of 32 bits (C. Wellons, "Prospecting for Hash Functions", lowbias32). */
function mixed(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

export interface MaskPlace {
  readonly seed: number;
  readonly layer: number;
  readonly step: number;
}

/**
 * Numbers in [0, 2³²), one for each unit and row (units × rows, row-major): a unit is left out where its number is below
 * share · 2³². Networks of one seed and width share them, whatever their share.
 */
export function dropoutNumbers({ seed, layer, step }: MaskPlace, count: number): Uint32Array {
  const stream = mixed(mixed(mixed(seed) ^ (layer + 0x9e3779b9)) ^ step);
  const numbers = new Uint32Array(count);
  for (let index = 0; index < count; index++) numbers[index] = mixed(stream + Math.imul(index, 0x9e3779b1));
  return numbers;
}

/** Writes 1 / (1 − share) where a unit stays and 0 where it is left out. */
export function fillMask(target: Float32Array, numbers: Uint32Array, share: number): void {
  const threshold = share * 2 ** 32;
  const kept = 1 / (1 - share);
  for (let index = 0; index < target.length; index++) {
    target[index] = (numbers[index] ?? 0) < threshold ? 0 : kept;
  }
}
