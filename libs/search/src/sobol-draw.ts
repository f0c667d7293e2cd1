/**
 * Parameter values from a scrambled Sobol' sequence, addressed by point index.
 *
 * A parameter's dimension is its place in PARAMETER_NAMES and its scrambling key the first 32 bits of
 * SHA-256("seedbed-sobol/<sampler seed>/<parameter>"), so a value depends neither on which other parameters are searched nor
 * on how many trials there are.
 */
import { type ParameterName, PARAMETER_NAMES, sha256 } from '@seedbed/contracts';
import { type DrawnSpec, type DrawStream, valueAtShare } from './random-draw.js';
import { directionNumbers, scramble, sobolFraction } from './sobol.js';

export interface SobolAddress {
  readonly samplerSeed: number;
  readonly name: ParameterName;
}

/** Gives the value of the next point at each call, from point 0. */
export function sobolStream({ samplerSeed, name }: SobolAddress, spec: DrawnSpec): DrawStream {
  const directions = directionNumbers(PARAMETER_NAMES.indexOf(name));
  const key = Number.parseInt(sha256(`seedbed-sobol/${samplerSeed}/${name}`).slice(0, 8), 16);
  let index = 0;
  return () => valueAtShare(name, spec, scramble(sobolFraction(directions, index++), key) / 2 ** 32);
}
