import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultyProxy } from '../faulty-proxy.js';
import type { Keeper } from '../keeper.js';
import type { FaultContext, InjectedFault, Scenario } from '../scenario.js';
import { until } from '../until.js';

const REACHED_DEADLINE_MS = 30_000;

/** Each kind with the command whose reply is lost, and which of them. */
const COMMANDS = {
  'lost-claim': 'before:claim-a-block:2',
  'lost-renew': 'before:renew-locks',
  'lost-commit': 'before:commit-a-result:2',
  'lost-complete': 'before:complete-a-block',
  'lost-hand-back': 'before:hand-back-a-block',
  'lost-add': 'before:add-blocks',
} as const;
type Kind = keyof typeof COMMANDS;
const KINDS = Object.keys(COMMANDS) as Kind[];

const kindOf = ({ faultIndex }: FaultContext): Kind => KINDS[faultIndex % KINDS.length]!;

/** The one trainer meets every block; what a coordinator sends is its own. */
function victimOf({ system }: FaultContext, kind: Kind): Keeper {
  return kind === 'lost-add' ? system.coordinator : system.trainers[0]!;
}

/** Beside the folder that must be empty at the end. */
const markPathOf = ({ system }: FaultContext) => join(system.temporaryDirectory, '..', 'mark');

export const lostReply: Scenario = {
  name: 'lost-reply',
  summary:
    'a command has its effect, and its reply is lost with the connection: each command of a trainer, and add',
  kinds: KINDS,
  counts: { full: 20 * KINDS.length, test: 1 },
  faultsPerRound: 2 * KINDS.length,
  secondsPerFault: 5,
  independent: false,
  expects: { duplicates: 6 },
  sweep: 'short',
  sweepPerFault: true,
  system: { proxied: true, trainers: 1 },
  async prepare(context) {
    const kind = kindOf(context);
    const keeper = victimOf(context, kind);
    const markPath = markPathOf(context);
    const before = keeper.processId;
    rmSync(markPath, { force: true });
    keeper.nextStartWith({ SEEDBED_MARK_AT: COMMANDS[kind], SEEDBED_MARK_PATH: markPath });
    context.system.proxyOf(keeper).loseReplyAfter(markPath);
    keeper.signal('SIGTERM');
    if (before !== null) await keeper.gone(before);
    await keeper.untilReady();
  },
  async inject(context): Promise<InjectedFault> {
    const kind = kindOf(context);
    const keeper = victimOf(context, kind);
    const proxy = context.system.proxyOf(keeper);
    if (kind === 'lost-hand-back') await endWhileTraining(context, keeper);
    await untilLost(proxy);
    return {
      kind,
      target: `reply to ${COMMANDS[kind]}`,
      recovery: { of: 'event', event: 'claim', sinceMs: Date.now() },
    };
  },
};

async function endWhileTraining({ system }: FaultContext, trainer: Keeper): Promise<void> {
  const { history } = system.options;
  await until('the trainer has a block in its hands', REACHED_DEADLINE_MS, async () => {
    const own = history.read().filter(({ processId }) => processId === trainer.processId);
    const claims = own.filter(({ type }) => type === 'claim').length;
    return claims > own.filter(({ type }) => type === 'end').length ? true : null;
  });
  trainer.signal('SIGTERM');
}

const countsBefore = new WeakMap<FaultyProxy, number>();

async function untilLost(proxy: FaultyProxy): Promise<void> {
  const before = countsBefore.get(proxy) ?? 0;
  await until('a reply is lost', REACHED_DEADLINE_MS, async () => (proxy.lost > before ? true : null));
  countsBefore.set(proxy, proxy.lost);
}
