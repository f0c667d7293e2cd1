// Invalid sweep files: every problem is named with its line, its path, what was found and what would be right.
import { InputError, type InputProblem, LIMITS, type SweepSpec } from '@seedbed/contracts';
import { parseSweepFile, parseSweepSpec } from './parse-sweep-file.js';

const HEAD = 'seedbed: 1\nname: demo\n';
const parse = (text: string): SweepSpec => parseSweepFile(text, { fileName: 'demo.yaml' });

function problemsOf(act: () => unknown): readonly InputProblem[] {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems;
    throw thrown;
  }
  throw new Error('no problem was found');
}

/** Expects exactly one problem in the text after the head, whose lines count from 3. */
function expectProblem(body: string, path: string, line: number, message: RegExp | string): void {
  expect(problemsOf(() => parse(HEAD + body))).toEqual([
    { path, line, message: typeof message === 'string' ? message : expect.stringMatching(message) },
  ]);
}

describe('a valid file', () => {
  test('is the same spec in YAML, in JSON and through HTTP', () => {
    const value = {
      seedbed: 1,
      name: 'demo',
      seeds: [3, 1],
      parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: 3 } },
    };
    const yaml = `${HEAD}seeds: [3, 1]\nparameters:\n  lambda: {min: 1e-5, max: 0.1, scale: log, count: 3}\n`;
    expect(parse(yaml)).toEqual(value);
    expect(parse(JSON.stringify(value))).toEqual(value);
    expect(parse(JSON.stringify(value, null, '\t'))).toEqual(value);
    expect(parseSweepSpec(value)).toEqual(value);
  });
  test('may reuse a block by anchor and alias', () => {
    const spec = parse(`${HEAD}stages:\n- name: a\n  data: &d {order: file}\n- name: b\n  data: *d\n`);
    expect(spec.stages![1]!.data).toEqual({ order: 'file' });
  });
  test('without parameters is one trial with the base settings', () =>
    expect(parse(HEAD)).toEqual({ seedbed: 1, name: 'demo' }));
});

describe('text that is no sweep file', () => {
  test.each([
    ['empty', '', /demo\.yaml is empty/],
    ['only a comment', '# nothing\n', /is empty/],
    ['no YAML', 'a: [1', /not valid YAML/],
    ['two documents', 'a: 1\n---\nb: 2\n', /one document/],
    ['another YAML version', '%YAML 1.1\n---\nseedbed: 1\n', /YAML 1\.2/],
    ['a list', '- 1\n', /found a list of 1; must be an object/],
    ['a tag', `${HEAD}seeds: !!int 5\n`, /tag .*remove the tag/],
    ['an own tag', `${HEAD}seeds: !evil 5\n`, /tag !evil/],
    ['too many bytes', `# ${'x'.repeat(LIMITS.sweepFileBytesMax)}`, /bytes; a sweep file has at most 262144/],
    ['nested too deep', `a: ${'['.repeat(40)}${']'.repeat(40)}`, /deeper than 16/],
    ['nested deep enough to end a stack', '['.repeat(100_000), /deeper than 16/],
    ['nested sequences without brackets', '- '.repeat(50_000), /deeper than 16/],
    ['a list as a key', '? [1]\n: 2\n', /keys must be strings/],
    ['an unknown alias', 'a: *b\n', /[Aa]lias/],
    ['an endless alias', 'a: &a [*a, *a]\n', /more than 20 aliases|deeper than 16/],
  ])('%s', (_, text, message) => {
    expect(problemsOf(() => parse(text)).map((p) => p.message)).toContainEqual(
      expect.stringMatching(message),
    );
  });

  test('a billion laughs end after 20 aliases, at once', () => {
    const laugh = (level: number) =>
      `l${level}: &l${level} [${Array(9)
        .fill(`*l${level - 1}`)
        .join(', ')}]\n`;
    const bomb = `l0: &l0 [ha, ha]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(laugh).join('')}`;
    const before = process.cpuUsage();
    expect(problemsOf(() => parse(bomb))[0]!.message).toMatch(/more than 20 aliases/);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  test('a key given twice, with both lines', () => {
    expectProblem(
      'seeds: 3\nseeds: 5\n',
      'seeds',
      4,
      'key "seeds" is there twice (first in line 3); keep one',
    );
  });
  test('merge keys', () => expectProblem('<<: {seeds: 3}\n', '["<<"]', 3, /merge keys are not read/));

  test('__proto__ and constructor are unknown keys and change no object', () => {
    expectProblem('__proto__: {polluted: 1}\n', '', 3, 'unknown key "__proto__"; remove it');
    expectProblem(
      'constructor: {x: 1}\n',
      'constructor',
      3,
      /^unknown key "constructor"; valid keys are seedbed, name/,
    );
    expectProblem('parameters:\n  __proto__: {value: 1}\n', 'parameters', 4, /__proto__/);
    const body = JSON.parse('{"seedbed":1,"name":"a","parameters":{"__proto__":{"value":1}}}') as unknown;
    expect(problemsOf(() => parseSweepSpec(body))).toEqual([
      { path: 'parameters', message: expect.stringMatching(/__proto__/) },
    ]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('the schema', () => {
  test.each([
    ['lamda: 3', 'lamda', 3, 'unknown key "lamda"; did you mean "lambda" under training or parameters?'],
    ['sead: 3', 'sead', 3, 'unknown key "sead"; did you mean "seeds"?'],
    ['parameters: {lamda: {value: 1}}', 'parameters.lamda', 3, 'unknown key "lamda"; did you mean "lambda"?'],
    ['points:\n- {lamda: 1}', 'points[0].lamda', 4, 'unknown key "lamda"; did you mean "lambda"?'],
    [
      'data:\n  order: fil',
      'data.order',
      4,
      'found "fil"; must be one of "file", "shuffled"; did you mean "file"?',
    ],
    ['data: {train: {first: 0}}', 'data.train.count', 3, /^is missing; give a number \(number of images\)/],
    ['description: 5', 'description', 3, 'found 5; must be text'],
    [
      'model: {hidden: 0.5}',
      'model.hidden',
      3,
      'found 0.5; must be a whole number (hidden units, of a mlp: of every layer; default 50)',
    ],
    ['model: {hidden: 9000}', 'model.hidden', 3, 'found 9000; takes at most 5000'],
    ['evaluation: {train: ja}', 'evaluation.train', 3, 'found "ja"; must be true or false'],
    ['stages: []', 'stages', 3, 'found an empty list; needs at least 1 entry'],
    [
      'training: {schedule: {kind: cyc}}',
      'training.schedule.kind',
      3,
      /must be one of "cyclical", "constant"/,
    ],
    ['training: {schedule: {steps: 5}}', 'training.schedule.kind', 3, /^is missing; must be one of/],
    ['sampler: {kind: random, seed: 1}', 'sampler.trials', 3, 'is missing; give a number'],
    ['seeds: .inf', 'seeds', 3, /found \.inf/],
  ])('%s', (body, path, line, message) => expectProblem(body, path, line, message));

  test('a version and a name are needed', () => {
    expect(problemsOf(() => parse('seeds: 5\n'))).toEqual([
      { path: 'seedbed', line: 1, message: 'is missing; must be 1' },
      { path: 'name', line: 1, message: 'is missing; give text' },
    ]);
    expect(problemsOf(() => parse('seedbed: 2\nname: A B\n'))).toEqual([
      { path: 'seedbed', line: 1, message: 'found 2; must be 1' },
      { path: 'name', line: 2, message: expect.stringMatching(/^found "A B"; use lower-case letters/) },
    ]);
  });
});

describe('forms of a parameter and of seeds are judged by the one that was meant', () => {
  test.each([
    ['{value: x}', '.value', 'found "x"; must be a number'],
    ['{values: []}', '.values', 'found an empty list; needs at least 1 entry'],
    ['{values: [1, b]}', '.values[1]', 'found "b"; must be a number'],
    ['{min: 1, max: .nan, count: 2}', '.max', 'found .nan (not a number); must be a finite number'],
    ['{min: 1, max: -.inf, count: 2}', '.max', 'found -.inf (minus infinity); must be a finite number'],
    ['{min: 1, max: 2, count: 2, scal: log}', '.scal', 'unknown key "scal"; did you mean "scale"?'],
    ['{min: 1, count: 2}', '.max', 'is missing; give a number'],
    ['{min: 1, max: 2, count: 2, scale: exp}', '.scale', /^found "exp"; must be one of "linear", "log"/],
    ['{from: 3}', '.from', 'found 3; must be text'],
    [
      '0.01',
      '',
      /^found 0\.01; give one of: \{value\} .* \{values\} .* \{min, max, scale, count\} .* \{from, choose\}/,
    ],
    ['[0.1, 0.2]', '', /^found a list of 2; give one of: \{value\}/],
    ['{}', '', /^found an object without keys; give one of/],
  ])('lambda: %s', (form, member, message) => {
    expectProblem(`parameters:\n  lambda: ${form}`, `parameters.lambda${member}`, 4, message);
  });

  test.each([
    ['0', '', 'found 0; needs at least 1'],
    ['2.5', '', 'found 2.5; must be a whole number (default 5)'],
    ['[1, x]', '[1]', 'found "x"; must be a number'],
    ['{first: 1}', '.count', 'is missing; give a number'],
    [
      'five',
      '',
      /^found "five"; give one of: how many seeds, counted from 1; the seeds themselves; \{first, count\}/,
    ],
    ['[1, 2, 1]', '[2]', 'repeats seed 1 (entry 0); give each seed once'],
    ['[0, 2]', '[0]', 'found 0; seeds are 1 or more'],
    ['{first: 0, count: 2}', '.first', 'found 0; seeds are 1 or more'],
    [`{first: ${LIMITS.seedMax}, count: 2}`, '', /the last seed would be 2147483648/],
  ])('seeds: %s', (form, member, message) => expectProblem(`seeds: ${form}`, `seeds${member}`, 3, message));
});

describe('values that a schema cannot judge', () => {
  test.each([
    ['lambda: {value: -1}', 'lambda.value', 'found -1; lambda is a number of at least 0'],
    ['lambda: {values: [1, 2, 1.0]}', 'lambda.values[2]', /^repeats 1 \(entry 0\)/],
    ['lambda: {values: [0, -0.0]}', 'lambda.values[1]', /^repeats/],
    ['lambda: {min: 2, max: 1, count: 3}', 'lambda.min', 'found 2, above max 1; exchange min and max'],
    [
      'lambda: {min: 0, max: 1, count: 3, scale: log}',
      'lambda.min',
      /^found 0 with scale log; a log range starts above 0/,
    ],
    ['lambda: {min: 1, max: 1, count: 3}', 'lambda.max', /the range is empty; write \{value: 1\}/],
    ['lambda: {min: 0, max: 1}', 'lambda.count', /^is missing; sampler grid needs the number of points/],
    ['lambda: {min: 0, max: 1, count: 1}', 'lambda.count', /^found 1; both ends/],
    ['hidden: {value: 50.5}', 'hidden.value', 'found 50.5; hidden is a whole number of at least 1'],
    ['hidden: {min: 10, max: 12, count: 9}', 'hidden.count', /holds only 3 different values of hidden/],
    ['batchSize: {values: [0]}', 'batchSize.values[0]', 'found 0; batchSize is a whole number of at least 1'],
    ['etaMin: {value: 0}', 'etaMin.value', 'found 0; etaMin is a number above 0'],
  ])('%s', (body, path, message) =>
    expectProblem(`parameters:\n  ${body}\n`, `parameters.${path}`, 4, message),
  );

  test('count has no meaning for a random sampler', () => {
    const body =
      'sampler: {kind: random, trials: 3, seed: 1}\nparameters: {lambda: {min: 0, max: 1, count: 3}}\n';
    expectProblem(
      body,
      'parameters.lambda.count',
      4,
      /sampler random draws from the whole range, remove count/,
    );
  });
  test('base settings are judged as parameters are', () => {
    expectProblem(
      'training: {lambda: -0.5}',
      'training.lambda',
      3,
      'found -0.5; lambda is a number of at least 0',
    );
    expectProblem('training: {batchSize: 0}', 'training.batchSize', 3, /at least 1/);
  });
  test('a data seed beside order: file', () =>
    expectProblem('data: {order: file, dataSeed: 3}', 'data.dataSeed', 3, /no effect/));

  test('all problems of a file come at once, in the order of the file', () => {
    const text = `${HEAD}sead: 1\ndata: {order: fil}\nparameters:\n  lambda: {min: 2, max: 1, count: 2}\n  hidden: 5\n`;
    expect(problemsOf(() => parse(text)).map(({ path, line }) => [path, line])).toEqual([
      ['sead', 3],
      ['data.order', 4],
      ['parameters.lambda.min', 6],
      ['parameters.hidden', 7],
    ]);
  });
  test('a wall of problems is cut', () => {
    const keys = Array.from({ length: 80 }, (_, index) => `key${index}zz: 1`).join('\n');
    const problems = problemsOf(() => parse(`${HEAD}${keys}`));
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)!.message).toBe('and 30 more problems');
  });
});

describe('parts that do not fit together', () => {
  test.each([
    [
      'data: {train: {first: 0, count: 46000}}',
      'data.train',
      3,
      /default validation images 45000 to 49999 and training images 0 to 45999 share 1000/,
    ],
    [
      'data:\n  train: {first: 0, count: 1000}\n  validation: {first: 999, count: 5}',
      'data.validation',
      5,
      /share 1;/,
    ],
    [
      'data: {validation: {first: 45000, count: 5001}}',
      'data.validation',
      3,
      /end beyond the last training image, 49999; at most 5000/,
    ],
    [
      'parameters: {learningRate: {value: 0.1}}',
      'parameters.learningRate',
      3,
      /belongs to a constant schedule, but this stage's is cyclical/,
    ],
    ['parameters: {etaMin: {value: 0.5}}', 'parameters.etaMin', 3, /etaMin reaches 0\.5, above etaMax 0\.1/],
    [
      'parameters: {stepSize: {value: 9000000}}',
      'parameters.stepSize',
      3,
      /trains up to 36000000 steps; at most 10000000/,
    ],
    [
      'evaluation: {cadence: epoch}\nparameters: {cycles: {value: 1000}}',
      'evaluation.cadence',
      3,
      /evaluates up to 4002 times a run; at most 2000/,
    ],
    [
      'parameters: {lambda: {from: coarse}}',
      'parameters.lambda.from',
      3,
      /names no stage; no stage comes before/,
    ],
    ['sampler: {kind: random, trials: 3, seed: 1}', 'sampler', 3, /nothing to draw/],
    [
      'sampler: {kind: random, trials: 3, seed: 1}\nparameters: {lambda: {values: [1, 2]}}',
      'sampler.trials',
      3,
      /only 2 different combinations/,
    ],
    ['points: [{lambda: 1}]', 'points[0]', 3, /points add to the trials of parameters/],
    [
      'preflight: [{check: gradient-check, samples: 20}]\ndata: {train: {first: 0, count: 10}}\ntraining: {batchSize: 5}',
      'preflight[0].samples',
      3,
      /trains on only 10 images/,
    ],
  ])('%s', (body, path, line, message) => expectProblem(body, path, line, message));

  test('a batch larger than the training split, as default, setting and parameter', () => {
    const data = 'data: {train: {first: 0, count: 50}}\n';
    expectProblem(data, 'data.train', 3, 'batch size 100 is larger than the training split of 50 images');
    expectProblem(
      `${data}training: {batchSize: 60}`,
      'training.batchSize',
      4,
      /batch size 60 is larger than the training split of 50/,
    );
    expectProblem(
      `${data}parameters: {batchSize: {values: [10, 60]}}`,
      'parameters.batchSize',
      4,
      /batch size 60/,
    );
  });

  const STAGES = 'stages:\n- name: coarse\n  parameters: {lambda: {values: [1, 2]}}\n';
  test.each([
    [
      '- name: fine\n  parameters: {lambda: {from: corse}}\n',
      'stages[1].parameters.lambda.from',
      7,
      'found "corse", which names no stage; did you mean "coarse"?',
    ],
    [
      '- name: fine\n  parameters: {lambda: {from: fine}}\n',
      'stages[1].parameters.lambda.from',
      7,
      /this stage itself; earlier stages are coarse/,
    ],
    [
      '- name: fine\n  parameters: {hidden: {from: coarse}}\n',
      'stages[1].parameters.hidden.from',
      7,
      /does not have hidden among its parameters/,
    ],
    [
      '- name: a\n  parameters: {lambda: {from: b}}\n- name: b\n  parameters: {lambda: {value: 1}}\n',
      'stages[1].parameters.lambda.from',
      7,
      /a later stage; earlier stages are coarse/,
    ],
    ['- name: coarse\n', 'stages[1].name', 6, /is the name of stages\[0\] already/],
    ['- name: gradient-check\n', 'stages[1].name', 6, /the preflight's own stage/],
    ['parameters: {lambda: {value: 1}}\n', 'parameters', 6, /stands beside stages; move it into the stage/],
    ['sampler: {kind: grid}\n', 'sampler', 6, /stands beside stages/],
  ])('stages: %j', (more, path, line, message) => expectProblem(STAGES + more, path, line, message));

  test.each([
    ['{lambda: 2}', /^leaves out hidden, which this stage searches/],
    ['{lambda: 2, hidden: 10, cycles: 1}', /^cycles is no parameter of this stage \(lambda, hidden\)/],
    ['{lambda: 2, hidden: 20}', /^lambda 2, hidden 20 repeats trial 3;/],
    ['{lambda: -2, hidden: 20}', /^found -2/],
  ])('point %s', (point, message) => {
    const body = `parameters: {hidden: {values: [10, 20]}, lambda: {values: [1, 2]}}\npoints:\n- {lambda: 3, hidden: 5}\n- ${point}\n`;
    const [problem, ...more] = problemsOf(() => parse(HEAD + body));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ line: 6, message: expect.stringMatching(message) });
    expect(problem!.path).toMatch(/^points\[1\]/);
  });
  test('a point that repeats an earlier point, or a random draw', () => {
    const grid = 'parameters: {lambda: {values: [1]}}\npoints: [{lambda: 3}, {lambda: 3}]\n';
    expectProblem(grid, 'points[1]', 4, /repeats trial 1;/);
    const random =
      'sampler: {kind: random, trials: 2, seed: 1}\nparameters: {lambda: {values: [1, 2]}}\npoints: [{lambda: 1}]\n';
    expectProblem(random, 'points[0]', 5, /repeats trial [01];/);
  });
});

describe('limits', () => {
  test('a stage of more trials than allowed is refused without making them', () => {
    const before = process.cpuUsage();
    const values = `{min: 1, max: 10000, count: 10000}`;
    const problems = problemsOf(() =>
      parse(
        `${HEAD}parameters: {lambda: ${values}, stepSize: ${values}, cycles: {min: 1, max: 500, count: 500}}\n`,
      ),
    );
    expect(problems.map((p) => p.message)).toContainEqual(
      expect.stringMatching(/has 50000000000 trials; at most 100000/),
    );
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
  test('a sweep of more runs than allowed', () => {
    const body = 'seeds: 1000\nparameters: {lambda: {min: 1, max: 9, count: 1001}}\n';
    expect(problemsOf(() => parse(HEAD + body))).toEqual([
      { path: '', line: 1, message: expect.stringMatching(/the sweep has 1001000 runs; at most 1000000/) },
    ]);
  });
});

test('an HTTP body has the same checks without lines, and caps of its own', () => {
  expect(problemsOf(() => parseSweepSpec({ seedbed: 1, name: 'a', lamda: 1 }))).toEqual([
    { path: 'lamda', message: expect.stringMatching(/did you mean "lambda"/) },
  ]);
  // Without a prototype and with a constructor of its own: zod alone throws a TypeError here.
  const bare = (members: object) => Object.assign(Object.create(null) as object, members);
  const hostile = { seedbed: 1, name: 'a', seeds: bare({ constructor: { name: bare({}) } }) };
  expect(problemsOf(() => parseSweepSpec(hostile))[0]).toMatchObject({
    path: expect.stringMatching(/^seeds/),
  });
  let deep: unknown = 1;
  for (let level = 0; level < 10_000; level++) deep = [deep];
  expect(problemsOf(() => parseSweepSpec({ deep }))[0]!.message).toMatch(/deeper than 16/);
  expect(problemsOf(() => parseSweepSpec({ seeds: 5n }))[0]!.message).toMatch(/use JSON values only/);
  for (const value of [null, undefined, 5, 'x', []])
    expect(problemsOf(() => parseSweepSpec(value))).toHaveLength(1);
});
