/**
 * The tables of this machine: files by digest in the cache, and names for them. A name is what a sweep file says; a digest is
 * what a run's identity holds and what trainers ask for.
 *
 *   <cache>/tables/<digest>.table
 *   <cache>/tables/names/<name>.json   {"name", "digest"}
 */
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, nameSchema, sha256, sha256HexSchema } from '@seedbed/contracts';
import { z } from 'zod';
import { cacheDirectory } from '../cache-directory.js';
import type { ServedDataSet } from '../served-data-set.js';
import type { Table } from './table.js';
import { decodeHeader, encodeTable, type TableHeader } from './table-file.js';

export interface KeptTable {
  readonly name: string;
  readonly digest: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly header: TableHeader;
}

const entrySchema = z.strictObject({ name: nameSchema, digest: sha256HexSchema });
/** The header of a file is looked for in its first bytes, and read whole where it is longer. */
const HEADER_READ_BYTES = 1024 * 1024;

/** Where tables lie: the cache, and a volume that may be read-only. */
export function tableDirectories(environment: NodeJS.ProcessEnv): string[] {
  const volume = environment['SEEDBED_DATA_DIR'];
  return [...(volume ? [volume] : []), cacheDirectory(environment)].map((directory) =>
    join(directory, 'tables'),
  );
}

/**
 * Puts a table into the cache under its digest and gives it a name, in place of what had the name before.
 *
 * @returns what is kept now, and the digest that the name stood for before, null where it is new
 */
export async function keepTable(
  name: string,
  table: Table,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly kept: KeptTable; readonly before: string | null }> {
  requireName(name);
  const directory = join(cacheDirectory(environment), 'tables');
  const { bytes, digest } = encodeTable(table);
  const before = await entryOf(directory, name);
  await mkdir(join(directory, 'names'), { recursive: true });
  const path = tablePath(directory, digest);
  if ((await sizeOf(path)) !== bytes.length) await writeWhole(path, bytes);
  await writeWhole(namePath(directory, name), Buffer.from(`${JSON.stringify({ name, digest })}\n`));
  const kept = { name, digest, path, sizeBytes: bytes.length, header: decodeHeader(bytes) };
  return { kept, before: before?.digest ?? null };
}

/** By name or digest; null where no such table lies here. @throws InputError when its file is damaged */
export async function findTable(key: string, environment: NodeJS.ProcessEnv): Promise<KeptTable | null> {
  for (const directory of tableDirectories(environment)) {
    const entry = sha256HexSchema.safeParse(key).success
      ? { name: key.slice(0, 12), digest: key }
      : await entryOf(directory, key);
    if (entry === null) continue;
    const path = tablePath(directory, entry.digest);
    const sizeBytes = await sizeOf(path);
    if (sizeBytes === null) continue;
    return { ...entry, path, sizeBytes, header: await headerOf(path) };
  }
  return null;
}

/** All that have a name, by name. */
export async function listTables(environment: NodeJS.ProcessEnv): Promise<KeptTable[]> {
  const names = new Set<string>();
  for (const directory of tableDirectories(environment)) {
    for (const file of await readdir(join(directory, 'names')).catch(() => [])) {
      if (file.endsWith('.json')) names.add(file.slice(0, -'.json'.length));
    }
  }
  const tables: KeptTable[] = [];
  for (const name of [...names].sort()) {
    const found = nameSchema.safeParse(name).success ? await findTable(name, environment) : null;
    if (found !== null) tables.push(found);
  }
  return tables;
}

/** As a coordinator serves it: one file under the table's digest. */
export async function servedTable(
  key: string,
  environment: NodeJS.ProcessEnv,
): Promise<ServedDataSet | null> {
  const found = nameSchema.safeParse(key).success ? await findTable(key, environment) : null;
  if (found === null) return null;
  const { name, digest, path, sizeBytes } = found;
  const file = { sha256: digest, sizeBytes };
  return {
    dataSet: { name, digest, files: [{ name: `${digest}.table`, ...file }] },
    file: (sha) => (sha === digest ? { ...file, path } : undefined),
  };
}

/** Whether the file's bytes are those of its digest; reads all of them. */
export async function isWholeTable(path: string, digest: string): Promise<boolean> {
  const bytes = await readFile(path).catch(() => null);
  return bytes !== null && sha256(bytes) === digest;
}

export function tablePath(directory: string, digest: string): string {
  return join(directory, `${digest}.table`);
}

function namePath(directory: string, name: string): string {
  return join(directory, 'names', `${name}.json`);
}

function requireName(name: string): void {
  const parsed = nameSchema.safeParse(name);
  const message = parsed.error?.issues[0]?.message ?? 'is the name of the images; choose another';
  if (!parsed.success || name === 'cifar10' || sha256HexSchema.safeParse(name).success) {
    throw new InputError([{ path: 'name', message: `found "${name}"; ${message}` }]);
  }
}

async function entryOf(directory: string, name: string): Promise<z.infer<typeof entrySchema> | null> {
  if (!nameSchema.safeParse(name).success) return null;
  const text = await readFile(namePath(directory, name), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null;
}

async function headerOf(path: string): Promise<TableHeader> {
  const handle = await open(path, 'r');
  try {
    const start = Buffer.alloc(HEADER_READ_BYTES);
    const { bytesRead } = await handle.read(start, 0, HEADER_READ_BYTES, 0);
    const read = start.subarray(0, bytesRead);
    const length = bytesRead >= 12 ? 12 + read.readUInt32LE(8) : bytesRead;
    return decodeHeader(length <= bytesRead ? read : await readFile(path));
  } finally {
    await handle.close();
  }
}

/** The bytes reach the disk before the name does. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    try {
      await writeFile(handle, bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}
