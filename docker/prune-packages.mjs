// `node docker/prune-packages.mjs APP LEFT_OUT…`: removes every installed package that the app does not need. npm installs for
// whole workspaces and knows no project that is only started as a program: the command line's image would carry TensorFlow.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { dependencyClosure } from './dependency-closure.mjs';

const [app = '', ...leftOut] = process.argv.slice(2);
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const needed = dependencyClosure(lock, app, leftOut);
for (const [path, { link, resolved }] of Object.entries(lock.packages)) {
  if (!path.includes('node_modules/') || needed.has(link ? resolved : path)) continue;
  rmSync(path, { recursive: true, force: true });
  // The folder of a scope, such as @tensorflow, of which nothing is left.
  const scope = dirname(path);
  if (existsSync(scope) && readdirSync(scope).length === 0) rmdirSync(scope);
}
