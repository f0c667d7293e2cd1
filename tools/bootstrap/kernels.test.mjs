// What happens on machines that lack something: each is a PATH of stand-ins that behave as the real programs do there.
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureKernels } from './kernels.mjs';
import { linkKernels } from './kernel-link.mjs';
import { createReporter } from './reporter.mjs';
import { ensureServer } from './server.mjs';

let directory = '';
let said = '';
let officialHost = '';
const refusingServer = createServer((_request, response) => response.writeHead(403).end());
beforeAll(async () => {
  await once(refusingServer.listen(0, '127.0.0.1'), 'listening');
  const address = refusingServer.address();
  if (typeof address === 'object' && address) officialHost = `http://127.0.0.1:${address.port}/`;
});
afterAll(() => refusingServer.close());

const packageDirectory = () => join(directory, 'node_modules', '@tensorflow', 'tfjs-node');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-kernels-'));
  said = '';
  mkdirSync(join(packageDirectory(), 'scripts'), { recursive: true });
  mkdirSync(join(directory, 'cache'));
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(packageDirectory(), 'package.json'), '{"version":"4.22.0"}');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** @param {string} name @param {string} script */
function addProgram(name, script) {
  const path = join(directory, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** @param {NodeJS.ProcessEnv} [settings] */
function context(settings = {}) {
  const write = (/** @type {string} */ text) => (said += text);
  const reporter = createReporter(/** @type {any} */ ({ write }));
  const environment = { PATH: join(directory, 'bin'), ...settings };
  return {
    root: directory,
    cacheDirectory: join(directory, 'cache'),
    environment,
    reporter,
    full: false,
    officialHost,
  };
}

const expectNoEntries = () =>
  expect(readdirSync(join(directory, 'cache')).filter((name) => name !== '.locks')).toEqual([]);

describe('native kernels that cannot be had', () => {
  test('without a compiler: said before anything is downloaded', async () => {
    addProgram('python3', `test "$3" = --version || echo "$@" >> ${directory}/calls`);
    const { backend, attempts } = await ensureKernels(context(), undefined);
    expect(backend).toMatchObject({ kind: 'wasm', reason: expect.stringContaining('no C++ compiler found') });
    expect(backend).toMatchObject({ remedy: expect.stringContaining('apt-get install g++') });
    expect(existsSync(join(directory, 'calls'))).toBe(false);
    expect(attempts.map(({ source, outcome }) => [source, outcome])).toEqual([
      ['wheel', 'failed'],
      ['official', 'failed'],
    ]);
    expect(said).toContain('WARNING: training will run on WebAssembly, about 20 times slower');
    expectNoEntries();
  });

  test('without both: names both', async () => {
    const { backend } = await ensureKernels(context(), undefined);
    expect(backend).toMatchObject({
      remedy: expect.stringMatching(/apt-get install g\+\+.*apt-get install python3-pip/),
    });
  });

  test('without pip: says so, and what to install', async () => {
    addProgram('g++', 'exit 0');
    addProgram('python3', 'echo "No module named pip" >&2; exit 1');
    const { backend } = await ensureKernels(context(), undefined);
    expect(backend).toMatchObject({ kind: 'wasm', reason: expect.stringContaining('no pip found') });
    expect(backend).toMatchObject({ remedy: expect.stringContaining('apt-get install python3-pip') });
    expectNoEntries();
  });

  test('without a network: pip is believed', async () => {
    addProgram('g++', 'exit 0');
    addProgram(
      'python3',
      'test "$3" = --version && exit 0; echo "ERROR: Temporary failure in name resolution" >&2; exit 1',
    );
    const { backend } = await ensureKernels(context(), undefined);
    expect(backend).toMatchObject({ kind: 'wasm', remedy: expect.stringContaining('no network') });
  });

  test('a wheel of other content is refused', async () => {
    addProgram('g++', 'exit 0');
    addProgram(
      'python3',
      'test "$3" = --version && exit 0; for a in "$@"; do case $a in --dest=*) echo evil > "${a#--dest=}/x.whl";; esac; done',
    );
    const { backend } = await ensureKernels(context(), undefined);
    expect(backend).toMatchObject({
      kind: 'wasm',
      reason: expect.stringMatching(/sha256 [0-9a-f]{64} instead of/),
    });
    expectNoEntries();
  });

  test("the package's own installer is only run when its host answers", async () => {
    writeFileSync(join(packageDirectory(), 'scripts', 'install.js'), 'throw new Error("must not run")');
    const { attempts } = await ensureKernels(context(), undefined);
    expect(attempts.at(-1)).toMatchObject({
      source: 'official',
      reason: expect.stringContaining('answers 403'),
    });
  });

  test('settings for the installer come first, and their failure is told', async () => {
    writeFileSync(
      join(packageDirectory(), 'scripts', 'install.js'),
      'console.error("Error: mirror " + process.env.TFJS_NODE_CDN_STORAGE + " is empty"); process.exit(1)',
    );
    const { attempts } = await ensureKernels(context({ TFJS_NODE_CDN_STORAGE: 'http://mirror/' }), undefined);
    expect(attempts[0]).toMatchObject({
      source: 'user',
      reason: expect.stringContaining('http://mirror/ is empty'),
    });
  });

  test('they can be declined', async () => {
    const { backend } = await ensureKernels(context({ SEEDBED_KERNELS: 'wasm' }), undefined);
    expect(backend).toMatchObject({ kind: 'wasm', reason: 'SEEDBED_KERNELS=wasm asks for it' });
  });
});

test('links into node_modules are made once, and again after a reinstallation', () => {
  const entry = join(directory, 'cache', 'kernels');
  mkdirSync(join(entry, 'lib', 'napi-v8'), { recursive: true });
  mkdirSync(join(entry, 'deps', 'lib'), { recursive: true });
  writeFileSync(join(entry, 'lib', 'napi-v8', 'tfjs_binding.node'), 'addon');
  const linked = join(packageDirectory(), 'lib', 'napi-v8', 'tfjs_binding.node');
  linkKernels(directory, entry);
  linkKernels(directory, entry);
  expect(existsSync(linked)).toBe(true);
  rmSync(join(packageDirectory(), 'lib'), { recursive: true });
  expect(linkKernels(directory, entry)).toBe(join(entry, 'lib', 'napi-v8', 'tfjs_binding.node'));
  expect(existsSync(linked)).toBe(true);
});

describe('a server program', () => {
  test('on PATH is used', async () => {
    const path = addProgram(
      'redis-server',
      'echo "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc bits=64"',
    );
    const { server } = await ensureServer(context());
    expect(server).toEqual({ kind: 'binary', source: 'path', path, flavour: 'redis', version: '7.0.15' });
  });

  test('that is too old is passed over, with the reason', async () => {
    addProgram('redis-server', 'echo "Redis server v=5.0.14 sha=00000000:0"');
    const { server, attempts } = await ensureServer(context());
    expect(server).toMatchObject({
      kind: 'missing',
      remedy: expect.stringContaining('apt-get install redis-server'),
    });
    expect(attempts[0]).toMatchObject({
      source: 'path',
      reason: expect.stringContaining('5.0.14; 6.2 or newer'),
    });
  });

  test('is not fetched when REDIS_URL names a server, which is not written down', async () => {
    const { server } = await ensureServer(context({ REDIS_URL: 'redis://:secret@host' }));
    expect(server).toEqual({ kind: 'url' });
    expect(said).not.toContain('secret');
  });
});
