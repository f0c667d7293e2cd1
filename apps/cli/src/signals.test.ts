import { EventEmitter } from 'node:events';
import { InterruptedError } from './errors.js';
import { catchSignals } from './signals.js';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

afterEach(() => void jest.useRealTimers());

test('the first signal asks, a forwarded copy of it changes nothing, a later one ends at once', () => {
  jest.useFakeTimers();
  const target = new FakeProcess();
  const { signal } = catchSignals(target as unknown as NodeJS.Process);
  target.emit('SIGINT');
  expect(signal.reason).toBeInstanceOf(InterruptedError);
  jest.advanceTimersByTime(100);
  target.emit('SIGINT');
  expect(target.exits).toEqual([]);
  jest.advanceTimersByTime(2_000);
  target.emit('SIGINT');
  expect(target.exits).toEqual([130]);
});

test('released, signals are nobody’s business again', () => {
  const target = new FakeProcess();
  catchSignals(target as unknown as NodeJS.Process).release();
  expect(target.listenerCount('SIGTERM')).toBe(0);
});
