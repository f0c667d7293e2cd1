import { createHash } from 'node:crypto';

/** Lower-case hex SHA-256 of bytes or of a string's UTF-8. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * JSON with object keys sorted and no white space: equal values give equal bytes. `undefined` members are dropped as in
 * JSON.stringify; NaN and infinities are refused because JSON would silently turn them into null.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`canonicalJson: ${value} has no JSON form; represent it explicitly`);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/**
 * The IEEE-754 bits of a number as 16 hex digits, so that an identity never depends on how a float is printed.
 * Negative zero is the same parameter as zero and gets its bits.
 */
export function float64Hex(value: number): string {
  scratch.setFloat64(0, value === 0 ? 0 : value);
  const high = scratch.getUint32(0).toString(16).padStart(8, '0');
  return high + scratch.getUint32(4).toString(16).padStart(8, '0');
}

/** Shared by all calls: a plan of 100,000 runs converts two million numbers. */
const scratch = new DataView(new ArrayBuffer(8));
