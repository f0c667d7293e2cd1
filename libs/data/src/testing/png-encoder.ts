/** Encodes RGB images with a chosen filter for each row: the inverse of what the decoder must do, written apart. */
import { crc32, deflateSync } from 'node:zlib';

export interface EncodeOptions {
  readonly width: number;
  /** R, G, B of every pixel, row after row. */
  readonly pixels: Uint8Array;
  /** Filter of each row. */
  readonly filters: readonly number[];
  /** Bit depth, colour type, compression, filter method, interlace. @default [8, 2, 0, 0, 0] */
  readonly format?: readonly number[];
  /** Splits the image data over so many chunks. @default 1 */
  readonly dataChunks?: number;
}

export function encodePng(options: EncodeOptions): Buffer {
  const { width, pixels, filters, format = [8, 2, 0, 0, 0], dataChunks = 1 } = options;
  const rowBytes = width * 3;
  const at = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (pixels[y * rowBytes + x] ?? 0));
  const rows = filters.map((filter, y) => {
    const row = Buffer.alloc(1 + rowBytes);
    row[0] = filter;
    for (let x = 0; x < rowBytes; x += 1) {
      const [a, b, c] = [at(x - 3, y), at(x, y - 1), x < 3 ? 0 : at(x - 3, y - 1)];
      const predicted = [0, a, b, Math.floor((a + b) / 2), paeth(a, b, c)][filter] ?? 0;
      row[1 + x] = (at(x, y) - predicted + 256) % 256;
    }
    return row;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(filters.length, 4);
  header.set(format, 8);
  const data = deflateSync(Buffer.concat(rows));
  const part = Math.ceil(data.length / dataChunks);
  const parts = Array.from({ length: dataChunks }, (_, i) => data.subarray(i * part, (i + 1) * part));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...parts.map((bytes) => chunk('IDAT', bytes)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** As the specification spells it: the predictor nearest to p = a + b − c. */
function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
