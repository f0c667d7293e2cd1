/** What a person sees while a sweep trains: lines in a log, bars on a terminal. */
import { memoryStream } from '../testing/memory-stream.js';
import { stageProgress, sweepStatus } from '../testing/sweep-status.js';
import { createProgressDisplay } from './progress-display.js';

const ESCAPE = '\u001b';

test('without a terminal: a line per change of state and one every ten seconds, no control characters', () => {
  const stderr = memoryStream();
  const display = createProgressDisplay(stderr.stream, {});
  const at = (stepsDone: number, nowMs: number): void =>
    display.update(sweepStatus({ stages: [stageProgress({ stepsDone })] }), nowMs);
  at(0, 0);
  for (let second = 1; second <= 20; second += 1) at(second * 3_000, second * 1_000);
  display.update(sweepStatus({ stages: [stageProgress({ state: 'completed', committed: 65 })] }), 21_000);
  display.stop();
  expect(stderr.text().split('\n')).toEqual([
    'coarse: running 0.00 % (13 trials, 29/65 runs, 0/234,000 steps)',
    'coarse: running 12.82 % (13 trials, 29/65 runs, 30,000/234,000 steps, 3,000 steps/s, 1 min 08 s left)',
    'coarse: running 25.64 % (13 trials, 29/65 runs, 60,000/234,000 steps, 3,000 steps/s, 58 s left)',
    'coarse: completed (13 trials, 65/65 runs, 104,400/234,000 steps)',
    '',
  ]);
});

test('the accuracy of what is in training is shown while the stage runs', () => {
  const stderr = memoryStream();
  const display = createProgressDisplay(stderr.stream, {});
  const inTraining = { runs: 36, mean: 0.413, best: 0.44021 };
  display.update(sweepStatus({ stages: [stageProgress({ inTraining })] }), 0);
  display.update(sweepStatus({ stages: [stageProgress({ inTraining, state: 'incomplete' })] }), 1_000);
  expect(stderr.text()).toMatch(/steps, in training 41\.30 % right \(best 44\.02 %\)\)\n.*steps\)\n$/);
});

test('a stage that waits says so once, and given-up blocks are counted', () => {
  const stderr = memoryStream();
  const display = createProgressDisplay(stderr.stream, {});
  const waiting = stageProgress({ stage: 'final', state: 'waiting', planned: 0, committed: 0 });
  display.update(sweepStatus({ stages: [waiting] }), 0);
  display.update(sweepStatus({ stages: [waiting] }), 60_000);
  display.update(sweepStatus({ stages: [{ ...waiting, state: 'incomplete', deadLetters: 1 }] }), 61_000);
  expect(stderr.text()).toContain('final: waiting (not planned yet)\nfinal: incomplete (');
  expect(stderr.text()).toContain('1 block given up');
});

test('on a terminal: one bar a stage, notes stay above, the cursor comes back', () => {
  const stderr = memoryStream({ isTTY: true, columns: 160 });
  const display = createProgressDisplay(stderr.stream, { TERM: 'xterm' });
  display.update(
    sweepStatus({ stages: [stageProgress(), stageProgress({ stage: 'fine', state: 'waiting' })] }),
    0,
  );
  display.note('trainer-1: lost its Redis');
  display.update(
    sweepStatus({ stages: [stageProgress({ state: 'completed' }), stageProgress({ stage: 'fine' })] }),
    1_000,
  );
  display.stop();
  display.stop();
  const text = stderr.text();
  expect(text).toContain(ESCAPE);
  expect(text).toMatch(/coarse \[.*\] +44% 13 trials, 29\/65 runs/);
  expect(text).toMatch(/fine {3}\[/);
  expect(text).toContain('trainer-1: lost its Redis');
  expect(text).toContain(`${ESCAPE}[?25h`);
});

test.each([{ TERM: 'dumb' }, { TERM: 'xterm', CI: '1' }])(
  'a terminal with %p gets plain lines',
  (environment) => {
    const stderr = memoryStream({ isTTY: true });
    const display = createProgressDisplay(stderr.stream, environment);
    display.update(sweepStatus(), 0);
    display.stop();
    expect(stderr.text()).not.toContain(ESCAPE);
  },
);
