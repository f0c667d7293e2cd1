import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRevision } from './build-revision.js';

const COMMIT = 'c0ffee'.repeat(6) + 'abcd';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'seedbed-revision-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

test('an image says it', () => expect(buildRevision({ SEEDBED_REVISION: COMMIT }, root)).toBe(COMMIT));

test('unknown stays unknown', () => {
  expect(buildRevision({ SEEDBED_REVISION: 'unknown' }, root)).toBeNull();
});

test.each([
  ['of a branch', { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${COMMIT}\n` }],
  ['detached', { '.git/HEAD': `${COMMIT}\n` }],
  [
    'of a packed branch',
    { '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': `# pack\n${COMMIT} refs/heads/main\n` },
  ],
  [
    'of a worktree',
    {
      '.git': 'gitdir: repository/worktrees/w\n',
      'repository/worktrees/w/HEAD': 'ref: refs/heads/w\n',
      'repository/worktrees/w/commondir': '../..\n',
      'repository/refs/heads/w': `${COMMIT}\n`,
    },
  ],
])('is read from the repository around it: %s', (_, files) => {
  for (const [path, text] of Object.entries(files)) write(path, text);
  write('apps/trainer/dist/main.js', '');
  expect(buildRevision({}, join(root, 'apps', 'trainer', 'dist'))).toBe(COMMIT);
});
