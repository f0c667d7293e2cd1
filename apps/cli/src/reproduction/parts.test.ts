/** A part trains the very runs that the whole reproduction would: same stages, same settings. */
import { join } from 'node:path';
import type { SweepSpec } from '@seedbed/contracts';
import { CIFAR10_DIGEST } from '@seedbed/data';
import { planStage, planSummary } from '@seedbed/search';
import { readSweepFile } from '../client/sweep-file.js';
import { installationRoot } from '../system/installation.js';
import { PART_NAMES } from './part-names.js';
import { specOfPart } from './parts.js';

const whole = () => readSweepFile(join('examples', 'reproduction.yaml'), installationRoot());

test.each([
  ['gradient-check', ['gradient-check', 'canary']],
  ['figures', ['figure-2', 'figure-3']],
  ['coarse', ['coarse']],
  ['fine', ['fine']],
  ['final', ['fine', 'final', 'final-report']],
] as const)('%s needs the stages %p', async (part, stages) => {
  const plan = planSummary(specOfPart(await whole(), part).spec);
  expect(plan.stages.map(({ stage }) => stage)).toEqual(stages);
  const ofWhole = planSummary(await whole()).stages;
  for (const stage of plan.stages.filter(({ stage: name }) => name !== 'canary')) {
    expect(ofWhole).toContainEqual(stage);
  }
});

test('the gradient check of a part is the run that checks the whole', async () => {
  const runOf = (spec: SweepSpec) => {
    const planned = planStage(spec, 'gradient-check', {
      datasetDigest: CIFAR10_DIGEST,
      earlierBest: new Map(),
    });
    if ('waitingFor' in planned) throw new Error('a gradient check waits for nothing');
    return planned.trials[0]?.runs[0]?.runId;
  };
  const spec = await whole();
  expect(runOf(specOfPart(spec, 'gradient-check').spec)).toBe(runOf(spec));
});

test('what is trained beyond the part is said', async () => {
  expect(specOfPart(await whole(), 'final').note).toBe(
    'final takes its λ from the best of fine, which runs first',
  );
  expect(specOfPart(await whole(), 'gradient-check').note).toContain('one network takes one step');
  expect(specOfPart(await whole(), 'coarse').note).toBeNull();
});

test('all parts together are the whole', async () => {
  const spec = await whole();
  const stages = new Set(
    PART_NAMES.flatMap((part) => planSummary(specOfPart(spec, part).spec).stages.map(({ stage }) => stage)),
  );
  stages.delete('canary');
  expect([...stages].sort()).toEqual(
    planSummary(spec)
      .stages.map(({ stage }) => stage)
      .sort(),
  );
});
