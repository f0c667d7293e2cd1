/**
 * Decodes the one kind of PNG that the image package uses: 8-bit RGB, not interlaced (PNG specification, third
 * edition). Anything else is refused by name rather than decoded wrongly.
 */
import { crc32, inflateSync } from 'node:zlib';
import { TerminalError } from '@seedbed/contracts';

export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, pixels from the left, R, G, B: width × height × 3 bytes. */
  readonly pixels: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Bytes of a pixel: one for each of R, G, B. */
const PIXEL_BYTES = 3;
/** A forged header must not make us allocate without bound; the real images decode to 31 MB. */
const DECODED_BYTES_MAX = 256 * 1024 * 1024;

/** @throws TerminalError when the bytes are no such PNG, or are damaged */
export function decodePng(bytes: Buffer): RgbImage {
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new TerminalError('not a PNG file');
  let size: { width: number; height: number } | undefined;
  const compressed: Buffer[] = [];
  for (const chunk of chunksOf(bytes)) {
    if (chunk.type === 'IHDR') size = parseHeader(chunk.data);
    if (chunk.type === 'IDAT') compressed.push(chunk.data);
  }
  if (size === undefined) throw new TerminalError('the PNG has no header chunk');
  const rowBytes = size.width * PIXEL_BYTES;
  const expectedBytes = size.height * (1 + rowBytes);
  const filtered = inflate(Buffer.concat(compressed), expectedBytes);
  return { ...size, pixels: unfilter(filtered, rowBytes, size.height) };
}

function* chunksOf(bytes: Buffer): Generator<{ type: string; data: Buffer }> {
  // A chunk is length (4), type (4), data, CRC-32 of type and data (4).
  let offset = SIGNATURE.length;
  for (;;) {
    if (offset + 12 > bytes.length) throw new TerminalError('the PNG ends before its end chunk');
    const end = offset + 8 + bytes.readUInt32BE(offset);
    if (end + 4 > bytes.length) throw new TerminalError('the PNG ends inside a chunk');
    const type = bytes.toString('latin1', offset + 4, offset + 8);
    if (crc32(bytes.subarray(offset + 4, end)) !== bytes.readUInt32BE(end)) {
      throw new TerminalError(`the PNG's ${type} chunk is damaged: its CRC-32 does not match`);
    }
    yield { type, data: bytes.subarray(offset + 8, end) };
    if (type === 'IEND') return;
    offset = end + 4;
  }
}

function parseHeader(data: Buffer): { width: number; height: number } {
  if (data.length !== 13) throw new TerminalError(`the PNG header has ${data.length} bytes instead of 13`);
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [bitDepth, colourType, compression, filter, interlace] = data.subarray(8);
  if (bitDepth !== 8 || colourType !== 2 || compression !== 0 || filter !== 0 || interlace !== 0) {
    throw new TerminalError(
      `only 8-bit RGB PNGs without interlacing are read; this one has bit depth ${bitDepth}, ` +
        `colour type ${colourType}, interlace ${interlace}`,
    );
  }
  if (width === 0 || height === 0 || height * (1 + width * PIXEL_BYTES) > DECODED_BYTES_MAX) {
    throw new TerminalError(`a PNG of ${width} × ${height} pixels is not read`);
  }
  return { width, height };
}

function inflate(compressed: Buffer, expectedBytes: number): Buffer {
  let filtered: Buffer;
  try {
    filtered = inflateSync(compressed, { maxOutputLength: expectedBytes });
  } catch (error) {
    throw new TerminalError('the PNG image data cannot be decompressed', { cause: error });
  }
  if (filtered.length !== expectedBytes) {
    throw new TerminalError(`the PNG holds ${filtered.length} bytes of rows instead of ${expectedBytes}`);
  }
  return filtered;
}

/** Undoes the filter that each row names in its first byte (specification, section 9). */
function unfilter(filtered: Uint8Array, rowBytes: number, height: number): Uint8Array {
  const pixels = new Uint8Array(rowBytes * height);
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y += 1) {
    const start = y * (1 + rowBytes);
    const row = pixels.subarray(y * rowBytes, (y + 1) * rowBytes);
    row.set(filtered.subarray(start + 1, start + 1 + rowBytes));
    unfilterRow(filtered[start]!, row, above);
    above = row;
  }
  return pixels;
}

/** @param row filtered bytes, replaced by the pixels; @param above pixels of the row above, zeros for the first */
function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array): void {
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let x = PIXEL_BYTES; x < row.length; x += 1) row[x]! += row[x - PIXEL_BYTES]!;
      return;
    case 2:
      for (let x = 0; x < row.length; x += 1) row[x]! += above[x]!;
      return;
    case 3:
      for (let x = 0; x < row.length; x += 1) {
        const left = x < PIXEL_BYTES ? 0 : row[x - PIXEL_BYTES]!;
        row[x]! += (left + above[x]!) >> 1;
      }
      return;
    case 4:
      for (let x = 0; x < row.length; x += 1) {
        const inside = x >= PIXEL_BYTES;
        row[x]! += inside ? paeth(row[x - PIXEL_BYTES]!, above[x]!, above[x - PIXEL_BYTES]!) : above[x]!;
      }
      return;
    default:
      throw new TerminalError(`the PNG names filter ${filter}; filters are 0 to 4`);
  }
}

/** Of left, above and above-left, the one nearest to left + above − above-left; ties go in that order. */
function paeth(left: number, above: number, aboveLeft: number): number {
  const toLeft = Math.abs(above - aboveLeft);
  const toAbove = Math.abs(left - aboveLeft);
  const toAboveLeft = Math.abs(left + above - 2 * aboveLeft);
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}
