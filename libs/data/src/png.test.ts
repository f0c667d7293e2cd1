import { crc32 } from 'node:zlib';
import { decodePng } from './png.js';
import { encodePng } from './testing/png-encoder.js';

const WIDTH = 5;
const noise = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24);

describe('decodePng', () => {
  it.each([
    ['none', 0],
    ['sub', 1],
    ['up', 2],
    ['average', 3],
    ['paeth', 4],
  ])('undoes the filter %s on the first row and on later ones', (_, filter) => {
    const pixels = noise(WIDTH * 4 * 3);
    const image = decodePng(encodePng({ width: WIDTH, pixels, filters: [filter, filter, filter, filter] }));
    expect(image).toMatchObject({ width: WIDTH, height: 4 });
    expect(Buffer.from(image.pixels).equals(Buffer.from(pixels))).toBe(true);
  });

  it('undoes mixed filters with the data spread over several chunks', () => {
    const pixels = noise(WIDTH * 7 * 3);
    const image = decodePng(
      encodePng({ width: WIDTH, pixels, filters: [4, 3, 2, 1, 0, 4, 3], dataChunks: 3 }),
    );
    expect(Buffer.from(image.pixels).equals(Buffer.from(pixels))).toBe(true);
  });

  it.each([
    ['16 bits', [16, 2, 0, 0, 0], /bit depth 16/],
    ['a palette', [8, 3, 0, 0, 0], /colour type 3/],
    ['interlacing', [8, 2, 0, 0, 1], /interlace 1/],
  ])('refuses %s by name', (_, format, message) => {
    const png = encodePng({ width: 1, pixels: noise(3), filters: [0], format });
    expect(() => decodePng(png)).toThrow(message);
  });

  it('refuses a filter that does not exist', () => {
    expect(() => decodePng(encodePng({ width: 1, pixels: noise(3), filters: [5] }))).toThrow(/filter 5/);
  });

  it('notices a flipped bit, a cut end and another kind of file', () => {
    const png = encodePng({ width: 1, pixels: noise(3), filters: [0] });
    const flipped = Buffer.from(png);
    flipped[45]! ^= 1;
    expect(() => decodePng(flipped)).toThrow(/IDAT chunk is damaged/);
    expect(() => decodePng(png.subarray(0, png.length - 13))).toThrow(/ends inside a chunk/);
    expect(() => decodePng(png.subarray(0, png.length - 12))).toThrow(/ends before its end chunk/);
    expect(() => decodePng(Buffer.from('<html>'))).toThrow(/not a PNG/);
  });

  it('does not allocate what a forged header asks for', () => {
    const png = encodePng({ width: 1, pixels: noise(3), filters: [0] });
    png.writeUInt32BE(0x7fff_ffff, 16);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    expect(() => decodePng(png)).toThrow(/is not read/);
  });
});
