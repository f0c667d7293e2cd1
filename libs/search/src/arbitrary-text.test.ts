// Whatever a stranger sends, parsing answers with a spec that can be planned or with an InputError: nothing else is thrown.
import { InputError } from '@seedbed/contracts';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseSweepFile, parseSweepSpec } from './parse-sweep-file.js';
import { planSummary } from './plan-summary.js';

function parsesOrRefuses(act: () => ReturnType<typeof parseSweepSpec>): void {
  let spec;
  try {
    spec = act();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(InputError);
    const { problems } = thrown as InputError;
    expect(problems.length).toBeGreaterThan(0);
    for (const { line, message } of problems) {
      expect(message.length).toBeGreaterThan(3);
      expect(line === undefined || line >= 1).toBe(true);
    }
    return;
  }
  expect(planSummary(spec).runs).toBeGreaterThan(0);
}
const parseText = (text: string) => parsesOrRefuses(() => parseSweepFile(text, { fileName: 'x' }));

/** Values near enough to a sweep file to get past the first checks. */
const number = fc.oneof(
  fc.integer({ min: -2, max: 20 }),
  fc.double(),
  fc.constantFrom(0, -0, 1e-5, 1e308, 45_000),
);
const scalar = fc.oneof(
  number,
  fc.constantFrom('log', 'grid', 'random', 'best', 'coarse', 'file', 'constant', 'cyclical', null, true),
  fc.string(),
);
const key = fc.constantFrom(
  ...[
    'value',
    'values',
    'min',
    'max',
    'count',
    'scale',
    'from',
    'first',
    'kind',
    'trials',
    'seed',
    'lambda',
    'hidden',
    'name',
  ],
  ...[
    'cycles',
    'steps',
    'train',
    'validation',
    'order',
    'schedule',
    'batchSize',
    'parameters',
    '__proto__',
    'constructor',
    'toString',
  ],
);
const near = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(key, tie('node'), { maxKeys: 4 }),
  ),
})).node;
const member = fc.constantFrom(
  'seeds',
  'parameters',
  'points',
  'sampler',
  'training',
  'data',
  'evaluation',
  'stages',
  'preflight',
  'model',
);
const nearSweep = fc
  .dictionary(member, near, { maxKeys: 4 })
  .map((members) => ({ seedbed: 1, name: 'demo', ...members }));
const parameter = fc.oneof(
  fc.record({ value: number }),
  fc.record({ values: fc.array(number, { maxLength: 4 }) }),
  fc.record({
    min: number,
    max: number,
    count: fc.integer({ min: 1, max: 5 }),
    scale: fc.constantFrom('log', 'linear'),
  }),
);
const nearerSweep = fc.record({
  seedbed: fc.constant(1),
  name: fc.constant('demo'),
  seeds: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 })),
  sampler: fc.oneof(
    fc.constant({ kind: 'grid' }),
    fc.record({
      kind: fc.constantFrom('random', 'sobol'),
      trials: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(9),
    }),
  ),
  parameters: fc.dictionary(fc.constantFrom('lambda', 'hidden', 'cycles', 'etaMin', 'steps'), parameter, {
    maxKeys: 3,
  }),
  points: fc.array(fc.dictionary(fc.constantFrom('lambda', 'hidden', 'cycles'), number), { maxLength: 3 }),
});

test('any text', () =>
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), parseText), { numRuns: 300 }));

test('any text of YAML’s own characters', () => {
  const piece = fc.constantFrom(
    'a',
    '1',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&x ',
    '*x',
    '!!str ',
    '"',
    "'",
    '|',
    '>',
    '#',
    '%',
    '---',
    '<<',
    '\t',
    '? ',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
      parseText,
    ),
    { numRuns: 500 },
  );
});

test('any JSON, as text and as a value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      parseText(JSON.stringify(value));
      parsesOrRefuses(() => parseSweepSpec(value));
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['near to a sweep file', nearSweep],
  ['nearer', nearerSweep],
])('values %s: as value, JSON and YAML', (_, arbitrary) => {
  fc.assert(
    fc.property(arbitrary as fc.Arbitrary<unknown>, (value) => {
      parsesOrRefuses(() => parseSweepSpec(value));
      parseText(JSON.stringify(value));
      parseText(stringify(value));
    }),
    { numRuns: 200 },
  );
});
