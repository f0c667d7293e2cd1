import fc from 'fast-check';
import { jobIdOf, KEYS, nameSchema, parseJobId, runIdSchema, sweepIdSchema } from './ids.js';

test.each(['coarse', 'a', '0', 'figure-2', 'a--b', 'x'.repeat(64)])('name %j', (name) =>
  expect(nameSchema.parse(name)).toBe(name),
);
test.each(['', '-a', 'a-', 'A', 'a.b', 'a:b', 'a b', 'ä', 'a\n', '../x', 'x'.repeat(65)])(
  'no name: %j',
  (name) => {
    expect(nameSchema.safeParse(name).success).toBe(false);
  },
);

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

test('a job id gives back its address, has no colon and is never all digits', () => {
  fc.assert(
    fc.property(name, name, fc.nat(100_000), fc.nat(200), (sweep, stage, trialIndex, blockIndex) => {
      const address = { sweepId: sweepIdSchema.parse(sweep), stage, trialIndex, blockIndex };
      const jobId = jobIdOf(address);
      expect(parseJobId(jobId)).toEqual(address);
      expect(jobId).not.toMatch(/:|^\d+$/);
    }),
  );
});

test.each(['', 'a.b.1', 'a.b.1.2.3', 'a.b.x.2', 'a.b.-1.2', 'a.b.1.', 'A.b.1.2', 'a.B.1.2'])(
  'no job id: %j',
  (jobId) => {
    expect(() => parseJobId(jobId)).toThrow();
  },
);

test('keys of different things and different sweeps are different, and apart from BullMQ’s', () => {
  const [a, b] = [sweepIdSchema.parse('a'), sweepIdSchema.parse('b')];
  const run = runIdSchema.parse('0'.repeat(64));
  const keys = [
    ...[a, b].flatMap((id) => [
      KEYS.sweep(id),
      KEYS.plan(id),
      KEYS.decisions(id),
      KEYS.deadLetters(id),
      KEYS.progress(id),
    ]),
    ...[
      KEYS.run(run),
      KEYS.attempts('a.b.0.0'),
      KEYS.sweeps,
      KEYS.trainers,
      KEYS.commitStream,
      KEYS.commitCounters,
    ],
    ...[KEYS.coordinatorLease, KEYS.coordinatorEpoch],
  ];
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(/^seedbed:/);
});
