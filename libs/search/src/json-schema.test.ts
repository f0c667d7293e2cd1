import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweepFileJsonSchema } from './json-schema.js';

const PUBLISHED = join(__dirname, '../../../schemas/sweep.schema.json');

test('schemas/sweep.schema.json is what the code says; `npm run schema -w @seedbed/search` rewrites it', () => {
  const schema = sweepFileJsonSchema();
  if (process.env.SEEDBED_WRITE_SCHEMA === '1')
    writeFileSync(PUBLISHED, `${JSON.stringify(schema, null, 2)}\n`);
  let published: unknown = null;
  try {
    published = JSON.parse(readFileSync(PUBLISHED, 'utf8'));
  } catch {
    // Reported below with the command that writes it.
  }
  if (JSON.stringify(published) !== JSON.stringify(schema)) {
    throw new Error('schemas/sweep.schema.json is out of date; run: npm run schema -w @seedbed/search');
  }
});

test('members with defaults are optional for the person who writes the file', () => {
  expect(sweepFileJsonSchema()).toMatchObject({
    type: 'object',
    required: ['seedbed', 'name'],
    additionalProperties: false,
  });
});
