/** A guard that has moved would be noticed only in the long run. Needs the built dist folders. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTATIONS } from './mutations.js';
import { SCENARIOS } from './scenarios/index.js';

const ROOT = join(__dirname, '..', '..', '..');

it.each(MUTATIONS)('the guard "$name" is where it is removed, and a scenario misses it', (mutation) => {
  const text = readFileSync(join(ROOT, mutation.file), 'utf8');
  expect(text.split(mutation.find)).toHaveLength(2);
  expect(SCENARIOS.map(({ name }) => name)).toContain(mutation.scenario);
});
