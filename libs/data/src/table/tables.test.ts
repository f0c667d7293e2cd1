/** Tables from the files that people have, in the one form in which they are kept, and what refuses to be one. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, type TableDataSettings } from '@seedbed/contracts';
import fc from 'fast-check';
import { readCsv } from './read-csv.js';
import { readCifar, readIdx } from './read-images.js';
import { readNpy } from './read-npy.js';
import { readTable } from './read-source.js';
import { type Table, tableOf } from './table.js';
import { decodeTable, encodeTable } from './table-file.js';
import { tableFacts } from './table-facts.js';
import { loadTable, partsOf } from './table-rows.js';
import { findTable, keepTable, listTables, servedTable } from './table-shelf.js';

const HOUSES = `size,street,price\r
50,"Elm, north",100.5\r
70,Oak,150\r
60,Elm,120.25\r
90,"the ""old"" road",180\r
`;
const houses = (): Table => tableOf(readCsv(HOUSES));

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'seedbed-tables-'))));
afterEach(() => rm(directory, { recursive: true, force: true }));
const environment = () => ({ SEEDBED_CACHE: directory });

async function written(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(directory, name), content);
  return join(directory, name);
}

function npy(descr: string, shape: string, data: Uint8Array, fortran = false): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }\n`;
  const bytes = Buffer.alloc(10 + header.length + data.length);
  bytes.write('\u0093NUMPY\u0001\u0000', 'latin1');
  bytes.writeUInt16LE(header.length, 8);
  bytes.write(header, 10, 'latin1');
  bytes.set(data, 10 + header.length);
  return bytes;
}
const bytesOf = (array: Float32Array | Float64Array | Int32Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe('CSV', () => {
  it('has numbers, categories, quoted fields and either line end', () => {
    const { columns, rows, values } = houses();
    expect(columns).toEqual([
      { name: 'size', kind: 'number', classes: [50, 60, 70, 90] },
      { name: 'street', kind: 'category', texts: ['Elm', 'Elm, north', 'Oak', 'the "old" road'] },
      { name: 'price', kind: 'number' },
    ]);
    expect(rows).toBe(4);
    expect([...values]).toEqual([50, 1, 100.5, 70, 2, 150, 60, 0, 120.25, 90, 3, 180]);
  });

  it('finds semicolons and tabs by itself, and leaves columns out', () => {
    expect(readCsv('a;b;c\n1,5;2;x\n3;4;y', ['c']).map((column) => column.name)).toEqual(['a', 'b']);
    expect(tableOf(readCsv('\ufeffa\tb\n1\t2\n3\t4\n\n')).columns.map(({ name }) => name)).toEqual([
      'a',
      'b',
    ]);
  });

  it.each([
    ['a,b\n1,2\n3\n', 'line 3: has 1 fields where the header names 2 columns'],
    ['a,b\n1,2\n3,\n', 'line 3: column "b" is empty'],
    ['a,b\n1,2\nNA,3\n', 'line 3: column "a" is "NA": missing values are not filled in'],
    ['a,a\n1,2\n3,4\n', 'header: names two columns "a"'],
    ['a,b\n1,"2\n3,4\n', 'line 2: has a quotation mark that nothing closes'],
    ['a\n1\n', 'table: has 1 rows'],
    [`id\n${Array.from({ length: 300 }, (_, row) => `x${row}`).join('\n')}`, 'id: holds 300 different texts'],
    ['', 'line 1: is empty'],
  ])('refuses, case %#', (text, message) => {
    expect(() => tableOf(readCsv(text))).toThrow(message);
  });
});

describe('arrays of NumPy', () => {
  const numbers = Float64Array.of(1, 2.5, -3, 4, 5, 6);
  it('are read in either order and of several types', () => {
    const rows = (bytes: Uint8Array) => {
      const { rows: count, columns, at } = readNpy(bytes);
      return Array.from({ length: count }, (_, row) =>
        Array.from({ length: columns }, (__, column) => at(row, column)),
      );
    };
    expect(rows(npy('<f8', '3, 2', bytesOf(numbers)))).toEqual([
      [1, 2.5],
      [-3, 4],
      [5, 6],
    ]);
    expect(rows(npy('<f8', '2, 3', bytesOf(numbers), true))).toEqual([
      [1, -3, 5],
      [2.5, 4, 6],
    ]);
    expect(rows(npy('<i4', '2,', bytesOf(Int32Array.of(-7, 9))))).toEqual([[-7], [9]]);
  });
  it.each([
    [npy('<c8', '1, 1', new Uint8Array(8)), 'its numbers are'],
    [npy('<f8', '2, 2', new Uint8Array(8)), 'cut off'],
    [npy('<f8', '1, 1, 1', new Uint8Array(8)), '3 axes'],
    [new TextEncoder().encode('not an array at all'), 'does not begin as one'],
  ])('are refused otherwise (%#)', (bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(message);
  });
});

it('reads the layouts of MNIST and CIFAR, with labels', async () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 6);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 0);
  const table = await readTable({
    file: await written('t-images-idx3-ubyte', images),
    labels: await written('t-labels-idx1-ubyte', labels),
  });
  expect(table.columns.map(({ name }) => name)).toEqual(['label', 'p0', 'p1']);
  expect(table.values).toEqual(Uint8Array.of(1, 9, 8, 0, 7, 6));
  const record = (label: number) => [label, ...Array.from({ length: 3072 }, (_, pixel) => pixel % 256)];
  const cifar = readCifar(Uint8Array.from([...record(3), ...record(5)]), 1);
  expect([cifar.rows, cifar.columns, cifar.at(1, 0), cifar.at(1, 300)]).toEqual([2, 3073, 5, 43]);
  expect(() => readIdx(images.subarray(0, 18))).toThrow('its length');
  expect(() => readCifar(new Uint8Array(3072), 1)).toThrow('no whole number of records');
});

it('says which file is wrong, and how to name what cannot be told', async () => {
  await expect(readTable({ file: await written('x.csv', 'a,b\n1\n') })).rejects.toThrow(
    /x\.csv: line 2: has 1 fields/,
  );
  await expect(readTable({ file: await written('x.dat', 'a') })).rejects.toThrow('--layout csv|npy');
  await expect(readTable({ file: join(directory, 'none.csv') })).rejects.toThrow('cannot be read');
});

describe('the form in which tables are kept', () => {
  it('has the same bytes for the same table, wherever it came from', () => {
    const fromCsv = encodeTable(tableOf(readCsv('x0,x1\n1,2.5\n-3,4\n')));
    const fromNpy = readNpy(npy('<f8', '2, 2', bytesOf(Float64Array.of(1, 2.5, -3, 4))));
    const columns = [0, 1].map((column) => ({
      name: `x${column}`,
      numbers: [0, 1].map((row) => fromNpy.at(row, column)),
    }));
    expect(encodeTable(tableOf(columns)).digest).toBe(fromCsv.digest);
    expect(fromCsv.digest).toBe('94904dd34cfab7eea95ad4da4a7c4b04aea607b82cc39c7530aab9783b368c42');
  });

  it('gives back what went in', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('a', 'ü', '')),
          { minLength: 2, maxLength: 20 },
        ),
        (rows) => {
          const table = tableOf([
            { name: 'n', numbers: rows.map(([number]) => number) },
            { name: 't', texts: rows.map(([, text]) => text) },
          ]);
          expect(decodeTable(encodeTable(table).bytes)).toEqual(table);
        },
      ),
    );
  });

  it('refuses bytes that are cut off or another thing', () => {
    const { bytes } = encodeTable(houses());
    expect(() => decodeTable(bytes.subarray(0, bytes.length - 1))).toThrow('its length');
    expect(() => decodeTable(bytes.subarray(0, 20))).toThrow('cut off');
    expect(() => decodeTable(new Uint8Array(30))).toThrow('does not begin');
  });

  it('is found by name and by digest, served by checksum, and a name can be given to another table', async () => {
    const { kept, before } = await keepTable('houses', houses(), environment());
    expect(before).toBeNull();
    expect((await findTable('houses', environment()))?.digest).toBe(kept.digest);
    expect((await findTable(kept.digest, environment()))?.path).toBe(kept.path);
    const served = await servedTable('houses', environment());
    expect(served?.dataSet).toMatchObject({ name: 'houses', digest: kept.digest });
    expect(served?.file(kept.digest)?.sizeBytes).toBe((await readFile(kept.path)).length);
    expect(served?.file('0'.repeat(64))).toBeUndefined();
    const other = await keepTable('houses', tableOf(readCsv('a,b\n1,2\n3,4\n')), environment());
    expect(other.before).toBe(kept.digest);
    expect((await listTables(environment())).map(({ name, header }) => [name, header.rows])).toEqual([
      ['houses', 2],
    ]);
    await expect(keepTable('../x', houses(), environment())).rejects.toThrow(InputError);
    expect(await findTable('../x', environment())).toBeNull();
  });
});

describe('what is asked of a table', () => {
  const header = () => ({ storage: 'f8' as const, rows: 4, columns: houses().columns as never });
  it('counts inputs and classes', () => {
    expect(tableFacts('a'.repeat(64), header(), { target: 'price' })).toMatchObject({
      rows: 4,
      inputs: 5,
      outputs: 1,
    });
    expect(tableFacts('a'.repeat(64), header(), { target: 'street', features: ['size'] })).toMatchObject({
      inputs: 1,
      outputs: 4,
    });
    expect(tableFacts('a'.repeat(64), header(), { target: 'size', task: 'classification' }).outputs).toBe(4);
  });
  it.each([
    [
      { target: 'rent' },
      'data.target: found "rent", which is no column of the table; there are size, street, price',
    ],
    [{ target: 'price', features: ['sze'] }, 'data.features: found "sze"'],
    [{ target: 'street', task: 'regression' as const }, 'holds texts'],
    [{ target: 'price', task: 'classification' as const }, 'not whole'],
  ])('refuses %j', (question, message) => {
    expect(() => tableFacts('a'.repeat(64), header(), question)).toThrow(message);
  });
});

describe('the rows of a fold', () => {
  const table = tableOf([
    { name: 'a', numbers: Array.from({ length: 103 }, (_, row) => Math.sin(row)) },
    { name: 'same', numbers: Array.from({ length: 103 }, () => 7) },
    { name: 'kind', texts: Array.from({ length: 103 }, (_, row) => (row % 3 === 0 ? 'x' : 'y')) },
    { name: 'y', numbers: Array.from({ length: 103 }, (_, row) => 10 * row) },
  ]);
  const settings = (split: TableDataSettings['split']): TableDataSettings => ({
    ...{
      set: 'table',
      digest: 'a'.repeat(64),
      rows: 103,
      inputs: 4,
      outputs: 1,
      target: 'y',
      task: 'regression',
    },
    split,
  });

  it('of all folds make up all rows but those of the test, each once, and of another partition are other ones', () => {
    const split = { kind: 'folds', folds: 5, testShare: 0.1, dataSeed: 3 } as const;
    const parts = [0, 1, 2, 3, 4].map((fold) => partsOf(103, split, { partition: 0, fold }));
    const validated = parts.flatMap(({ validation }) => [...validation]);
    const { test } = parts[0]!;
    expect(new Set([...validated, ...test]).size).toBe(103);
    expect(validated.length + test.length).toBe(103);
    for (const part of parts) {
      expect([...part.test]).toEqual([...test]);
      expect(new Set([...part.train, ...part.validation, ...part.test]).size).toBe(103);
    }
    const other = partsOf(103, split, { partition: 1, fold: 0 });
    expect([...other.test]).toEqual([...test]);
    expect([...other.validation]).not.toEqual([...parts[0]!.validation]);
  });

  it('are standardised by the training part alone', () => {
    const fold = loadTable(
      table,
      settings({ kind: 'holdout', validationShare: 0.3, testShare: 0, dataSeed: 1 }),
    ).foldOf(1);
    expect([fold.train.count, fold.validation.count, fold.test]).toEqual([73, 30, null]);
    const column = (inputs: Float32Array, place: number) =>
      [...inputs].filter((_, index) => index % 4 === place);
    const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const place of [0, 2, 3]) {
      expect(meanOf(column(fold.train.inputs, place))).toBeCloseTo(0, 5);
      expect(meanOf(column(fold.train.inputs, place).map((value) => value ** 2))).toBeCloseTo(1, 4);
      expect(Math.abs(meanOf(column(fold.validation.inputs, place)))).toBeGreaterThan(1e-3);
    }
    expect(new Set(column(fold.train.inputs, 1))).toEqual(new Set([0]));
    expect(meanOf([...fold.train.targets])).toBeCloseTo(0, 5);
    expect(fold.targetScale).toBeGreaterThan(200);
  });

  it('come in another order every epoch, the same for the same epoch', () => {
    const fold = loadTable(
      table,
      settings({ kind: 'holdout', validationShare: 0.3, testShare: 0, dataSeed: 1 }),
    ).foldOf(1);
    expect([...fold.orderOf(0)]).toEqual([...fold.orderOf(0)]);
    expect([...fold.orderOf(0)]).not.toEqual([...fold.orderOf(1)]);
    expect([...fold.orderOf(1)].sort((a, b) => a - b)).toEqual(Array.from({ length: 73 }, (_, row) => row));
  });

  it('belong to a seed: five seeds are five folds, the sixth begins anew with other ones', () => {
    const loaded = loadTable(table, settings({ kind: 'folds', folds: 5, testShare: 0, dataSeed: 1 }));
    expect([1, 2, 5, 6, 7].map((seed) => loaded.foldKeyOf(seed))).toEqual([
      '0/0',
      '0/1',
      '0/4',
      '1/0',
      '1/1',
    ]);
  });

  it('are refused where the run was planned for another table', () => {
    const split = { kind: 'folds', folds: 5, testShare: 0, dataSeed: 1 } as const;
    expect(() => loadTable(table, { ...settings(split), rows: 104 })).toThrow('planned for 104');
  });
});
