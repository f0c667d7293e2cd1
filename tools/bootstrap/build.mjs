// Compiles the TypeScript projects and bundles the dashboard when a source, a setting or a tool has changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapFailure } from './failure.mjs';
import { runProcess } from './processes.mjs';
import { secondsSince } from './reporter.mjs';
import { checkoutStateDirectory } from './repository.mjs';
import { writeAtomically } from './state.mjs';

const BUILD_TIMEOUT_MS = 10 * 60_000;
/** The project that is bundled for browsers as well. */
const BUNDLED = join('apps', 'dashboard');

/**
 * @param {{root: string, environment: NodeJS.ProcessEnv, reporter: import('./reporter.mjs').Reporter}} context
 * @throws {BootstrapFailure} with the compiler's messages
 */
export async function build({ root, environment, reporter }) {
  const projects = projectDirectories(root);
  const digest = sourcesDigest(root, projects);
  const stampPath = join(checkoutStateDirectory(root), 'build.json');
  if (isBuilt(root, stampPath, digest, projects)) return;
  const startedAt = performance.now();
  reporter.update('build', 'compiling TypeScript');
  const run = async (/** @type {string[]} */ program) => {
    const [path = '', ...words] = program;
    const { exitCode, stdout, stderr } = await runProcess(
      process.execPath,
      [join(root, 'node_modules', path), ...words],
      { cwd: root, env: environment, timeoutMs: BUILD_TIMEOUT_MS },
    );
    if (exitCode === 0) return;
    throw new BootstrapFailure(
      `the build failed:\n${stdout.trim()}\n${stderr.trim()}`,
      'mend the errors above',
    );
  };
  // Side by side: the bundler reads sources, not what the compiler writes.
  await Promise.all([
    run([join('typescript', 'bin', 'tsc'), '-b', '--pretty', 'false']),
    run([join('vite', 'bin', 'vite.js'), 'build', '--config', join(root, BUNDLED, 'vite.config.mjs')]),
  ]);
  writeAtomically(stampPath, `${JSON.stringify({ digest })}\n`);
  reporter.line('build', `compiled in ${secondsSince(startedAt)}`);
}

/**
 * @param {string} root
 * @returns {string[]} absolute folders of the projects that the root configuration lists
 */
export function projectDirectories(root) {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.map((/** @type {{path: string}} */ reference) => join(root, reference.path));
}

/**
 * @param {string} root
 * @param {string} stampPath
 * @param {string} digest
 * @param {string[]} projects
 */
function isBuilt(root, stampPath, digest, projects) {
  if (!existsSync(stampPath) || JSON.parse(readFileSync(stampPath, 'utf8')).digest !== digest) return false;
  const results = projects.map((project) => join(project, 'dist', 'tsconfig.tsbuildinfo'));
  return [...results, join(root, BUNDLED, 'dist', 'site', 'index.html')].every((path) => existsSync(path));
}

/**
 * Everything that decides what the compiler writes: reading it all takes milliseconds, asking the compiler seconds.
 * @param {string} root
 * @param {string[]} projects
 */
function sourcesDigest(root, projects) {
  const hash = createHash('sha256');
  const names = [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.base.json',
    join(BUNDLED, 'vite.config.mjs'),
  ];
  const shared = names.map((name) => join(root, name));
  const own = projects.flatMap((project) => [
    join(project, 'package.json'),
    join(project, 'tsconfig.json'),
    ...sourceFiles(join(project, 'src')),
  ]);
  for (const path of [...shared, ...own]) hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

/** @param {string} directory */
function sourceFiles(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
