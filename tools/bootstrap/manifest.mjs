// What a cache entry must contain, byte for byte. Written last, so an entry without one is half-written.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { closeSync, fsyncSync, readdirSync, renameSync } from 'node:fs';
import { join, relative } from 'node:path';

const MANIFEST_NAME = '.manifest.json';

/**
 * @typedef {{path: string, size: number, mtimeMs: number, sha256: string}} ManifestFile
 * @typedef {{path: string, target: string}} ManifestLink
 * @typedef {object} Manifest
 * @property {1} schemaVersion
 * @property {string} createdAt ISO 8601
 * @property {Record<string, string>} info what the creator wants to be known: versions, source
 * @property {ManifestFile[]} files
 * @property {ManifestLink[]} links
 *
 * @typedef {{status: 'ok', manifest: Manifest} | {status: 'missing'} | {status: 'damaged', problem: string}} EntryCheck
 */

/**
 * Measures a finished folder, makes sure that it is on the disk, and writes its manifest.
 * @param {string} directory
 * @param {Record<string, string>} info
 * @returns {Promise<Manifest>}
 */
export async function writeManifest(directory, info) {
  /** @type {Manifest} */
  const manifest = { schemaVersion: 1, createdAt: new Date().toISOString(), info, files: [], links: [] };
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    const path = relative(directory, full);
    if (entry.isSymbolicLink()) manifest.links.push({ path, target: readlinkSync(full) });
    else if (entry.isFile()) {
      // After a power cut a renamed folder may otherwise hold files of the right size, full of zeros.
      flushToDisk(full);
      const { size, mtimeMs } = lstatSync(full);
      manifest.files.push({ path, size, mtimeMs, sha256: await sha256OfFile(full) });
    }
  }
  writeManifestFile(directory, manifest);
  return manifest;
}

/**
 * Compares a folder with its manifest: by size and time of change, and by content where the time differs or when asked.
 * @param {string} directory
 * @param {{full?: boolean}} [options] full: read every byte
 * @returns {Promise<EntryCheck>}
 */
export async function checkEntry(directory, options = {}) {
  if (!existsSync(directory)) return { status: 'missing' };
  const manifest = readManifest(directory);
  if (!manifest) return { status: 'damaged', problem: 'it has no readable manifest (half-written)' };
  for (const link of manifest.links) {
    const problem = checkLink(directory, link);
    if (problem) return { status: 'damaged', problem };
  }
  let touched = false;
  for (const file of manifest.files) {
    const stats = lstatSync(join(directory, file.path), { throwIfNoEntry: false });
    if (!stats?.isFile()) return { status: 'damaged', problem: `${file.path} is missing` };
    if (stats.size !== file.size) {
      return { status: 'damaged', problem: `${file.path} has ${stats.size} bytes instead of ${file.size}` };
    }
    if (!options.full && stats.mtimeMs === file.mtimeMs) continue;
    const sha256 = await sha256OfFile(join(directory, file.path));
    if (sha256 !== file.sha256)
      return { status: 'damaged', problem: `${file.path} has changed content (sha256 ${sha256})` };
    if (stats.mtimeMs !== file.mtimeMs) touched = true;
    file.mtimeMs = stats.mtimeMs;
  }
  if (touched) rememberTimes(directory, manifest);
  return { status: 'ok', manifest };
}

/**
 * @param {string} path
 * @returns {Promise<string>} lower-case hexadecimal
 */
export async function sha256OfFile(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * @param {string} directory
 * @param {ManifestLink} link
 * @returns {string | undefined}
 */
function checkLink(directory, link) {
  const full = join(directory, link.path);
  const stats = lstatSync(full, { throwIfNoEntry: false });
  if (!stats) return `${link.path} is missing`;
  return stats.isSymbolicLink() && readlinkSync(full) === link.target
    ? undefined
    : `${link.path} is not a link to ${link.target}`;
}

/**
 * @param {string} directory
 * @returns {Manifest | undefined}
 */
function readManifest(directory) {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, MANIFEST_NAME), 'utf8'));
    return manifest?.schemaVersion === 1 && Array.isArray(manifest.files) && Array.isArray(manifest.links)
      ? manifest
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A copied cache has new times and the same bytes: remember, or every start would read them all again.
 * @param {string} directory
 * @param {Manifest} manifest
 */
function rememberTimes(directory, manifest) {
  try {
    writeManifestFile(directory, manifest);
  } catch {
    // A read-only cache works too, only slower.
  }
}

/**
 * @param {string} directory
 * @param {Manifest} manifest
 */
function writeManifestFile(directory, manifest) {
  const temporary = join(directory, `${MANIFEST_NAME}.${process.pid}`);
  writeFileSync(temporary, `${JSON.stringify(manifest, undefined, 1)}\n`);
  flushToDisk(temporary);
  renameSync(temporary, join(directory, MANIFEST_NAME));
}

/** @param {string} path */
function flushToDisk(path) {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
