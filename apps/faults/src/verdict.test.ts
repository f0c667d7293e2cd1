import { unfelt } from './campaign.js';
import { type HistoryEvent, parseHistory } from './history.js';
import { judge, quantile, sumVerdicts } from './verdict.js';

let clockMs = 0;
beforeEach(() => (clockMs = 0));

type Fields<E> = E extends HistoryEvent ? Omit<E, 'atMs'> : never;
const happens = (event: Fields<HistoryEvent>): HistoryEvent =>
  ({ ...event, atMs: (clockMs += 10) }) as HistoryEvent;
const offered = (runId: string, digest = 'd') => happens({ type: 'commit', phase: 'invoke', runId, digest });
const answered = (runId: string, outcome = 'committed', digest = 'd') =>
  happens({ type: 'commit', phase: 'ok', runId, digest, outcome });
const record = (runs: Record<string, string | null>, over: { state?: string; answerEqual?: boolean } = {}) =>
  happens({
    type: 'record',
    sweepId: 'sweep',
    state: 'completed',
    reason: null,
    answerEqual: true,
    runs: Object.entries(runs).map(([runId, digest]) => ({ runId, digest })),
    ...over,
  });

it('finds nothing wrong with an undisturbed history, nor with duplicates that were refused', () => {
  const verdict = judge([
    offered('a'),
    answered('a'),
    offered('a'),
    answered('a', 'duplicate'),
    record({ a: 'd' }),
    happens({ type: 'residue', found: [] }),
  ]);
  expect(verdict).toMatchObject({
    attempts: 2,
    acknowledged: 2,
    committed: 1,
    lost: 0,
    duplicated: 0,
    duplicates: 1,
    refused: 0,
    problems: [],
  });
});

it('counts what shows that a fault was felt, and misses it when it never happened', () => {
  const felt = judge([
    offered('a'),
    answered('a', 'duplicate'),
    happens({ type: 'refused', command: 'write-a-plan' }),
    record({ a: 'd' }),
  ]);
  expect(felt).toMatchObject({ duplicates: 1, refused: 1 });
  const expects = { duplicates: 5, refused: 5, recovered: 6 };
  expect(unfelt({ expects }, 5, felt)).toEqual([]);
  expect(unfelt({ expects }, 6, felt)).toEqual(['"recovered" is 0 after 6 faults: nobody felt them']);
  expect(unfelt({}, 1_000, felt)).toEqual([]);
});

it('tells lost, duplicated and divergent runs', () => {
  const verdict = judge([
    answered('acknowledged'),
    answered('twice'),
    answered('twice'),
    answered('different', 'committed', 'one'),
    answered('different', 'divergent', 'another'),
    record({ planned: null, twice: 'd', different: 'one' }),
  ]);
  expect(verdict).toMatchObject({ lost: 2, duplicated: 1, divergent: 1 });
  expect(verdict.problems).toEqual([
    '2 runs lost',
    '1 runs committed twice',
    '1 runs with different results',
  ]);
});

it('reports another answer, another end, residue and defects', () => {
  const { problems } = judge([
    record({}, { state: 'incomplete', answerEqual: false }),
    happens({ type: 'residue', found: ['process 7'] }),
    happens({ type: 'defect', message: 'never finished' }),
  ]);
  expect(problems).toEqual([
    'never finished',
    'left behind: process 7',
    'sweep ended incomplete: null',
    'answer.json of sweep differs from the undisturbed one',
  ]);
});

it('measures recovery of each block that a killed process held, and of it alone', () => {
  const claim = (processId: number, jobId: string, attempt: number) =>
    happens({ type: 'claim', processId, jobId, attempt, runIds: [`run-of-${jobId}`] });
  const events = [
    claim(1, 'ended', 1),
    happens({ type: 'end', processId: 1, how: 'complete', jobId: 'ended', outcome: 'completed' }),
    claim(1, 'held', 1),
    claim(2, 'of-another', 1),
    happens({
      type: 'fault',
      kind: 'kill',
      target: '1',
      recovery: { of: 'blocks', processIds: [1], sinceMs: 45 },
    }),
    claim(2, 'held', 2),
    record({ 'run-of-held': 'd' }),
  ];
  expect(judge(events)).toMatchObject({ recoveryMs: [15], recovered: 1, faults: { kill: 1 } });
});

it('counts what was trained more than once as wasted', () => {
  const train = (run: string, trainingMs: number) =>
    happens({ type: 'train', phase: 'start', run, trainingMs });
  expect(judge([train('a', 100), train('a', 100), train('b', 50)])).toMatchObject({
    computeMs: 250,
    wastedMs: 100,
  });
});

it('adds rounds up, and takes quantiles', () => {
  const [one, two] = [judge([answered('lost')]), judge([record({ a: 'd' })])];
  expect(sumVerdicts([one, two])).toMatchObject({ lost: 1, committed: 1, problems: ['1 runs lost'] });
  expect([quantile([3, 1, 2], 0.5), quantile([3, 1, 2], 1), quantile([], 0.5)]).toEqual([2, 3, null]);
});

it('refuses a history with a broken line', () => {
  expect(() => parseHistory('{"type":"claim"')).toThrow();
  expect(() => parseHistory('{"type":"unheard-of","atMs":1}')).toThrow();
});
