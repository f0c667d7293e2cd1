import { type DataSettings } from '@seedbed/contracts';
import { CIFAR10, CIFAR10_DIGEST, digestOf } from './layout.js';
import { dataProblems } from './ranges.js';

const settings = (changes: Partial<DataSettings> = {}): DataSettings => ({
  set: 'cifar10',
  digest: CIFAR10_DIGEST,
  train: { first: 0, count: 45_000 },
  validation: { first: 45_000, count: 5_000 },
  order: { kind: 'file' },
  ...changes,
});

describe('CIFAR10_DIGEST', () => {
  it('is the digest of the layout', () => {
    expect(CIFAR10_DIGEST).toBe(digestOf(CIFAR10));
  });
});

describe('dataProblems', () => {
  it.each<[string, Partial<DataSettings>]>([
    ['the coarse split', {}],
    ['neighbours', { train: { first: 10, count: 5 }, validation: { first: 5, count: 5 } }],
    ['the last image', { train: { first: 0, count: 1 }, validation: { first: 49_999, count: 1 } }],
  ])('accepts %s', (_, changes) => {
    expect(dataProblems(settings(changes))).toEqual([]);
  });

  it.each<[string, Partial<DataSettings>, string, RegExp]>([
    [
      'one shared image',
      { validation: { first: 44_999, count: 2 } },
      'data.validation',
      /44999–45000 overlap.*0–44999/,
    ],
    ['validation inside training', { validation: { first: 5, count: 1 } }, 'data.validation', /5–5 overlap/],
    [
      'one image too many',
      { validation: { first: 45_000, count: 5_001 } },
      'data.validation.count',
      /is 5001 .*only 5000/,
    ],
    [
      'a start beyond the end',
      { train: { first: 50_000, count: 1 } },
      'data.train.first',
      /is 50000; .*0 to 49999/,
    ],
    [
      'other data',
      { digest: '0'.repeat(64) },
      'data.digest',
      /is 0{64}; the digest of these cifar10 files is 9a5b/,
    ],
  ])('refuses %s, naming field and value', (_, changes, path, message) => {
    const problems = dataProblems(settings(changes));
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.message).toMatch(message);
  });
});
