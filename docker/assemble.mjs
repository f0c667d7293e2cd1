// `node docker/assemble.mjs WORKSPACE DIRECTORY LEFT_OUT…`: copies what one app needs at run time of the built projects: compiled
// files and package.json of the app and of every project of ours that it depends on. Third-party packages are npm's part.
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOTS = ['apps', 'libs'];
/** Programs that run inside the containers. */
const PROGRAMS = ['probe', 'check-kernels', 'make-secrets'].map((name) => `docker/${name}.mjs`);
/** What a compiler writes for other compilers and for tests. */
const LEFT_OUT =
  /\.(?:map|d\.ts|tsbuildinfo)$|\/dist\/(?:.*\/)?(?:testing|conformance)$|\.(?:test|fixture)\.js$/;

const [app = '', destination = '', ...leftOut] = process.argv.slice(2);
const projects = projectsByName();
const queue = [app];
const done = new Set();
for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
  const project = projects.get(name);
  if (done.has(name) || leftOut.includes(name) || !project) {
    if (!project && name === app) throw new Error(`no project is called ${app}`);
    continue;
  }
  done.add(name);
  queue.push(...Object.keys(project.manifest.dependencies ?? {}));
  copyProject(project.directory, project.manifest);
}
for (const program of PROGRAMS) cpSync(program, join(destination, program));
cpSync('LICENSE', join(destination, 'LICENSE'));

/** @returns {Map<string, {directory: string, manifest: {dependencies?: Record<string, string>, bin?: Record<string, string>}}>} */
function projectsByName() {
  const found = new Map();
  for (const root of ROOTS) {
    for (const folder of readdirSync(root)) {
      const directory = join(root, folder);
      if (!statSync(join(directory, 'package.json'), { throwIfNoEntry: false })) continue;
      const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
      found.set(manifest.name, { directory, manifest });
    }
  }
  return found;
}

/**
 * @param {string} directory
 * @param {{bin?: Record<string, string>}} manifest
 */
function copyProject(directory, manifest) {
  const wanted = ['package.json', 'dist', ...Object.values(manifest.bin ?? {})];
  for (const path of wanted) {
    cpSync(join(directory, path), join(destination, directory, path), {
      recursive: true,
      filter: (source) => !LEFT_OUT.test(source),
    });
  }
}
