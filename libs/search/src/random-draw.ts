/**
 * Independent draws of parameter values, addressed by trial index.
 *
 * The value of parameter p in trial i comes from its own xoroshiro128+ stream, whose 128 bits of state are the first
 * 128 bits of SHA-256("seedbed-draw/<sampler seed>/<parameter>/<trial index>"). So a draw depends on nothing else: neither
 * on other parameters, nor on how many trials there are, nor on the order of anything.
 */
import { type ParameterName, type ParameterSpec, sha256 } from '@seedbed/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { type RangeSpec } from './grid-values.js';
import { PARAMETER_DOMAINS } from './parameter-domain.js';

/** A parameter that random sampling varies. */
export type DrawnSpec = Extract<ParameterSpec, { values: number[] } | { min: number }>;

/** Gives the next value of the stream at each call. */
export type DrawStream = () => number;

export interface DrawAddress {
  readonly samplerSeed: number;
  readonly name: ParameterName;
  readonly trialIndex: number;
}

/**
 * A list: one of its values, all equally likely. A range: uniform on its scale; a whole-number parameter is uniform over
 * the whole numbers of the range, or on scale log the floor of a log-uniform number from min to below max + 1.
 */
export function drawStream(address: DrawAddress, spec: DrawnSpec): DrawStream {
  const key = sha256(`seedbed-draw/${address.samplerSeed}/${address.name}/${address.trialIndex}`);
  const word = (index: number) => Number.parseInt(key.slice(8 * index, 8 * index + 8), 16) | 0;
  const generator = xoroshiro128plusFromState([word(0), word(1), word(2), word(3)]);
  if ('values' in spec) return () => spec.values[uniformInt(generator, 0, spec.values.length - 1)]!;
  const isInteger = PARAMETER_DOMAINS[address.name].integer;
  if (isInteger && spec.scale === 'linear') return () => uniformInt(generator, spec.min, spec.max);
  return () => valueAtShare(address.name, spec, uniformFloat64(generator));
}

/**
 * The value at a share (0 … below 1) of a parameter's distribution: for a list the entry there, for a range as `drawStream`
 * draws it. Uniform shares give the same distribution as its draws.
 */
export function valueAtShare(name: ParameterName, spec: DrawnSpec, share: number): number {
  if ('values' in spec) return spec.values[Math.floor(share * spec.values.length)]!;
  if (!PARAMETER_DOMAINS[name].integer) return atShare(spec, share, spec.max);
  if (spec.scale === 'linear') return spec.min + Math.floor(share * (spec.max - spec.min + 1));
  return Math.min(spec.max, Math.floor(atShare(spec, share, spec.max + 1)));
}

/** The value at a share (0 … 1) of the way from min to `end` on the range's scale. */
function atShare(range: RangeSpec, share: number, end: number): number {
  const logMin = Math.log(range.min);
  const value =
    range.scale === 'linear'
      ? range.min + (end - range.min) * share
      : Math.exp(logMin + (Math.log(end) - logMin) * share);
  return Math.min(end, Math.max(range.min, value));
}
