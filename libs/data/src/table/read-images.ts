/** Labelled images in the two layouts that are in wide use: IDX (MNIST and its kin) and the records of CIFAR. */
import { InputError } from '@seedbed/contracts';
import type { NumberArray } from './read-npy.js';

/** Bytes with their axes: `00 00 08 <axes>`, each length as four bytes, big-endian; axes after the first are columns. */
export function readIdx(bytes: Uint8Array): NumberArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const axes = bytes[3] ?? 0;
  if (bytes.length < 4 + 4 * axes || bytes[0] !== 0 || bytes[1] !== 0 || axes < 1)
    throw unusable('IDX', 'it does not begin as one');
  if (bytes[2] !== 8) throw unusable('IDX', `its numbers are of type ${bytes[2]}; only bytes (8) are read`);
  const lengths = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const [rows = 0, ...rest] = lengths;
  const columns = rest.reduce((product, length) => product * length, 1);
  const first = 4 + 4 * axes;
  if (bytes.length !== first + rows * columns) throw unusable('IDX', 'its length is not that of its axes');
  return { rows, columns, at: (row, column) => bytes[first + row * columns + column]! };
}

/** Records of one label byte (the last one of several, as CIFAR-100 has them) and 3,072 pixels; column 0 is the label. */
export function readCifar(bytes: Uint8Array, labelBytes: 1 | 2): NumberArray {
  const recordBytes = labelBytes + 3 * 32 * 32;
  const rows = bytes.length / recordBytes;
  if (!Number.isInteger(rows) || rows === 0) {
    throw unusable('CIFAR', `${bytes.length} bytes are no whole number of records of ${recordBytes}`);
  }
  return {
    rows,
    columns: recordBytes - labelBytes + 1,
    at: (row, column) => bytes[row * recordBytes + labelBytes - 1 + column]!,
  };
}

function unusable(layout: string, why: string): InputError {
  return new InputError([{ path: 'file', message: `this is no ${layout} file that can be used: ${why}` }]);
}
