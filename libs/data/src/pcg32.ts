/**
 * PCG32 (M. O'Neill 2014, `pcg_setseq_64_xsh_rr_32`), the 32-bit generator behind data shuffles: small, published
 * with test vectors, and the same on every machine. Not for secrets.
 */
const MULTIPLIER = 6364136223846793005n;
/** Selects one of 2^63 sequences; 54 is the one of the author's demonstration, so that its output can be tested. */
const SEQUENCE = 54n;

export class Pcg32 {
  private state = 0n;
  private readonly increment = (SEQUENCE << 1n) | 1n;

  /** @param seed an integer from 0 */
  constructor(seed: number) {
    this.next();
    this.state += BigInt(seed);
    this.next();
  }

  /** An integer of [0, 2^32). */
  next(): number {
    const old = this.state;
    this.state = BigInt.asUintN(64, old * MULTIPLIER + this.increment);
    const xorShifted = Number(BigInt.asUintN(32, ((old >> 18n) ^ old) >> 27n));
    const rotation = Number(old >> 59n);
    return ((xorShifted >>> rotation) | (xorShifted << (-rotation & 31))) >>> 0;
  }

  /**
   * An integer of [0, bound), each equally likely: draws below 2^32 mod bound are rejected.
   *
   * @param bound 1 … 2^32
   */
  below(bound: number): number {
    const threshold = 2 ** 32 % bound;
    for (;;) {
      const draw = this.next();
      if (draw >= threshold) return draw % bound;
    }
  }
}

/** The numbers 0 … count − 1 in an order that the seed decides (Fisher–Yates from the end, Pcg32). */
export function shuffledIndices(count: number, seed: number): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  const generator = new Pcg32(seed);
  for (let remaining = count; remaining > 1; remaining -= 1) {
    const chosen = generator.below(remaining);
    const last = indices[remaining - 1]!;
    indices[remaining - 1] = indices[chosen]!;
    indices[chosen] = last;
  }
  return indices;
}
