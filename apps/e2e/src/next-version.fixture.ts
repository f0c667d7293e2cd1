/**
 * The next version of Seedbed, to run beside this one: a copy of what is built here, with the constants raised that the next
 * change of the records' format will raise (libs/contracts/src/version.ts). Everything else of it is this version's, so
 * that its answer must be the same.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCHEMA_VERSION } from '@seedbed/contracts';

const REPOSITORY = join(__dirname, '../../..');
const APPS = ['coordinator', 'trainer'];

export interface NextVersion {
  /** Has `apps/coordinator/dist/main.js` and `apps/trainer/dist/main.js`. */
  readonly tree: string;
  readonly schemaVersion: number;
  remove(): Promise<void>;
}

export async function buildNextVersion(): Promise<NextVersion> {
  const tree = await mkdtemp(join(tmpdir(), 'seedbed-next-'));
  const libs = await readdir(join(REPOSITORY, 'libs'));
  const projects = [...APPS.map((app) => `apps/${app}`), ...libs.map((lib) => `libs/${lib}`)];
  for (const project of projects) {
    for (const part of ['package.json', 'dist']) {
      await cp(join(REPOSITORY, project, part), join(tree, project, part), { recursive: true });
    }
    const own = join(REPOSITORY, project, 'node_modules');
    if (existsSync(own)) await symlink(own, join(tree, project, 'node_modules'));
  }
  await linkModules(tree, libs);
  const next = SCHEMA_VERSION + 1;
  await replaceIn(join(tree, 'libs/contracts/dist/version.js'), [
    [/^exports\.SCHEMA_VERSION = \d+;$/m, `exports.SCHEMA_VERSION = ${next};`],
    [
      /^exports\.SCHEMA_VERSIONS_READ = .*;$/m,
      `exports.SCHEMA_VERSIONS_READ = [${SCHEMA_VERSION}, ${next}];`,
    ],
  ]);
  return {
    tree,
    schemaVersion: next,
    remove: () => rm(tree, { recursive: true, force: true }),
  };
}

/** Other people's packages are those of this repository; ours are the copies. */
async function linkModules(tree: string, libs: readonly string[]): Promise<void> {
  const modules = join(tree, 'node_modules');
  await mkdir(join(modules, '@seedbed'), { recursive: true });
  const installed = join(REPOSITORY, 'node_modules');
  for (const name of await readdir(installed)) {
    if (name !== '@seedbed') await symlink(join(installed, name), join(modules, name));
  }
  for (const lib of libs) await symlink(join(tree, 'libs', lib), join(modules, '@seedbed', lib));
}

async function replaceIn(path: string, replacements: readonly (readonly [RegExp, string])[]): Promise<void> {
  let text = await readFile(path, 'utf8');
  for (const [pattern, replacement] of replacements) {
    if (!pattern.test(text)) throw new Error(`${path} has no ${pattern.source}: build first`);
    text = text.replace(pattern, replacement);
  }
  await writeFile(path, text);
}
