/** TLS as two machines use it: a certificate of our own making, a front before a real server, and clients that pin it. */
import { coerceError, InputError, RetryableError, TerminalError } from '@seedbed/contracts';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer as createHttpsServer, get } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../conformance/until.js';
import { Connection } from '../connection.js';
import { QUEUE_DEFAULTS } from '../interfaces.js';
import { openBlockQueue } from '../block-queue.js';
import { blockOf } from '../conformance/test-data.js';
import { startThrowawayServer, type ThrowawayServer } from '../server-fixture.js';
import { ensureCertificate, type ServerCertificate } from './certificate.js';
import { connectPinned, pinnedAgent, pinnedFetch } from './pinned-connection.js';
import { startTlsFront, type TlsFront } from './tls-front.js';

let directory: string;
let certificate: ServerCertificate;
let server: ThrowawayServer;
let front: TlsFront;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seedbed-tls-'));
  certificate = await ensureCertificate(directory);
  server = await startThrowawayServer();
  const targetPort = Number(new URL(server.url).port);
  front = await startTlsFront({ host: '127.0.0.1', port: 0, targetPort, pem: certificate.pem });
});

afterAll(async () => {
  await front.close();
  await server.stop();
  await rm(directory, { recursive: true });
});

/** As the trainer's user, through the front. */
function urlThrough(scheme: string, query: string, port = front.port): string {
  const { username, password } = new URL(server.urls.trainer);
  return `${scheme}://${username}:${password}@127.0.0.1:${port}${query}`;
}

const open = (url: string) => Connection.open({ ...QUEUE_DEFAULTS, url, commandTimeoutMs: 3_000 });
const pinned = () => urlThrough('rediss', `?fingerprint=${certificate.fingerprint}`);

describe('the certificate', () => {
  it('is one that others understand: its own signature, its own key, valid, with a name', () => {
    const read = new X509Certificate(certificate.pem);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkPrivateKey(createPrivateKey(certificate.pem))).toBe(true);
    expect(read.subject).toBe('CN=Seedbed');
    expect(read.checkHost('seedbed')).toBe('seedbed');
    expect(Date.parse(read.validFrom)).toBe(Date.UTC(2000, 0, 1));
    expect(new Date(read.validTo).getUTCFullYear()).toBe(2099);
  });

  it('is private, made once even by two at a time, and another one elsewhere', async () => {
    expect((await stat(certificate.path)).mode & 0o777).toBe(0o600);
    const elsewhere = await mkdtemp(join(tmpdir(), 'seedbed-tls-'));
    const made = await Promise.all([1, 2, 3].map(() => ensureCertificate(elsewhere)));
    expect(new Set(made.map((one) => one.fingerprint)).size).toBe(1);
    expect(made[0]?.fingerprint).not.toBe(certificate.fingerprint);
    expect(await readdir(elsewhere)).toEqual(['certificate.pem']);
    await writeFile(join(elsewhere, 'certificate.pem'), 'nonsense');
    await expect(ensureCertificate(elsewhere)).rejects.toThrow(/holds no certificate.*remove it/);
    await rm(elsewhere, { recursive: true });
  });

  it('has serial numbers and keys that are encoded right, whatever their first bits are', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'seedbed-tls-'));
    for (let index = 0; index < 40; index += 1) {
      const { pem } = await ensureCertificate(join(elsewhere, String(index)));
      const read = new X509Certificate(pem);
      expect(read.verify(read.publicKey)).toBe(true);
    }
    await rm(elsewhere, { recursive: true });
  });
});

describe('the queue behind TLS', () => {
  it('is used through the front as without it, blocking commands included', async () => {
    const url = pinned();
    const queue = await openBlockQueue({ ...QUEUE_DEFAULTS, url });
    const waiting = queue.waitForWork(10_000, new AbortController().signal);
    await queue.add([blockOf(0)]);
    await waiting;
    const claimed = await queue.claim('token');
    expect(claimed?.job).toEqual(blockOf(0));
    if (claimed) expect(await queue.complete(claimed)).toBe('completed');
    await queue.close();
  });

  it('comes back after the front was away, and says so while it is', async () => {
    const targetPort = Number(new URL(server.url).port);
    const options = { host: '127.0.0.1', targetPort, pem: certificate.pem };
    const first = await startTlsFront({ ...options, port: 0 });
    const url = urlThrough('rediss', `?fingerprint=${certificate.fingerprint}`, first.port);
    const connection = await open(url);
    await first.close();
    await expect(connection.run('ping', (redis) => redis.ping())).rejects.toThrow(RetryableError);
    const second = await startTlsFront({ ...options, port: first.port });
    await until('it answers again', async () => {
      const pong = await connection.run('ping', (redis) => redis.ping()).catch(() => null);
      return pong === 'PONG';
    });
    await connection.close();
    await second.close();
  });

  it.each([
    ['without TLS', () => urlThrough('redis', ''), /speaks TLS only: use a rediss/],
    [
      'with another fingerprint',
      () => urlThrough('rediss', `?fingerprint=${'0'.repeat(64)}`),
      /another certificate/,
    ],
    ['with the authorities that Node knows', () => urlThrough('rediss', ''), /self-signed certificate/],
    ['with a wrong password', () => pinned().replace(/:[0-9a-f]+@/, ':wrong@'), /refused access/],
    ['as nobody', () => pinned().replace(/\/\/.*@/, '//'), /refused access|NOAUTH/],
  ])('refuses who comes %s, for good and with the reason', async (_how, url, reason) => {
    const error = await open(url()).then(() => null, coerceError);
    expect(error?.message).toMatch(reason);
    expect(error).toBeInstanceOf(TerminalError);
  });

  it('takes the authority in a file, and a file only of the right one', async () => {
    // The certificate has signed itself; it is made out to a name, not to this address.
    const error = await open(urlThrough('rediss', `?ca=${certificate.path}`)).then(() => null, coerceError);
    expect(error?.message).toMatch(/does not match certificate|altnames/i);
    await expect(open(urlThrough('rediss', '?ca=/none'))).rejects.toThrow(InputError);
  });

  it('ends both sides of a connection when one ends', async () => {
    const socket = await connectPinned({
      host: '127.0.0.1',
      port: front.port,
      fingerprint: certificate.fingerprint,
      timeoutMs: 3_000,
    });
    const raw = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
    const clients = async () => ((await raw.redis.client('LIST')) as string).trim().split('\n').length;
    const before = await clients();
    socket.destroy();
    await until('the server has one client less', async () => (await clients()) === before - 1);
    await raw.close();
  });

  it('says that a port is taken', async () => {
    const options = { host: '127.0.0.1', port: front.port, targetPort: 1, pem: certificate.pem };
    await expect(startTlsFront(options)).rejects.toThrow(/in use already/);
  });
});

describe('a pinned client', () => {
  let other: Server | null = null;
  afterEach(() => other?.close());

  async function listen(next: Server): Promise<number> {
    other = next;
    next.listen(0, '127.0.0.1');
    await once(next, 'listening');
    return (next.address() as AddressInfo).port;
  }
  const connect = (port: number, timeoutMs = 3_000) =>
    connectPinned({ host: '127.0.0.1', port, fingerprint: certificate.fingerprint, timeoutMs });

  it('tells who speaks no TLS, closes at once, or says nothing', async () => {
    const plain = await listen(createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    await expect(connect(plain)).rejects.toThrow(/does not speak TLS/);
    const silent = await listen(createServer(() => undefined));
    await expect(connect(silent, 100)).rejects.toThrow(/did not answer within 100 ms/);
  });

  it('sends an impostor nothing, not even the request', async () => {
    const stranger = await ensureCertificate(join(directory, 'stranger'));
    const requests: unknown[] = [];
    const https = createHttpsServer({ key: stranger.pem, cert: stranger.pem }, (asked, response) => {
      requests.push(asked.headers);
      response.end('stranger');
    });
    const port = await listen(https);
    const send = (fingerprint: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const agent = pinnedAgent(fingerprint, 3_000);
        const options = { agent, headers: { authorization: 'Bearer secret' } };
        get(`https://127.0.0.1:${port}/`, options, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).once('error', reject);
      });
    await expect(send(certificate.fingerprint)).rejects.toThrow(/another certificate/);
    expect(requests).toEqual([]);
    expect(await send(stranger.fingerprint)).toBe(200);
    const { signal } = new AbortController();
    const url = `https://127.0.0.1:${port}/`;
    const answer = await pinnedFetch(stranger.fingerprint, 3_000)(url, {
      headers: { range: 'bytes=0-' },
      signal,
    });
    expect([answer.status, await answer.text()]).toEqual([200, 'stranger']);
    expect(requests.at(-1)).toMatchObject({ range: 'bytes=0-' });
    await expect(pinnedFetch(certificate.fingerprint, 3_000)(url, { headers: {}, signal })).rejects.toThrow(
      /another certificate/,
    );
    expect(requests).toHaveLength(2);
    const insecure = request(`http://127.0.0.1:${port}/`);
    insecure.end();
    const [error] = (await once(insecure, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });
});
