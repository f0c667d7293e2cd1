/**
 * Sobol' points with nested uniform scrambling: the first 2^m points of one parameter fall one into each of 2^m equal cells,
 * and pairs of parameters are spread nearly as well, which independent draws are not.
 *
 * Direction numbers: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J.
 * Sci. Comput. 30 (2008), file new-joe-kuo-6.21201. Points in Gray-code order (Antonov and Saleev 1979), as SciPy gives
 * them. Scrambling: A. B. Owen, "Randomly permuted (t,m,s)-nets" (1995): whether a digit is flipped depends on the digits
 * before it, so cells are exchanged as wholes, each point becomes uniform, and a net stays a net.
 */

const BITS = 32;

/** Degree s, coefficients a of the primitive polynomial, initial direction numbers m, for dimensions 2 and up. */
const JOE_KUO: readonly (readonly [s: number, a: number, m: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
];

export const SOBOL_DIMENSIONS_MAX = JOE_KUO.length + 1;

/** The direction numbers of a dimension (from 0) as 32-bit fractions, the most significant first. */
export function directionNumbers(dimension: number): Uint32Array {
  const directions = new Uint32Array(BITS);
  if (dimension === 0) return directions.map((_, bit) => 2 ** (BITS - 1 - bit));
  const entry = JOE_KUO[dimension - 1];
  if (entry === undefined)
    throw new RangeError(`Sobol' points have at most ${SOBOL_DIMENSIONS_MAX} dimensions`);
  const [s, a, m] = entry;
  for (let bit = 0; bit < BITS; bit++) {
    if (bit < s) {
      directions[bit] = m[bit]! * 2 ** (BITS - 1 - bit);
      continue;
    }
    let value = directions[bit - s]! ^ (directions[bit - s]! >>> s);
    for (let k = 1; k < s; k++) if ((a >>> (s - 1 - k)) & 1) value ^= directions[bit - k]!;
    directions[bit] = value;
  }
  return directions;
}

/** The coordinate of a point as a 32-bit fraction, unscrambled. */
export function sobolFraction(directions: Uint32Array, index: number): number {
  let gray = index ^ (index >>> 1);
  let fraction = 0;
  for (let bit = 0; gray !== 0; bit++, gray >>>= 1) if (gray & 1) fraction ^= directions[bit]!;
  return fraction >>> 0;
}

/** Owen's scrambling: digit k is flipped as a hash of the key and the k digits before it says. */
export function scramble(fraction: number, key: number): number {
  let scrambled = 0;
  for (let digit = 0; digit < BITS; digit++) {
    const before = digit === 0 ? 0 : fraction >>> (BITS - digit);
    // A leading one keeps digits of different lengths apart.
    const node = before | (1 << digit);
    const flip = mix(node ^ key) & 1;
    const bit = (fraction >>> (BITS - 1 - digit)) & 1;
    scrambled = (scrambled << 1) | (bit ^ flip);
  }
  return scrambled >>> 0;
}

/** A hash of 32 bits in which every bit of the result depends on every bit given (C. Wellons's lowbias32, 2018). */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
