/** The dashboard's files, read once: what is served is what was there at the start, and no request ever names a file. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Beside this app, in the repository as in the images. */
export const SITE_DIRECTORY = join(__dirname, '..', '..', '..', 'dashboard', 'dist', 'site');
/** The whole dashboard is 1.3 MB; more than this is something else. */
const SITE_BYTES_MAX = 16 * 1024 * 1024;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface SiteFile {
  readonly type: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly gzipped: Buffer;
}

export interface Site {
  readonly page: SiteFile;
  /** By name; each name holds a hash of its content. */
  readonly assets: ReadonlyMap<string, SiteFile>;
}

/** @returns null where the dashboard has not been built */
export async function readSite(directory: string): Promise<Site | null> {
  try {
    const page = await readSiteFile(join(directory, 'index.html'));
    const names = (await readdir(join(directory, 'assets'))).filter((name) => extname(name) in TYPES);
    const files = await Promise.all(names.map((name) => readSiteFile(join(directory, 'assets', name))));
    const bytes = files.reduce((sum, { body }) => sum + body.length, page.body.length);
    if (bytes > SITE_BYTES_MAX) throw new Error(`${directory} holds ${bytes} bytes, which is no dashboard`);
    return { page, assets: new Map(names.map((name, place) => [name, files[place]!])) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function readSiteFile(path: string): Promise<SiteFile> {
  const body = await readFile(path);
  return {
    type: TYPES[extname(path)]!,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    gzipped: await promisify(gzip)(body),
  };
}
