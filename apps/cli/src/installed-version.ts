import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of this command, read from its package (one directory above dist/ and src/ alike). */
export function installedVersion(): string {
  const text = readFileSync(join(__dirname, '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
