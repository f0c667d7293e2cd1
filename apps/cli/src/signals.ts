/** Ctrl-C and its kin as one AbortSignal. */
import { InterruptedError } from './errors.js';
import { EXIT_CODES } from './exit-codes.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * One Ctrl-C can reach us twice: from the terminal and forwarded by the parent (npm start). Only a signal this much
 * later is a person who wants it ended at once.
 */
const SAME_SIGNAL_MS = 1_000;

/** The first signal asks for an orderly end, a later one ends the process at once (its `exit` handlers still run). */
export function catchSignals(target: NodeJS.Process): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let firstAt: number | null = null;
  const handlers = SIGNALS.map((name) => {
    const handler = (): void => {
      if (firstAt === null) {
        firstAt = Date.now();
        controller.abort(new InterruptedError(name));
      } else if (Date.now() - firstAt > SAME_SIGNAL_MS) {
        target.exit(name === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated);
      }
    };
    target.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    release: () => {
      for (const { name, handler } of handlers) target.off(name, handler);
    },
  };
}
