import { InputError } from '@seedbed/contracts';
import { parseConfig } from './config.js';

const REDIS_URL = 'redis://127.0.0.1:6379';
const TOKEN = 'a-token-of-enough-length';

function problemsOf(environment: NodeJS.ProcessEnv) {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('has defaults for everything but the server', () => {
    expect(parseConfig({ REDIS_URL })).toEqual({
      redisUrl: REDIS_URL,
      checkpoints: null,
      listen: { host: '127.0.0.1', port: 7333 },
      tokens: { operator: null, trainer: null, observer: null },
      metricsListen: null,
      tlsFiles: null,
      logLevel: 'info',
      reconcileIntervalMs: 2_000,
      lockDurationMs: 7_500,
      stalledCheckIntervalMs: 1_500,
      startPatienceMs: 0,
      acceptDataLoss: '',
    });
  });

  it('finds the key beside the certificate unless told otherwise', () => {
    const tlsOf = (environment: NodeJS.ProcessEnv) => parseConfig({ REDIS_URL, ...environment }).tlsFiles;
    expect(tlsOf({ SEEDBED_TLS_CERTIFICATE: '/c' })).toEqual({ certificate: '/c', key: '/c' });
    expect(tlsOf({ SEEDBED_TLS_CERTIFICATE: '/c', SEEDBED_TLS_KEY: '/k' })?.key).toBe('/k');
    expect(problemsOf({ REDIS_URL, SEEDBED_TLS_KEY: '/k' })).toEqual([
      { path: 'SEEDBED_TLS_CERTIFICATE', message: expect.stringContaining('is not set') },
    ]);
  });

  it('takes an empty variable as not set', () => {
    expect(parseConfig({ REDIS_URL, SEEDBED_LISTEN: '', SEEDBED_TOKEN: '' }).tokens.operator).toBeNull();
    expect(problemsOf({ REDIS_URL: '' })).toEqual([
      { path: 'REDIS_URL', message: expect.stringContaining('is not set') },
    ]);
  });

  it.each([
    ['REDIS_URL', 'http://x', 'is no Redis URL'],
    ['SEEDBED_LISTEN', '7333', '"7333" is no address'],
    ['SEEDBED_LOG_LEVEL', 'loud', '"loud" is no log level; use one of trace, debug'],
    ['SEEDBED_RECONCILE_MS', 'soon', '"soon" is no number'],
    ['SEEDBED_LOCK_MS', '1', '"1" is too small'],
    ['SEEDBED_STALLED_CHECK_MS', '2.5', 'no whole number'],
    ['SEEDBED_START_PATIENCE_MS', '-1', '"-1" is negative'],
    ['SEEDBED_TOKEN', 'short', 'shorter than 16 characters'],
    ['SEEDBED_TOKEN', 'with spaces in between', 'printable ASCII'],
  ])('names %s=%s and what would be right', (variable, value, message) => {
    const problems = problemsOf({ REDIS_URL, [variable]: value });
    expect(problems[0]).toEqual({ path: variable, message: expect.stringContaining(message) });
  });

  it('names all wrong variables at once', () => {
    expect(problemsOf({ SEEDBED_LOG_LEVEL: 'x' }).map((problem) => problem.path)).toEqual([
      'REDIS_URL',
      'SEEDBED_LOG_LEVEL',
    ]);
  });

  it('never repeats a secret', () => {
    const problems = problemsOf({ REDIS_URL: 'http://user:hunter2@host', SEEDBED_TOKEN: 'hunter2' });
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it.each(['0.0.0.0:7333', '[::]:7333', '192.168.1.5:7333', 'machine.example.org:7333'])(
    'refuses to listen on %s without a token',
    (SEEDBED_LISTEN) => {
      expect(problemsOf({ REDIS_URL, SEEDBED_LISTEN })).toEqual([
        { path: 'SEEDBED_TOKEN', message: expect.stringContaining('can be reached from other machines') },
      ]);
      expect(parseConfig({ REDIS_URL, SEEDBED_LISTEN, SEEDBED_TOKEN: TOKEN }).tokens.operator).toBe(TOKEN);
    },
  );

  it('takes tokens that open less, where they are tokens of their own', () => {
    const other = `${TOKEN}-2`;
    const environment = { REDIS_URL, SEEDBED_TOKEN: TOKEN, SEEDBED_OBSERVER_TOKEN: other };
    expect(parseConfig(environment).tokens).toEqual({ operator: TOKEN, trainer: null, observer: other });
    expect(problemsOf({ REDIS_URL, SEEDBED_TRAINER_TOKEN: TOKEN })).toEqual([
      { path: 'SEEDBED_TRAINER_TOKEN', message: expect.stringContaining('SEEDBED_TOKEN is not') },
    ]);
    for (const same of [{ SEEDBED_TRAINER_TOKEN: TOKEN }, { SEEDBED_TRAINER_TOKEN: other }]) {
      expect(problemsOf({ ...environment, ...same })).toEqual([
        { path: 'SEEDBED_TRAINER_TOKEN', message: expect.stringContaining('same as another token') },
      ]);
    }
  });
});
