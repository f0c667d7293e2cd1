/**
 * Every example trains to a complete answer: the newcomer's as it stands, the others with fewer images and steps. The
 * reproduction has a test of its own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, SweepSpec } from '@seedbed/contracts';
import { parseSweepFile } from '@seedbed/search';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(180_000);

const examples = join(__dirname, '../../../examples');

function read(name: string): SweepSpec {
  return parseSweepFile(readFileSync(join(examples, name), 'utf8'), { fileName: name });
}

/** The same search on less: what is searched, and how, stays. */
function reduced(spec: SweepSpec): SweepSpec {
  return {
    ...spec,
    data: { ...spec.data, train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 } },
    training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 20, cycles: 1 } },
  };
}

describeSystem('examples', () => {
  let system: System;
  beforeAll(async () => {
    system = await System.start();
    await system.startTrainer();
  });
  afterAll(() => system.stop());

  async function answerOf(spec: SweepSpec): Promise<Answer> {
    const sweepId = await system.launch(spec);
    expect((await system.finished(sweepId)).state).toBe('completed');
    return (await system.answer(sweepId)).answer;
  }

  it.each([
    ['quick.yaml', 4, 3, (spec: SweepSpec) => spec],
    ['lambda-grid.yaml', 8, 5, reduced],
    ['random-search.yaml', 16, 3, reduced],
  ])('%s trains %d trials with %d seeds each', async (name, trials, seeds, change) => {
    const answer = await answerOf(change(read(name)));
    const [stage] = answer.stages;
    expect(stage?.trials.map(({ n, planned }) => [n, planned])).toEqual(Array(trials).fill([seeds, seeds]));
    expect(stage?.best).not.toBeNull();
    expect(answer.complete).toBe(true);
  });
});
