import { committedAgain } from './committed-again.js';
import type { EventOf } from './history.js';

const SET_BACK: EventOf<'set-back'> = { type: 'set-back', atMs: 200, sinceMs: 100, untilMs: 200 };

/** A run that trainers have committed, each from its offer to its answer. */
function commits(...times: readonly (readonly [number, number])[]): EventOf<'commit'>[] {
  return times.flatMap(([offeredMs, answeredMs], processId): EventOf<'commit'>[] => {
    const common = { type: 'commit', runId: 'run', digest: 'digest', processId } as const;
    return [
      { ...common, phase: 'invoke', atMs: offeredMs },
      { ...common, phase: 'ok', atMs: answeredMs, outcome: 'committed' },
    ];
  });
}

it('excuses a second commit only when the first may have been in the part that was lost', () => {
  const excused = { excused: 1, unexcused: 0 };
  const unexcused = { excused: 0, unexcused: 1 };
  expect(committedAgain(commits([150, 151], [300, 301]), [SET_BACK])).toEqual(excused);
  expect(committedAgain(commits([99, 100], [300, 301]), [SET_BACK])).toEqual(excused);
  expect(committedAgain(commits([98, 99], [300, 301]), [SET_BACK])).toEqual(unexcused);
  expect(committedAgain(commits([201, 202], [300, 301]), [SET_BACK])).toEqual(unexcused);
  expect(committedAgain(commits([150, 151], [160, 161]), [SET_BACK])).toEqual(unexcused);
  expect(committedAgain(commits([150, 151], [300, 301]), [])).toEqual(unexcused);
});

it('excuses each commit but the last on its own', () => {
  expect(committedAgain(commits([150, 151], [300, 301], [400, 401]), [SET_BACK])).toMatchObject({
    unexcused: 1,
  });
});

it('says nothing of runs that were committed once, or whose second result was a duplicate', () => {
  const [invoke, ok] = commits([300, 301]);
  const repeated = [...commits([150, 151]), invoke!, { ...ok!, outcome: 'duplicate' }];
  expect(committedAgain(repeated, [])).toEqual({ excused: 0, unexcused: 0 });
});
