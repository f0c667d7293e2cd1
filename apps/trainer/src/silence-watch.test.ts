import { SilenceWatch } from './silence-watch.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('tells once when nothing was heard for the deadline', () => {
  const onSilence = jest.fn();
  const watch = new SilenceWatch(1_000, onSilence);
  watch.start();
  jest.advanceTimersByTime(900);
  watch.heard();
  jest.advanceTimersByTime(999);
  expect(onSilence).not.toHaveBeenCalled();
  jest.advanceTimersByTime(5_000);
  expect(onSilence).toHaveBeenCalledTimes(1);
});

it('says nothing before its start and after its stop', () => {
  const onSilence = jest.fn();
  const watch = new SilenceWatch(1_000, onSilence);
  jest.advanceTimersByTime(5_000);
  watch.start();
  watch.stop();
  jest.advanceTimersByTime(5_000);
  expect(onSilence).not.toHaveBeenCalled();
});
