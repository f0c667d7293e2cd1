/** A process kills itself at a named point (preload/observer.cjs); a sweep is launched so that it comes past it. */
import type { Keeper } from '../keeper.js';
import type { FaultContext, InjectedFault, Scenario } from '../scenario.js';
import { until } from '../until.js';

const REACHED_DEADLINE_MS = 30_000;

export interface NamedPoints {
  readonly points: readonly string[];
  readonly victim: (context: FaultContext) => Keeper;
  /** What a process must come through before it is in place. */
  readonly recovery: 'lead' | 'claim';
}

/** The two halves of a scenario: put a process in place that will end at the fault's point, and see it end. */
export function atNamedPoints({
  points,
  victim,
  recovery,
}: NamedPoints): Pick<Scenario, 'prepare' | 'inject'> {
  const pointOf = ({ faultIndex }: FaultContext) => points[faultIndex % points.length]!;
  return {
    async prepare(context) {
      const keeper = victim(context);
      const before = keeper.processId;
      keeper.nextStartWith({ SEEDBED_CRASH_AT: pointOf(context) });
      keeper.signal('SIGTERM');
      if (before !== null) await keeper.gone(before);
      // One that ends before it is ready is reached already.
      await until('the process is in place', REACHED_DEADLINE_MS, async () => (keeper.isReady ? true : null));
    },
    async inject(context): Promise<InjectedFault | null> {
      const { history } = context.system.options;
      const point = pointOf(context);
      const crash = await until(
        `a process has ended at ${point}`,
        REACHED_DEADLINE_MS,
        async () =>
          history.read().findLast((event) => event.type === 'crash' && event.point === point) ?? null,
      );
      return {
        kind: point,
        target: `process ${crash.processId ?? 0}`,
        recovery: { of: 'event', event: recovery, sinceMs: crash.atMs },
      };
    },
  };
}
