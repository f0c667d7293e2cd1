/** Which bytes of a file a request asks for (RFC 9110, 13.1.5 and 14). */
import type { IncomingHttpHeaders } from 'node:http';

export type ByteRange =
  | { readonly kind: 'whole' }
  /** Both inclusive, as in `Content-Range`. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: ByteRange = { kind: 'whole' };
const UNSATISFIABLE: ByteRange = { kind: 'unsatisfiable' };

/**
 * A header that is malformed or asks for several ranges is passed over, as the standard allows; so is one whose
 * `If-Range` names other content than the file's.
 *
 * @param file its strong ETag, quotes included, and its size
 */
export function byteRangeOf(
  headers: IncomingHttpHeaders,
  file: { readonly etag: string; readonly sizeBytes: number },
): ByteRange {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return WHOLE;
  if (headers['if-range'] !== undefined && headers['if-range'] !== file.etag) return WHOLE;
  const end = file.sizeBytes - 1;
  if (first === '') {
    const count = Math.min(Number(last), file.sizeBytes);
    return count === 0 ? UNSATISFIABLE : { kind: 'part', first: file.sizeBytes - count, last: end };
  }
  if (last !== '' && Number(last) < Number(first)) return WHOLE;
  if (Number(first) > end) return UNSATISFIABLE;
  return { kind: 'part', first: Number(first), last: last === '' ? end : Math.min(Number(last), end) };
}
