/** What probes are told, and when a loop counts as standing still. */
import { Pulse } from './pulse.js';
import { type HealthFacts, healthOf } from './trainer-health.js';

const WELL: HealthFacts = {
  standstills: [],
  childrenAlive: 2,
  sinceHeartbeatMs: 2_000,
  heartbeatLateMs: 10_000,
  isDraining: false,
};
const stuck = [{ activity: 'gathering' as const, silentMs: 61_000 }];

it.each<[string, Partial<HealthFacts>, { live: boolean; ready: boolean; reason: string | null }]>([
  ['all is well', {}, { live: true, ready: true, reason: null }],
  [
    'a loop stands still',
    { standstills: stuck },
    { live: false, ready: false, reason: 'gathering has not moved for 61 s' },
  ],
  [
    'Redis is away',
    { sinceHeartbeatMs: 10_001 },
    { live: true, ready: false, reason: 'Redis does not answer' },
  ],
  // A restart would not bring Redis back, and all trainers would restart at once.
  [
    'Redis is away and a loop waits for it',
    { sinceHeartbeatMs: Infinity, standstills: stuck },
    { live: true, ready: false, reason: 'Redis does not answer' },
  ],
  [
    'no child is alive',
    { childrenAlive: 0 },
    { live: true, ready: false, reason: 'no training child is alive' },
  ],
  [
    'it is stopping',
    { isDraining: true, standstills: stuck },
    { live: true, ready: false, reason: 'the trainer is stopping' },
  ],
])('when %s', (_, facts, expected) => {
  expect(healthOf({ ...WELL, ...facts })).toEqual(expected);
});

describe('a pulse', () => {
  const limits = { gathering: 100, 'replacing-child': 200, training: 300 };

  it('stands still after the limit of what it is doing', () => {
    let now = 0;
    const pulse = new Pulse(limits, () => now);
    now = 100;
    expect(pulse.standstill()).toBeNull();
    now = 101;
    expect(pulse.standstill()).toEqual({ activity: 'gathering', silentMs: 101 });
    pulse.beat('training');
    now = 401;
    expect(pulse.standstill()).toBeNull();
    now = 402;
    expect(pulse.standstill()).toEqual({ activity: 'training', silentMs: 301 });
  });

  it('moves again with its next beat', () => {
    let now = 0;
    const pulse = new Pulse(limits, () => now);
    now = 1_000;
    pulse.beat('gathering');
    expect(pulse.standstill()).toBeNull();
  });
});
