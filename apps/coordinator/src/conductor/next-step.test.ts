import type { Decision } from '@seedbed/contracts';
import { type RunCounts, type StagePicture, nextStep } from './next-step.js';

const counts = (outstanding: number, dead = 0): RunCounts => ({
  planned: 10,
  outstanding,
  dead,
  deadReason: dead > 0 ? 'crashed 3 times' : null,
});

function decision(stage: string, outcome: Decision['outcome']): Decision {
  const kind = outcome.kind === 'passed' || outcome.kind === 'failed' ? 'preflight' : 'stage-best';
  return { number: 0, kind, stage, inputsDigest: '', outcome };
}
const best = (stage: string) =>
  decision(stage, {
    kind: 'best',
    trialIndex: 1,
    parameters: { lambda: 1 },
    mean: 0.5,
    rule: 'highest-mean',
  });

const check = (more: Partial<StagePicture> = {}): StagePicture => ({
  stage: 'gradient-check',
  kind: 'preflight',
  dependsOn: [],
  runs: null,
  decision: null,
  isRoundDecided: false,
  isExamined: true,
  ...more,
});
const search = (stage: string, more: Partial<StagePicture> = {}): StagePicture => ({
  ...check(),
  stage,
  kind: 'search',
  ...more,
});
const PASSED = check({ runs: counts(0), decision: decision('gradient-check', { kind: 'passed' }) });

describe('nextStep', () => {
  it('plans the preflight first and nothing else until it has passed', () => {
    expect(nextStep([check(), search('coarse')])).toEqual({ kind: 'plan', stage: 'gradient-check' });
    expect(nextStep([check({ runs: counts(1) }), search('coarse')])).toEqual({ kind: 'wait' });
    expect(nextStep([PASSED, search('coarse')])).toEqual({ kind: 'plan', stage: 'coarse' });
  });

  it('fails the sweep when the preflight failed', () => {
    const failed = check({
      runs: counts(0),
      decision: decision('gradient-check', { kind: 'failed', reason: 'W1 is off by 1e-3' }),
    });
    expect(nextStep([failed, search('coarse')])).toEqual({
      kind: 'finish',
      state: 'failed',
      reason: 'W1 is off by 1e-3',
    });
  });

  it('plans independent stages at once and derived ones when their source is decided', () => {
    const fine = search('fine', { dependsOn: ['coarse'] });
    expect(nextStep([search('coarse', { runs: counts(3) }), fine, search('other')])).toEqual({
      kind: 'plan',
      stage: 'other',
    });
    expect(nextStep([search('coarse', { runs: counts(3) }), fine])).toEqual({ kind: 'wait' });
    expect(nextStep([search('coarse', { runs: counts(0), decision: best('coarse') }), fine])).toEqual({
      kind: 'plan',
      stage: 'fine',
    });
  });

  it('numbers a decision by the place of its stage, not by the order of completion', () => {
    const stages = [search('a', { runs: counts(1) }), search('b', { runs: counts(0) })];
    expect(nextStep(stages)).toEqual({ kind: 'decide', stage: 'b', place: 1 });
  });

  it('plans a round that is decided on before anything else, and examines what an extension may have widened', () => {
    const stages = [search('a', { runs: counts(0) }), search('b', { runs: counts(4), isRoundDecided: true })];
    expect(nextStep(stages)).toEqual({ kind: 'plan-round', stage: 'b' });
    const decided = search('b', { runs: counts(0), decision: best('b'), isExamined: false });
    expect(nextStep([search('a', { runs: counts(2) }), decided])).toEqual({
      ...{ kind: 'examine', stage: 'b', place: 1 },
    });
  });

  it('completes when every stage is decided', () => {
    expect(nextStep([PASSED, search('a', { runs: counts(0), decision: best('a') })])).toEqual({
      kind: 'finish',
      state: 'completed',
      reason: null,
    });
  });

  it('goes on while runs are alive beside dead ones, then ends incomplete with the reason', () => {
    const fine = search('fine', { dependsOn: ['coarse'] });
    expect(nextStep([search('coarse', { runs: counts(6, 5) }), fine])).toEqual({ kind: 'wait' });
    expect(nextStep([search('coarse', { runs: counts(5, 5) }), fine])).toEqual({
      kind: 'finish',
      state: 'incomplete',
      reason: 'stage "coarse": 5 of 10 runs were set aside (crashed 3 times); not planned: "fine"',
    });
  });

  it('ends incomplete when a stage that another derives from has no best', () => {
    const none = decision('coarse', { kind: 'none', reason: 'every run diverged' });
    const stages = [
      search('coarse', { runs: counts(0), decision: none }),
      search('fine', { dependsOn: ['coarse'] }),
    ];
    expect(nextStep(stages)).toEqual({
      kind: 'finish',
      state: 'incomplete',
      reason: 'stage "coarse" has no best trial: every run diverged; not planned: "fine"',
    });
  });

  it('ends incomplete when the preflight itself was set aside', () => {
    expect(nextStep([check({ runs: counts(1, 1) }), search('coarse')])).toMatchObject({
      state: 'incomplete',
    });
  });
});
