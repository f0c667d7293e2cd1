/** The dashboard's files: open to anybody, never stale, and unable to run anything but themselves. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createHttpBench } from '../testing/http-bench.js';
import { readSite, type Site } from './dashboard-site.js';

let directory: string;
let site: Site;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seedbed-site-'));
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>Seedbed</title>');
  await writeFile(join(directory, 'assets', 'index-1a2b.js'), 'start();');
  await writeFile(join(directory, 'assets', 'secret.env'), 'not a part of a page');
  site = (await readSite(directory))!;
});

afterAll(() => rm(directory, { recursive: true }));

test.each(['/', '/sweeps', '/sweeps/some-sweep', '/launch', '/trainers'])('%s is the page', async (url) => {
  const { app } = await createHttpBench({ token: 'a-token-of-enough-length', site });
  const page = await app.inject({ url });
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers['cache-control']).toBe('no-cache');
  expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
  expect(page.headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/);
});

test('assets are kept for ever, and told from what is not there', async () => {
  const { app } = await createHttpBench({ site });
  const asset = await app.inject({
    url: '/assets/index-1a2b.js',
    headers: { host: 'localhost', 'accept-encoding': 'gzip' },
  });
  expect(asset.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': 'text/javascript; charset=utf-8',
  });
  expect(String(gunzipSync(asset.rawPayload))).toBe('start();');
  expect(asset.headers['cache-control']).toContain('immutable');
  const etag = String(asset.headers.etag);
  const again = await app.inject({ url: '/assets/index-1a2b.js', headers: { 'if-none-match': etag } });
  expect(again.statusCode).toBe(304);
  for (const name of ['none.js', 'secret.env', '..%2findex.html', '%2e%2e%2f%2e%2e%2fetc%2fpasswd']) {
    expect((await app.inject({ url: `/assets/${name}` })).statusCode).toBe(404);
  }
});

test('where it has not been built, that is what is said', async () => {
  const { app } = await createHttpBench();
  expect((await app.inject({ url: '/' })).json()).toMatchObject({ status: 404, title: 'No dashboard here' });
  expect(await readSite(join(directory, 'nowhere'))).toBeNull();
});
