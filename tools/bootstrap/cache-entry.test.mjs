import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEntry, findEntry } from './cache-entry.mjs';
import { createReporter } from './reporter.mjs';

let cacheDirectory = '';
let said = '';
const reporter = createReporter(
  /** @type {any} */ ({ write: (/** @type {string} */ text) => (said += text) }),
);
beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'seedbed-cache-'));
  said = '';
});
afterEach(() => rmSync(cacheDirectory, { recursive: true }));

const request = (full = false) => ({ cacheDirectory, name: 'thing-1', part: 'thing', reporter, full });
let fetches = 0;
/** @param {string} directory */
const create = async (directory) => {
  fetches += 1;
  mkdirSync(join(directory, 'lib'));
  writeFileSync(join(directory, 'lib', 'content'), 'the right content');
  return { source: 'test' };
};
const contentPath = () => join(cacheDirectory, 'thing-1', 'lib', 'content');
beforeEach(() => {
  fetches = 0;
});

test('an entry is fetched once and then found', async () => {
  const first = await ensureEntry(request(), create);
  const second = await ensureEntry(request(), create);
  expect(first.created).toBe(true);
  expect(second).toEqual({ ...first, created: false });
  expect(second.info).toEqual({ source: 'test' });
  expect(fetches).toBe(1);
  expect(readdirSync(cacheDirectory).sort()).toEqual(['.locks', 'thing-1']);
});

/** @type {[string, () => void, string][]} */
const DAMAGES = [
  ['of another size', () => appendFileSync(contentPath(), '!'), 'has 18 bytes instead of 17'],
  ['missing', () => rmSync(contentPath()), 'lib/content is missing'],
  ['of other content', () => writeFileSync(contentPath(), 'the wrong content'), 'has changed content'],
  ['without a manifest', () => rmSync(join(cacheDirectory, 'thing-1', '.manifest.json')), 'half-written'],
];
test.each(DAMAGES)('a file that is %s is named and fetched again', async (_name, damage, problem) => {
  await ensureEntry(request(), create);
  damage();
  const repaired = await ensureEntry(request(), create);
  expect(said).toContain(`${join(cacheDirectory, 'thing-1')} is damaged`);
  expect(said).toContain(problem);
  expect(repaired.created).toBe(true);
  expect(readFileSync(contentPath(), 'utf8')).toBe('the right content');
});

test('damage that keeps size and time is found by the full check', async () => {
  const createOld = async (/** @type {string} */ directory) => {
    const info = await create(directory);
    utimesSync(join(directory, 'lib', 'content'), 1, 1);
    return info;
  };
  await ensureEntry(request(), createOld);
  writeFileSync(contentPath(), 'the wrong content');
  utimesSync(contentPath(), 1, 1);
  expect(await findEntry(request())).toBeDefined();
  expect(await findEntry(request(true))).toBeUndefined();
});

test('a copied cache has other times and is still good', async () => {
  await ensureEntry(request(), create);
  utimesSync(contentPath(), 1, 1);
  expect((await ensureEntry(request(), create)).created).toBe(false);
});

test('a half-written temporary folder is never used, and removed', async () => {
  const leftover = join(cacheDirectory, '.tmp-thing-1-of-someone-killed');
  mkdirSync(join(leftover, 'lib'), { recursive: true });
  writeFileSync(join(leftover, 'lib', 'content'), 'the ri');
  await ensureEntry(request(), create);
  expect(existsSync(leftover)).toBe(false);
  expect(readFileSync(contentPath(), 'utf8')).toBe('the right content');
});

test('a failed fetch leaves nothing behind', async () => {
  const failing = async (/** @type {string} */ directory) => {
    await create(directory);
    throw new Error('the line is down');
  };
  await expect(ensureEntry(request(), failing)).rejects.toThrow('the line is down');
  expect(readdirSync(cacheDirectory)).toEqual(['.locks']);
  expect((await ensureEntry(request(), create)).created).toBe(true);
});

/** A process that ensures the entry; its fetch writes to the log, says `fetching`, and goes on when told to. */
function startFetcher(/** @type {string} */ log) {
  const program = `
    const [{ ensureEntry }, { silentReporter }, fs, { once }] = await Promise.all([
      import(${JSON.stringify(join(__dirname, 'cache-entry.mjs'))}),
      import(${JSON.stringify(join(__dirname, 'reporter.mjs'))}),
      import('node:fs'), import('node:events')]);
    const reporter = { ...silentReporter(), line: (part, text) => console.log(text) };
    const entry = await ensureEntry({ cacheDirectory: ${JSON.stringify(cacheDirectory)}, name: 'thing-1', part: 'thing', reporter },
      async (directory) => {
        fs.appendFileSync(${JSON.stringify(log)}, 'fetch\\n');
        fs.writeFileSync(directory + '/half', 'half');
        console.log('fetching');
        await once(process.stdin, 'data');
        return {};
      });
    console.log('done ' + entry.created);
    process.exit(0);`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** @param {import('node:stream').Readable} stream @param {RegExp} pattern */
async function waitFor(stream, pattern) {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (pattern.test(text)) return text;
  }
  throw new Error(`the stream ended without ${pattern}: ${text}`);
}

test('two processes at once fetch once', async () => {
  const log = join(cacheDirectory, 'log');
  const first = startFetcher(log);
  await waitFor(first.stdout, /fetching/);
  const second = startFetcher(log);
  await waitFor(second.stdout, /waiting for process/);
  first.stdin.write('go\n');
  const [told] = await Promise.all([waitFor(second.stdout, /done/), once(first, 'close')]);
  expect(told).toContain('done false');
  expect(readFileSync(log, 'utf8')).toBe('fetch\n');
});

test.each(/** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGKILL']))(
  '%s during a fetch leaves nothing that is trusted',
  async (signal) => {
    const child = startFetcher(join(cacheDirectory, 'log'));
    await waitFor(child.stdout, /fetching/);
    child.kill(signal);
    await once(child, 'close');
    if (signal !== 'SIGKILL') expect(readdirSync(cacheDirectory).sort()).toEqual(['.locks', 'log']);
    expect(await findEntry(request())).toBeUndefined();
    expect((await ensureEntry(request(), create)).created).toBe(true);
    expect(readdirSync(join(cacheDirectory, 'thing-1')).sort()).toEqual(['.manifest.json', 'lib']);
  },
);
