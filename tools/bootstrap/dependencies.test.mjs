import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { silentReporter } from './reporter.mjs';

let root = '';
const installedList = () => join(root, 'node_modules', '.package-lock.json');
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'seedbed-dependencies-'));
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

const LOCK = {
  packages: {
    '': {},
    'libs/a': { version: '0.1.0' },
    'node_modules/left': { version: '1.0.0', integrity: 'sha512-left' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-other', optional: true },
  },
};
const INSTALLED = { packages: { 'node_modules/left': LOCK.packages['node_modules/left'] } };

/** @param {string} path @param {unknown} value */
const writeJson = (path, value) => writeFileSync(path, JSON.stringify(value));

/** Runs with a stand-in for npm that counts its calls and installs what the lock file lists. */
async function runs(program = '') {
  const npm = join(root, 'npm.js');
  const calls = join(root, 'calls');
  writeFileSync(
    npm,
    `if (process.argv[2] === 'ping') process.exit(0);
    const fs = require('fs'); fs.appendFileSync(${JSON.stringify(calls)}, process.argv.slice(2).join(' ') + '\\n');${program}
    fs.writeFileSync(${JSON.stringify(installedList())}, ${JSON.stringify(JSON.stringify(INSTALLED))});`,
  );
  writeFileSync(calls, '');
  await ensureDependencies({ root, environment: { npm_execpath: npm }, reporter: silentReporter() });
  return readFileSync(calls, 'utf8').trim();
}

test('nothing installed: npm ci runs, once', async () => {
  writeJson(join(root, 'package-lock.json'), LOCK);
  expect(await runs()).toMatch(/^ci --ignore-scripts/);
  expect(await runs()).toBe('');
});

test('what somebody installed by themselves is accepted', async () => {
  writeJson(join(root, 'package-lock.json'), LOCK);
  writeJson(installedList(), INSTALLED);
  expect(await runs()).toBe('');
});

test('another version, or a changed lock file, is installed', async () => {
  writeJson(join(root, 'package-lock.json'), LOCK);
  writeJson(installedList(), {
    packages: { 'node_modules/left': { version: '0.9.0', integrity: 'sha512-old' } },
  });
  expect(await runs()).toMatch(/^ci /);
  const newer = { ...LOCK.packages, 'node_modules/right': { version: '1.0.0', integrity: 'sha512-right' } };
  writeJson(join(root, 'package-lock.json'), { packages: newer });
  expect(await runs()).toMatch(/^ci /);
});

test('a failure tells what npm said and what to do', async () => {
  writeJson(join(root, 'package-lock.json'), LOCK);
  const failing = "console.error('npm error code ENOTFOUND'); process.exit(1);";
  await expect(runs(failing)).rejects.toMatchObject({
    message: expect.stringContaining('npm error code ENOTFOUND'),
    remedy: expect.stringContaining('no network'),
  });
});
