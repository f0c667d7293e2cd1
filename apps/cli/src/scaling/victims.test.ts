import { type Candidate, chooseVictims } from './victims.js';

const training = (processId: number, runs: number, step: number): Candidate => ({
  processId,
  status: { state: 'training', packs: [{ blocks: 1, runs, step, steps: 100 }] },
});
const idle: Candidate = { processId: 1, status: { state: 'idle', packs: [] } };
const starting: Candidate = { processId: 2, status: null };
const late = training(3, 5, 90);
const early = training(4, 5, 10);

it('takes those that lose least first', () => {
  const all = [late, idle, early, starting];
  expect(chooseVictims(all, 4, { interrupt: true })).toEqual([2, 1, 4, 3]);
  expect(chooseVictims(all, 3, { interrupt: true })).toEqual([2, 1, 4]);
});

it('leaves those that train alone unless told otherwise', () => {
  expect(chooseVictims([late, idle, early], 3, { interrupt: false })).toEqual([1]);
  expect(chooseVictims([late, early], 1, { interrupt: false })).toEqual([]);
});

it('takes none when there are not too many', () => {
  expect(chooseVictims([idle], -2, { interrupt: true })).toEqual([]);
});
