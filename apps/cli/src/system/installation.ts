/** Where the parts of this installation are: found, not assumed, so that src/ (tests) and dist/ behave alike. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FailedError } from '../errors.js';

const WORKSPACE_PACKAGE = 'seedbed-workspace';

/** The repository that this command belongs to. */
export function installationRoot(): string {
  const root = workspaceAbove(__dirname);
  if (root !== null) return root;
  throw new FailedError(
    'this command is not inside a Seedbed repository: clone it and run `npm run setup` there',
  );
}

/** The workspace that a directory lies in; null when it lies in none. */
export function workspaceAbove(directory: string): string | null {
  for (let current = directory; ; current = dirname(current)) {
    if (packageName(join(current, 'package.json')) === WORKSPACE_PACKAGE) return current;
    if (dirname(current) === current) return null;
  }
}

/** Entry script of an app. @throws FailedError when it is not built */
export function appScript(app: 'coordinator' | 'trainer', script: 'main.js' | 'child.js'): string {
  const path = join(installationRoot(), 'apps', app, 'dist', script);
  if (existsSync(path)) return path;
  throw new FailedError(`${app} is not built (${path} is missing): run \`npm run setup\``);
}

function packageName(path: string): string | null {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { name?: string }).name ?? null;
  } catch {
    return null;
  }
}
