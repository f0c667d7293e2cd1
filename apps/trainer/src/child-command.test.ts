import { childCommand, childEnvironment } from './child-command.js';

describe('childEnvironment', () => {
  it('passes on what a child needs and no secret', () => {
    const environment = childEnvironment({
      PATH: '/bin',
      SEEDBED_CACHE: '/cache',
      REDIS_URL: 'redis://:secret@host',
      AWS_SECRET_ACCESS_KEY: 'secret',
      NODE_OPTIONS: '--inspect',
    });
    expect(environment).toMatchObject({ PATH: '/bin', SEEDBED_CACHE: '/cache', TF_NUM_INTRAOP_THREADS: '1' });
    expect(JSON.stringify(environment)).not.toContain('secret');
    expect(environment).not.toHaveProperty('NODE_OPTIONS');
  });

  it('does not let the surroundings change the number of threads, which changes sums', () => {
    expect(childEnvironment({ TF_NUM_INTRAOP_THREADS: '8' })['TF_NUM_INTRAOP_THREADS']).toBe('1');
  });
});

describe('childCommand', () => {
  const cores = [2, 5];

  it('wraps Node by what works here', () => {
    expect(childCommand(1, { parentDeathSignal: true, affinity: true, cores })).toEqual({
      execPath: 'setpriv',
      execArgv: ['--pdeathsig', 'KILL', 'taskset', '-c', '5', process.execPath, '--max-semi-space-size=2'],
    });
  });

  it('starts Node plainly where nothing does', () => {
    const plain = { execPath: process.execPath, execArgv: ['--max-semi-space-size=2'] };
    expect(childCommand(0, { parentDeathSignal: false, affinity: false, cores })).toEqual(plain);
    expect(childCommand(7, { parentDeathSignal: false, affinity: true, cores })).toEqual(plain);
  });
});
