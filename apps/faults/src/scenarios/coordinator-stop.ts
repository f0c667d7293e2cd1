import type { FaultContext, InjectedFault, Scenario } from '../scenario.js';
import { until } from '../until.js';

/** Writes of a conductor: each is in its hands while it is stopped, and is sent when another leads. */
const POINTS = [
  'before:write-a-plan',
  'before:publish-a-plan',
  'before:write-a-decision',
  'before:write-a-decision:2',
  'before:set-a-sweep-s-state',
  'before:look-at-the-lease',
  // Between look and write: BullMQ's scripts know of no lease, and what is added twice is trained once.
  'before:add-blocks',
] as const;
const UNFENCED: ReadonlySet<string> = new Set(['before:add-blocks']);
const REACHED_DEADLINE_MS = 30_000;
/** The lease is five times as long as the interval of the reconciler. */
const TAKEN_OVER_DEADLINE_MS = 30_000;

const pointOf = ({ faultIndex }: FaultContext) => POINTS[faultIndex % POINTS.length]!;

export const coordinatorStop: Scenario = {
  name: 'coordinator-stop',
  summary:
    'SIGSTOP of the leading coordinator with a write in its hands, until another has taken over its lease; then SIGCONT',
  kinds: POINTS,
  counts: { full: 3 * POINTS.length, test: 1 },
  faultsPerRound: POINTS.length,
  secondsPerFault: 8,
  independent: false,
  expects: { refused: 1 },
  sweep: 'short',
  sweepPerFault: true,
  async prepare(context) {
    const { coordinator } = context.system;
    const before = coordinator.processId;
    coordinator.nextStartWith({ SEEDBED_STOP_AT: pointOf(context) });
    coordinator.signal('SIGTERM');
    if (before !== null) await coordinator.gone(before);
    await coordinator.untilReady();
  },
  async inject(context): Promise<InjectedFault> {
    const { system } = context;
    const { history } = system.options;
    const point = pointOf(context);
    const { processId } = system.coordinator;
    const mine = (type: string) =>
      history.read().findLast((event) => event.type === type && event.processId === processId);
    const stopped = await until(
      `the coordinator has stopped at ${point}`,
      REACHED_DEADLINE_MS,
      async () => mine('stopped') ?? null,
    );
    const successor = await system.startCoordinator();
    try {
      await until('another leads', TAKEN_OVER_DEADLINE_MS, async () => {
        const leads = history.read().findLast((event) => event.type === 'lead');
        return leads !== undefined && leads.processId === successor.processId ? true : null;
      });
      system.coordinator.signal('SIGCONT');
      if (!UNFENCED.has(point))
        await until(`the write at ${point} is refused`, REACHED_DEADLINE_MS, async () =>
          mine('refused') === undefined ? null : true,
        );
    } finally {
      system.coordinator.signal('SIGCONT');
      // The first one leads again.
      await successor.release();
    }
    return {
      kind: point,
      target: `coordinator ${processId}`,
      recovery: { of: 'event', event: 'lead', sinceMs: stopped.atMs },
    };
  },
};
