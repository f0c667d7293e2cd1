// Style that no linter knows, as a check of the files that git tracks (or would, were they added).
// By itself: `node tools/tidy.mjs` prints the problems; tidy.test.mjs runs it with the tests.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isMain, repositoryRoot } from './bootstrap/repository.mjs';

const LINES_MAX = 400;
/** Tests are tables of cases more often than not. */
const TEST_LINES_MAX = 500;
const BYTES_MAX = 1_000_000;
/**
 * Files that may be longer than that, each with its present length: it may shrink, and must not grow.
 * @type {Record<string, number>}
 */
const LONG_FILES = {};

const CODE = /\.(ts|tsx|mts|cts|js|mjs|cjs|sh|lua)$/;
const TEST = /\.test\.(ts|tsx|mjs)$/;
const GRAB_BAG_NAME = /^(utils?|common|helpers?)$/i;
// Spelt apart, so that this file does not find itself.
const UNFINISHED = new RegExp(`\\b(${['FIX' + 'ME', 'TO' + 'DO', 'XX' + 'X'].join('|')})\\b`);
const ONLY = new RegExp('\\b(test|it|describe)' + '\\.only\\b|\\b(fit|fdescribe)\\(');
const SLEEP = new RegExp("setTimeout\\(\\s*(resolve|done|r)\\b|from 'node:timers/" + "promises'|\\bsleep\\(");
const WORKPLACE = new RegExp('/wo' + 'rk/');
const REGISTRY_HOST = /"resolved": "https?:/;
const MARKDOWN_LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

/**
 * @typedef {{path: string, text: string, bytes: number}} TrackedFile
 * @typedef {(file: TrackedFile, exists: (path: string) => boolean) => (string | undefined)[]} Rule
 */

/** @type {Rule[]} */
const RULES = [
  ({ bytes }) => [bytes > BYTES_MAX ? `has ${bytes} bytes; at most ${BYTES_MAX} are kept in git` : undefined],
  (file) => (CODE.test(file.path) ? [tooLong(file)] : []),
  ({ path }) =>
    path
      .split('/')
      .filter(isGrabBag)
      .map((name) => `is named ${name}: name it for what it holds`),
  (file) => [finding(file, UNFINISHED, 'is left unfinished')],
  (file) => [finding(file, WORKPLACE, "names a folder of somebody's machine")],
  (file) => (TEST.test(file.path) ? [finding(file, ONLY, 'runs one test and hides the others')] : []),
  (file) => (TEST.test(file.path) ? [finding(file, SLEEP, 'sleeps: wait for what must happen')] : []),
  (file, exists) => (file.path.endsWith('.md') ? brokenLinks(file, exists) : []),
  (file) =>
    file.path === 'package-lock.json' ? [finding(file, REGISTRY_HOST, 'names a registry host')] : [],
  (file) => (file.path === 'package-lock.json' ? missingOptionalPackages(file) : []),
];

/**
 * @param {TrackedFile[]} files
 * @param {(path: string) => boolean} exists relative to the root
 * @returns {string[]} one sentence a problem, each beginning with the path
 */
export function findProblems(files, exists) {
  return files.flatMap((file) =>
    RULES.flatMap((rule) => rule(file, exists))
      .filter((problem) => problem !== undefined)
      .map((problem) => `${file.path} ${problem}`),
  );
}

/**
 * `npm ci` refuses a lock that lacks an optional package, also one of another platform. That happens when a registry does
 * not have the newest version's package for each platform yet: choose a version that is complete, by `overrides`.
 *
 * @param {TrackedFile} file
 * @returns {string[]}
 */
function missingOptionalPackages({ text }) {
  /** @type {Record<string, {optionalDependencies?: Record<string, string>}>} */
  const packages = JSON.parse(text).packages ?? {};
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      )
      .map((name) => `lacks ${name}, an optional package of ${path}: npm ci will refuse it`),
  );
}

/** @returns {TrackedFile[]} tracked and new files that are not ignored; binary ones have no text */
export function readTrackedFiles() {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const paths = list.split('\0').filter((path) => path !== '' && existsSync(join(repositoryRoot, path)));
  return paths.map((path) => {
    const content = readFileSync(join(repositoryRoot, path));
    const isBinary = content.subarray(0, 8000).includes(0);
    return { path, bytes: content.length, text: isBinary ? '' : content.toString('utf8') };
  });
}

/** @param {string} path */
export const existsInRepository = (path) => existsSync(join(repositoryRoot, path));

/** @param {TrackedFile} file */
function tooLong({ path, text }) {
  const lines = text.split('\n').length - 1;
  const allowed = LONG_FILES[path] ?? (TEST.test(path) ? TEST_LINES_MAX : LINES_MAX);
  return lines > allowed ? `has ${lines} lines; at most ${allowed}: one concept a file` : undefined;
}

/** @param {string} name of a file or a folder */
const isGrabBag = (name) => GRAB_BAG_NAME.test(basename(name).replace(/\..*$/, ''));

/**
 * @param {TrackedFile} file
 * @param {RegExp} pattern
 * @param {string} complaint
 */
function finding({ text }, pattern, complaint) {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => pattern.test(line));
  return index < 0 ? undefined : `${complaint} (line ${index + 1}: ${lines[index]?.trim().slice(0, 80)})`;
}

/**
 * @param {TrackedFile} file
 * @param {(path: string) => boolean} exists
 */
function brokenLinks({ path, text }, exists) {
  // Code may hold what looks like a link.
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...prose.matchAll(MARKDOWN_LINK)]
    .map(([, target = '']) => target)
    .filter((target) => !/^([a-z]+:|#|\/)/i.test(target))
    .filter((target) => !exists(join(dirname(path), decodeURI(target.replace(/#.*$/, '')))))
    .map((target) => `links to ${target}, which does not exist`);
}

if (isMain(import.meta.url)) {
  const problems = findProblems(readTrackedFiles(), existsInRepository);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
