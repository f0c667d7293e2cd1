import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSecrets } from './generate-secrets.mjs';

/** @type {string} */
let overlay;
beforeEach(() => {
  overlay = mkdtempSync(join(tmpdir(), 'seedbed-overlay-'));
  writeFileSync(join(overlay, 'kustomization.yaml'), '');
});
afterEach(() => rmSync(overlay, { recursive: true }));

/** @param {string} name */
const read = (name) => readFileSync(join(overlay, 'secrets', name), 'utf8');

it('makes a token and a user for each role, readable by their owner only', () => {
  const paths = generateSecrets(overlay);
  for (const path of paths) expect(statSync(path).mode & 0o777).toBe(0o600);
  const tokenOf = (/** @type {string} */ name) =>
    new RegExp(`^${name}=([0-9a-f]{64})$`, 'm').exec(read('coordinator.env'))?.[1];
  const tokens = ['SEEDBED_TOKEN', 'SEEDBED_TRAINER_TOKEN', 'SEEDBED_OBSERVER_TOKEN'].map(tokenOf);
  expect(new Set(tokens).size).toBe(3);
  expect(read('trainer.env')).toContain(`SEEDBED_TOKEN=${tokens[1]}\n`);
  expect(read('scaler.env')).toBe(`token=${tokens[2]}\n`);
  const passwords = ['coordinator', 'trainer'].map((role) => {
    const url = new RegExp(`^REDIS_URL=redis://${role}:(\\w+)@seedbed-redis:6379$`, 'm');
    return url.exec(read(`${role}.env`))?.[1] ?? '';
  });
  expect(new Set(passwords).size).toBe(2);
  // The server needs to know them by their digests only.
  const users = read('users.acl');
  expect(users).toMatch(/^user default off/m);
  for (const password of passwords) expect(users).not.toContain(password);
});

it('replaces nothing unless told to', () => {
  generateSecrets(overlay);
  const before = read('coordinator.env');
  expect(() => generateSecrets(overlay)).toThrow('--rotate');
  expect(read('coordinator.env')).toBe(before);
  generateSecrets(overlay, { rotate: true });
  expect(read('coordinator.env')).not.toBe(before);
});

it('takes the addresses of a server elsewhere as they are', () => {
  const urls = { coordinator: 'rediss://a:b@redis.example:6380', trainer: 'rediss://c:d@redis.example:6380' };
  const paths = generateSecrets(overlay, { urls });
  expect(paths.filter((path) => path.endsWith('.acl'))).toEqual([]);
  expect(read('trainer.env')).toContain(`REDIS_URL=${urls.trainer}\n`);
});

it('takes such an address from a file, and never from the command line', () => {
  const url = 'rediss://a:b@redis.example:6380';
  const file = join(overlay, 'redis.url');
  writeFileSync(file, `${url}\n`, { mode: 0o600 });
  const run = (/** @type {string} */ given) =>
    spawnSync(
      process.execPath,
      [
        join(__dirname, 'generate-secrets.mjs'),
        overlay,
        '--coordinator-redis',
        given,
        '--trainer-redis',
        given,
      ],
      { encoding: 'utf8' },
    );
  const refused = run(url);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('@FILE');
  expect(refused.stderr).not.toContain(url);
  expect(run(`@${file}`)).toMatchObject({ status: 0, stderr: '' });
  expect(read('coordinator.env')).toContain(`REDIS_URL=${url}\n`);
});

it('writes to overlays only', () => {
  rmSync(join(overlay, 'kustomization.yaml'));
  expect(() => generateSecrets(overlay)).toThrow('is no overlay');
});
