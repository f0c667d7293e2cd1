// A cache entry is a folder that is either complete or not there: it is filled beside its place, described by a
// manifest and renamed into place in one step, by one process at a time.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from './lock.mjs';
import { checkEntry, writeManifest } from './manifest.mjs';
import { undoOnExit } from './processes.mjs';

/**
 * @typedef {object} EntryRequest
 * @property {string} cacheDirectory
 * @property {string} name names the content: two entries with one name hold the same
 * @property {string} part the word before the reporter's lines
 * @property {import('./reporter.mjs').Reporter} reporter
 * @property {boolean} [full] read every byte instead of trusting sizes and times
 *
 * @typedef {{directory: string, info: Record<string, string>, createdAt: string, created: boolean}} Entry
 */

/**
 * @param {EntryRequest} request
 * @returns {Promise<Entry | undefined>} undefined when there is none that can be trusted; a damaged one is named
 */
export async function findEntry(request) {
  const directory = join(request.cacheDirectory, request.name);
  const check = await checkEntry(directory, { full: request.full ?? false });
  if (check.status === 'ok') {
    const { info, createdAt } = check.manifest;
    return { directory, info, createdAt, created: false };
  }
  if (check.status === 'damaged') {
    request.reporter.line(request.part, `${directory} is damaged: ${check.problem}; it will be replaced`);
  }
  return undefined;
}

/**
 * @param {EntryRequest} request
 * @param {(directory: string) => Promise<Record<string, string>>} create fills an empty folder, answers with the info
 * @returns {Promise<Entry>}
 */
export async function ensureEntry(request, create) {
  const { cacheDirectory, name, part, reporter } = request;
  const found = await findEntry(request);
  if (found) return found;
  const release = await acquireLock(join(cacheDirectory, '.locks', `${name}.lock`), (owner) =>
    reporter.line(part, `waiting for process ${owner.pid}, which is getting ${name}`),
  );
  try {
    const made = await findEntry({ ...request, reporter: { ...reporter, line: () => undefined } });
    return made ?? (await createEntry(request, create));
  } finally {
    release();
  }
}

/**
 * Only ever called by the owner of the entry's lock, so temporary folders of the same entry are leftovers.
 * @param {EntryRequest} request
 * @param {(directory: string) => Promise<Record<string, string>>} create
 * @returns {Promise<Entry>}
 */
async function createEntry({ cacheDirectory, name }, create) {
  const prefix = `.tmp-${name}-`;
  for (const leftover of readdirSync(cacheDirectory)) {
    if (leftover.startsWith(prefix)) rmSync(join(cacheDirectory, leftover), { recursive: true, force: true });
  }
  const directory = join(cacheDirectory, name);
  const temporary = join(cacheDirectory, `${prefix}${randomUUID()}`);
  const remove = () => rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const moot = undoOnExit(remove);
  try {
    const info = await create(temporary);
    const manifest = await writeManifest(temporary, info);
    // What is damaged may be in use: moved away first, it stays readable to those who have it open.
    removeInOneStep(directory, join(cacheDirectory, `${prefix}old`));
    renameSync(temporary, directory);
    return { directory, info, createdAt: manifest.createdAt, created: true };
  } catch (error) {
    remove();
    throw error;
  } finally {
    moot();
  }
}

/**
 * @param {string} directory
 * @param {string} aside
 */
function removeInOneStep(directory, aside) {
  try {
    renameSync(directory, aside);
  } catch {
    return;
  }
  rmSync(aside, { recursive: true, force: true });
}
