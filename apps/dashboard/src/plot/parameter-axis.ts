/** Where values of a parameter stand along a plot: logarithmic where they span orders of magnitude, zero at a place of its own. */

/** Values that span more than this are easier to read on a logarithmic axis. */
const LOGARITHMIC_FROM = 50;
/** Share of the width that lies between zero, which has no logarithm, and the smallest positive value. */
const ZERO_GAP = 0.08;
const PADDING = 0.03;
const TICKS = 5;

export interface ParameterAxis {
  readonly isLogarithmic: boolean;
  /** 0 (left) … 1 (right). */
  positionOf(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly position: number }[];
}

/** @param values finite; at least one */
export function parameterAxis(values: readonly number[]): ParameterAxis {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const positive = values.filter((value) => value > 0);
  const smallest = Math.min(...positive);
  const isLogarithmic = low >= 0 && positive.length > 0 && high / smallest > LOGARITHMIC_FROM;
  if (!isLogarithmic) return linearAxis(low, high);
  return logarithmicAxis(smallest, high, low === 0);
}

function linearAxis(low: number, high: number): ParameterAxis {
  const span = high - low;
  const positionOf = (value: number): number =>
    span === 0 ? 0.5 : PADDING + ((value - low) / span) * (1 - 2 * PADDING);
  const ticks = span === 0 ? [low] : roundValues(low, high);
  return {
    isLogarithmic: false,
    positionOf,
    ticks: ticks.map((value) => ({ value, position: positionOf(value) })),
  };
}

function logarithmicAxis(low: number, high: number, hasZero: boolean): ParameterAxis {
  const left = PADDING + (hasZero ? ZERO_GAP : 0);
  // Differences of logarithms: a quotient of the smallest and the largest numbers would be infinite.
  const span = Math.log10(high) - Math.log10(low);
  const positionOf = (value: number): number =>
    value <= 0 ? PADDING : left + ((Math.log10(value) - Math.log10(low)) / span) * (1 - PADDING - left);
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / (TICKS + 2)));
  const powers = [];
  for (let exponent = first; exponent <= last; exponent += every) powers.push(Number(`1e${exponent}`));
  const values = [...(hasZero ? [0] : []), ...powers];
  return {
    isLogarithmic: true,
    positionOf,
    ticks: values.map((value) => ({ value, position: positionOf(value) })),
  };
}

/** Round values between two, about `TICKS` of them. */
export function roundValues(low: number, high: number): number[] {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const values = [];
  for (let count = Math.ceil(low / step - 1e-9); count * step <= high + step * 1e-9; count += 1) {
    values.push(Number((count * step).toPrecision(12)));
  }
  return values;
}
