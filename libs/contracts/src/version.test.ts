import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEEDBED_VERSION } from './version.js';

test.each(['../../../package.json', '../package.json'])(
  'the version that results carry is that of %s',
  (path) => {
    const manifest = JSON.parse(readFileSync(join(__dirname, path), 'utf8')) as { version: string };
    expect(SEEDBED_VERSION).toBe(manifest.version);
  },
);
