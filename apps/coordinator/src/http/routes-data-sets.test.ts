/** Data sets by checksum: parts, caching, access, and nothing but what the data set lists. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSetSchema } from '@seedbed/contracts';
import type { ServedDataSet } from '@seedbed/data';
import { type HttpBench, createHttpBench } from '../testing/http-bench.js';
import { until } from '../testing/until.js';
import { FILES_AT_ONCE_MAX } from './routes-data-sets.js';

const DIGEST = 'd'.repeat(64);
/** Larger than what a socket takes without a reader. */
const bytes = Buffer.alloc(8_000_000, 'seedbed ');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const url = `/v1/data-sets/${DIGEST}/files/${sha256}`;

let directory: string;
let path: string;
let looks: number;
let served: ServedDataSet | null;
let http: HttpBench;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seedbed-shelf-'));
  path = join(directory, 'images.bin');
  await writeFile(path, bytes);
  await writeFile(join(directory, 'secret'), 'secret');
  const file = { name: 'images.bin', sha256, sizeBytes: bytes.length };
  served = {
    dataSet: { name: 'pictures', digest: DIGEST, files: [file] },
    file: (asked) => (asked === sha256 ? { sha256, sizeBytes: bytes.length, path } : undefined),
  };
  looks = 0;
  const findDataSet = () => Promise.resolve((looks += 1) > 0 ? served : null);
  http = await createHttpBench({ findDataSet });
});
afterEach(async () => {
  await http.app.close();
  await rm(directory, { recursive: true });
});

const get = async (address: string, headers: Record<string, string> = {}) =>
  await http.app.inject({ url: address, headers });

describe('GET /v1/data-sets/:dataSet', () => {
  it('tells files, sizes and checksums, by name and by digest', async () => {
    for (const key of ['pictures', DIGEST]) {
      const response = await get(`/v1/data-sets/${key}`);
      expect(response.statusCode).toBe(200);
      expect(dataSetSchema.parse(response.json())).toEqual(served?.dataSet);
    }
    expect(looks).toBe(1);
  });

  it('says what helps where the set is not here, and finds it when it has come', async () => {
    const here = served;
    served = null;
    const response = await get('/v1/data-sets/pictures');
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ detail: expect.stringContaining('seedbed data fetch') });
    served = here;
    expect((await get('/v1/data-sets/pictures')).statusCode).toBe(200);
    expect((await get('/v1/data-sets/others')).statusCode).toBe(404);
  });
});

describe('GET /v1/data-sets/:dataSet/files/:sha256', () => {
  it('sends the whole file with what resuming and caching need', async () => {
    const response = await get(url);
    expect(response.statusCode).toBe(200);
    expect(response.rawPayload.equals(bytes)).toBe(true);
    expect(response.headers).toMatchObject({
      etag: `"${sha256}"`,
      'accept-ranges': 'bytes',
      'content-length': String(bytes.length),
      'content-type': 'application/octet-stream',
      'cache-control': 'private, max-age=31536000, immutable',
    });
  });

  it('sends the part that is asked for, if it is of this file', async () => {
    const rest = await get(url, { range: 'bytes=7999992-', 'if-range': `"${sha256}"` });
    expect(rest.statusCode).toBe(206);
    expect(rest.payload).toBe('seedbed ');
    expect(rest.headers).toMatchObject({
      'content-range': 'bytes 7999992-7999999/8000000',
      'content-length': '8',
    });
    const other = await get(url, { range: 'bytes=7999992-', 'if-range': '"another"' });
    expect([other.statusCode, other.rawPayload.length]).toEqual([200, bytes.length]);
    const beyond = await get(url, { range: 'bytes=8000000-' });
    expect(beyond.statusCode).toBe(416);
    expect(beyond.headers).toMatchObject({ 'content-range': 'bytes */8000000', 'cache-control': 'no-store' });
  });

  it('answers HEAD and a repeated question without the bytes', async () => {
    const head = await http.app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.headers['content-length'], head.payload]).toEqual([200, '8000000', '']);
    const same = await get(url, { 'if-none-match': `"${sha256}"` });
    expect([same.statusCode, same.payload]).toEqual([304, '']);
    const post = await http.app.inject({ method: 'POST', url });
    expect([post.statusCode, post.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    `/v1/data-sets/${DIGEST}/files/secret`,
    `/v1/data-sets/${DIGEST}/files/images.bin`,
    `/v1/data-sets/${DIGEST}/files/..%2Fsecret`,
    `/v1/data-sets/${DIGEST}/files/${sha256}%2F..%2Fsecret`,
    `/v1/data-sets/${DIGEST}/files/%00`,
    `/v1/data-sets/${DIGEST}/files/${sha256.toUpperCase()}`,
    `/v1/data-sets/${DIGEST}/files/${'0'.repeat(64)}`,
    `/v1/data-sets/..%2F..%2Fetc/files/${sha256}`,
    `/v1/data-sets/__proto__/files/${sha256}`,
    `/v1/data-sets/../../etc/passwd`,
    `/v1/data-sets/%2e%2e%2f%2e%2e/files/${sha256}`,
  ])('serves nothing that the data set does not list: %s', async (address) => {
    const response = await get(address);
    expect([400, 404]).toContain(response.statusCode);
    expect(response.payload).not.toContain('secret"');
    expect(response.payload).not.toContain(directory);
  });

  it('needs the token', async () => {
    await http.app.close();
    http = await createHttpBench({ token: 'the-right-token-is-long', findDataSet: async () => served });
    for (const address of [url, `/v1/data-sets/${DIGEST}`]) {
      expect((await get(address)).statusCode).toBe(401);
      expect((await get(address, { authorization: 'Bearer a-wrong-token-of-length' })).statusCode).toBe(401);
      const authorization = 'Bearer the-right-token-is-long';
      expect((await get(address, { authorization })).statusCode).toBe(200);
    }
  });

  it('does not send a file that changed, and looks again', async () => {
    expect((await get(url)).statusCode).toBe(200);
    await appendFile(path, 'x');
    expect((await get(url)).statusCode).toBe(503);
    await rm(path);
    expect((await get(url)).statusCode).toBe(503);
    await writeFile(path, bytes);
    expect((await get(url)).statusCode).toBe(200);
    expect(looks).toBe(3);
  });

  it('sends a bounded number of files at once, and the place of one that is gone is free', async () => {
    await http.app.listen({ host: '127.0.0.1', port: 0 });
    if (!(http.app.server instanceof NetServer)) throw new TypeError('the server listens on a port');
    const { port } = http.app.server.address() as AddressInfo;
    const clients: ClientRequest[] = [];
    // Reads the head of the answer and nothing of its body.
    const ask = async (): Promise<IncomingMessage> => {
      const client = httpRequest({ host: '127.0.0.1', port, path: url, agent: false }).end();
      client.on('error', () => undefined);
      clients.push(client);
      const [response] = (await once(client, 'response')) as [IncomingMessage];
      return response;
    };
    for (let index = 0; index < FILES_AT_ONCE_MAX; index += 1) expect((await ask()).statusCode).toBe(200);
    const refused = await ask();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    expect((await get('/v1/health/live')).statusCode).toBe(200);
    clients[0]?.destroy();
    await until('a place is free', 5_000, async () => (await ask()).statusCode === 200);
    for (const client of clients) client.destroy();
  });
});
