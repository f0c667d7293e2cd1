/** NumPy's .npy (format 1 to 3; numpy.lib.format): one array of numbers, of one or two axes, in C or Fortran order. */
import { InputError } from '@seedbed/contracts';

export interface NumberArray {
  readonly rows: number;
  readonly columns: number;
  /** Of the number in a row and a column. */
  at(row: number, column: number): number;
}

const MAGIC = '\u0093NUMPY';

/** Kind and size of a number → how it is read. 64-bit integers beyond 2^53 have no exact number here and are refused. */
const READERS: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number>> = {
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => exact(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => exact(view.getBigUint64(at, little)),
  b1: (view, at) => view.getUint8(at),
};

/** @throws InputError for what is no .npy file, and for arrays of other things than numbers */
export function readNpy(bytes: Uint8Array): NumberArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || new TextDecoder('latin1').decode(bytes.subarray(0, 6)) !== MAGIC) {
    throw unusable('it does not begin as one');
  }
  const isShort = bytes[6] === 1;
  const start = isShort ? 10 : 12;
  const end = start + (isShort ? view.getUint16(8, true) : view.getUint32(8, true));
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const descr = /'descr':\s*'([<>|=])([a-z])(\d+)'/.exec(header);
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  const isFortran = /'fortran_order':\s*True/.test(header);
  const kind = `${descr?.[2] ?? ''}${descr?.[3] ?? ''}`;
  const read = READERS[kind];
  if (descr === null || read === undefined || shape === undefined) {
    throw unusable(
      `its numbers are ${/'descr':\s*([^,]*)/.exec(header)?.[1] ?? 'unknown'}; use float32, float64 or integers`,
    );
  }
  const lengths = shape.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
  if (lengths.length < 1 || lengths.length > 2)
    throw unusable(`it has ${lengths.length} axes; reshape it to rows × columns`);
  const [rows = 0, columns = 1] = lengths;
  const size = Number(descr[3]);
  if (bytes.length < end + rows * columns * size) throw unusable('it is cut off');
  const isLittle = descr[1] !== '>';
  return {
    rows,
    columns,
    at: (row, column) =>
      read(view, end + size * (isFortran ? column * rows + row : row * columns + column), isLittle),
  };
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw unusable(`${value} is beyond 2^53`);
  return number;
}

function unusable(why: string): InputError {
  return new InputError([{ path: 'npy', message: `this is no array that can be used: ${why}` }]);
}
