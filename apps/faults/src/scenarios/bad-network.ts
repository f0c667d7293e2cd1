import type { Keeper } from '../keeper.js';
import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

const KINDS = ['reset', 'half-open', 'delay'] as const;
/** One way; a command takes twice as long. */
const DELAY_MS = [50, 600] as const;
const DELAYED_MS = 3_000;

export const badNetwork: Scenario = {
  name: 'bad-network',
  summary: 'connections of a coordinator or trainer are reset, fall silent for good, or are slow',
  kinds: KINDS,
  counts: { full: 60, test: 1 },
  faultsPerRound: 6,
  secondsPerFault: 3,
  independent: true,
  system: { proxied: true },
  async inject({ system, random, faultIndex, sweepOver }) {
    const kind = KINDS[faultIndex % KINDS.length]!;
    const keeper: Keeper = random.pick([system.coordinator, ...system.trainers]);
    const proxy = system.proxyOf(keeper);
    const delayMs = random.between(...DELAY_MS);
    const { connections } = proxy;
    if (connections === 0 || !keeper.isReady) return null;
    const sinceMs = Date.now();
    switch (kind) {
      case 'reset':
        proxy.reset();
        break;
      case 'half-open':
        proxy.halfOpen();
        break;
      case 'delay':
        proxy.delay(delayMs);
        await pause(DELAYED_MS, sweepOver);
        proxy.heal();
        break;
    }
    return {
      kind,
      target: `${connections} connections of process ${keeper.processId}`,
      recovery: { of: 'event', event: 'commit', sinceMs },
    };
  },
};
