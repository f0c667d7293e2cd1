import { Holdings } from './holdings.js';
import { blockOf, heldBlock } from './testing/blocks.js';

const held = () => heldBlock(blockOf({ trialIndex: 0, seeds: [1] }));

it('ends the training of a block whose lock is lost, unless its result is near', () => {
  const holdings = new Holdings();
  const [early, late, finished] = [held(), held(), held()];
  late.noteProgress(late.job.runs[0]!.runId, 0.95);
  finished.resultKnown(finished.job.runs[0]!.runId);
  for (const block of [early, late, finished]) holdings.lose(block);
  expect([early, late, finished].map((block) => block.abandoned.aborted)).toEqual([true, false, false]);
  expect([early, late, finished].every((block) => block.lost && !block.isOpen)).toBe(true);
});

it('takes a block that is claimed again as the loss of the older claim', () => {
  const holdings = new Holdings();
  const [older, newer] = [held(), held()];
  holdings.add(older);
  holdings.add(newer);
  expect(older.lost).toBe(true);
  expect(holdings.all()).toEqual([newer]);
});
