// Proves that the rules of eslint.config.mjs bite: each text below stands in a file of the named project, and must be
// refused for the reason beside it. A rule that is switched off, or a tag that is lost, turns a line red.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');

/** @type {[project: string, text: string, refusal: string][]} */
const REFUSED = [
  ['libs/contracts', "export { planStage } from '@seedbed/search';", 'Circular dependency'],
  [
    'libs/search',
    "export { x } from '@seedbed/queue';",
    '"type:library" can only depend on libs tagged with "type:contracts"',
  ],
  ['libs/aggregation', "export { x } from '@seedbed/search';", '"type:library" can only depend on'],
  ['libs/data', "export { x } from '@seedbed/model';", '"type:library" can only depend on'],
  ['apps/coordinator', "export { x } from '@seedbed/trainer';", '"scope:coordinator" can only depend on'],
  ['apps/trainer', "export { x } from '@seedbed/coordinator';", '"scope:trainer" can only depend on'],
  ['libs/search', "export { Queue } from 'bullmq';", 'is not allowed to import "bullmq"'],
  ['apps/coordinator', "export { Redis } from 'ioredis';", 'is not allowed to import "ioredis"'],
  [
    'apps/trainer',
    "export { matMul } from '@tensorflow/tfjs-node';",
    'is not allowed to import "@tensorflow/tfjs-node"',
  ],
  [
    'libs/aggregation',
    "export { fastify } from 'fastify';",
    '"platform:neutral" is not allowed to import "fastify"',
  ],
  ['libs/search', "export { readFile } from 'node:fs/promises';", 'This library is pure'],
  ['libs/aggregation', "export { spawn } from 'child_process';", 'This library is pure'],
  ['libs/aggregation', "export { connect } from 'node:net';", 'This library is pure'],
  ['libs/report', "export { readFile } from 'node:fs/promises';", 'This library is pure'],
  [
    'libs/search',
    "export { LIMITS } from '@seedbed/contracts/src/limits.js';",
    'Import what the project exports',
  ],
  [
    'apps/coordinator',
    "export { LIMITS } from '@seedbed/contracts/dist/limits.js';",
    'Import what the project exports',
  ],
  [
    'apps/cli',
    "export { x } from '../../trainer/src/index.js';",
    'cannot be imported by a relative or absolute path',
  ],
  ['apps/cli', 'const work = async () => 1;\nwork();', 'no-floating-promises'],
  [
    'libs/search',
    "import { Limits } from './x.js';\nexport const f = (x: Limits) => x;",
    'consistent-type-imports',
  ],
  [
    'libs/search',
    "export function f(x: 'a' | 'b') {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}",
    'switch-exhaustiveness-check',
  ],
];

/** @type {[project: string, text: string][]} */
const ACCEPTED = [
  ['libs/search', "export { LIMITS } from '@seedbed/contracts';"],
  ['apps/coordinator', "export { planStage } from '@seedbed/search';"],
  ['apps/cli', "export { x } from '@seedbed/coordinator';"],
  ['libs/queue', "export { Queue } from 'bullmq';"],
  ['libs/model', "export { matMul } from '@tensorflow/tfjs-node';"],
  ['libs/data', "export { readFile } from 'node:fs/promises';"],
];

/**
 * Rules that use types need a file that its project knows.
 * @param {string} project
 */
function fileOf(project) {
  const sources = join(root, project, 'src');
  const names = existsSync(sources) ? readdirSync(sources).sort() : [];
  const name = names.find((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  if (!name) throw new Error(`${project} has no source file`);
  return join(project, 'src', name);
}

/** @type {string[][]} */
let messages = [];
beforeAll(() => {
  const requests = [...REFUSED, ...ACCEPTED].map(([project, text]) => ({
    path: fileOf(project),
    text: `${text}\n`,
  }));
  const { stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'lint-texts.mjs')], {
    cwd: root,
    input: JSON.stringify(requests),
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
  });
  if (!stdout) throw new Error(stderr);
  messages = JSON.parse(stdout);
});

test.each(REFUSED.map((row, index) => ({ project: row[0], text: row[1], refusal: row[2], index })))(
  '$project refuses: $text',
  ({ refusal, index }) => {
    expect(messages[index]?.join('\n')).toContain(refusal);
  },
);

test.each(ACCEPTED.map((row, index) => ({ project: row[0], text: row[1], index: REFUSED.length + index })))(
  '$project accepts: $text',
  ({ index }) => {
    expect(messages[index]).toEqual([]);
  },
);
