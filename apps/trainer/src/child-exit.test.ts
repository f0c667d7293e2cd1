import { type ExitFacts, explainExit } from './child-exit.js';

const exit = (facts: Partial<ExitFacts>) =>
  explainExit({ code: null, signal: null, killedFor: null, memoryKillSeen: false, lastWords: '', ...facts });

it.each<[string, Partial<ExitFacts>, string, RegExp]>([
  ['an exit code', { code: 7, lastWords: 'Error: no\n' }, 'error', /code 7: Error: no$/],
  ['a native fault', { signal: 'SIGSEGV' }, 'poison', /SIGSEGV/],
  ['the kernel’s memory killer', { signal: 'SIGKILL', memoryKillSeen: true }, 'poison', /for memory/],
  ['a kill whose origin is not known', { signal: 'SIGKILL', memoryKillSeen: null }, 'poison', /for memory/],
  ['a kill from outside', { signal: 'SIGKILL' }, 'infrastructure', /from outside/],
  ['a termination from outside', { signal: 'SIGTERM' }, 'infrastructure', /SIGTERM/],
  [
    'a kill of ours',
    { signal: 'SIGKILL', killedFor: { cause: 'poison', reason: 'no sign of life' } },
    'poison',
    /^no sign of life$/,
  ],
])('%s', (_, facts, cause, reason) => {
  expect(exit(facts)).toEqual({ cause, reason: expect.stringMatching(reason) });
});
