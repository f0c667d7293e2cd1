// `npm run release -- 0.2.0 [--dry-run]`: gives every package, the lock file, the version that results carry and the changelog the same
// number, then commits and tags. Nothing is published or pushed: images and tags go out by hand, after `npm test`.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMain, repositoryRoot } from './bootstrap/repository.mjs';

const VERSION = /^\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/;
const UNRELEASED = '## Unreleased';
const VERSION_SOURCE = join('libs', 'contracts', 'src', 'version.ts');

/**
 * @param {string} changelog
 * @param {{version: string, date: string}} release
 * @returns {string} the changelog with what was unreleased under the version, and an empty place for what comes next
 * @throws {Error} when there is nothing to release
 */
export function closeUnreleased(changelog, { version, date }) {
  const [before, rest] = changelog.split(`${UNRELEASED}\n`);
  if (before === undefined || rest === undefined)
    throw new Error(`CHANGELOG.md has no heading "${UNRELEASED}"`);
  const entries = rest.split(/^## /m)[0]?.trim() ?? '';
  if (entries === '') throw new Error(`CHANGELOG.md says nothing under "${UNRELEASED}"`);
  return `${before}${UNRELEASED}\n\n## ${version} (${date})\n${rest}`;
}

/**
 * @param {string} source of version.ts
 * @param {string} version
 * @throws {Error} when the version is not where it was
 */
export function withVersion(source, version) {
  const changed = source.replace(/(SEEDBED_VERSION = ')[^']+(')/, `$1${version}$2`);
  if (changed === source) throw new Error(`${VERSION_SOURCE} has no other SEEDBED_VERSION to change`);
  return changed;
}

/** @param {string} version @param {boolean} dryRun */
function release(version, dryRun) {
  const run = (/** @type {string} */ program, /** @type {string[]} */ words) =>
    execFileSync(program, words, {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
    });
  const status = execFileSync('git', ['status', '--porcelain'], { cwd: repositoryRoot, encoding: 'utf8' });
  if (status !== '' && !dryRun)
    throw new Error(`commit these first, so that the release holds nothing else:\n${status}`);
  const read = (/** @type {string} */ path) => readFileSync(join(repositoryRoot, path), 'utf8');
  const manifest = { ...JSON.parse(read('package.json')), version };
  const date = new Date().toISOString().slice(0, 10);
  /** @type {[path: string, text: string][]} */
  const files = [
    ['CHANGELOG.md', closeUnreleased(read('CHANGELOG.md'), { version, date })],
    [VERSION_SOURCE, withVersion(read(VERSION_SOURCE), version)],
    ['package.json', `${JSON.stringify(manifest, null, 2)}\n`],
  ];
  run('npx', ['nx', 'release', 'version', version, ...(dryRun ? ['--dry-run'] : [])]);
  if (dryRun) {
    process.stdout.write(`would change ${files.map(([path]) => path).join(', ')} and tag v${version}\n`);
    return;
  }
  for (const [path, text] of files) writeFileSync(join(repositoryRoot, path), text);
  run('npm', ['install', '--package-lock-only', '--ignore-scripts']);
  run('git', ['commit', '--all', '--quiet', '--message', `Release ${version}`]);
  run('git', ['tag', `v${version}`]);
}

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false } },
  });
  const [version = ''] = positionals;
  if (!VERSION.test(version)) {
    process.stderr.write(`"${version}" is no version; e.g. npm run release -- 0.2.0 --dry-run\n`);
    process.exitCode = 2;
  } else release(version, values['dry-run']);
}
