/**
 * Jobs that can never be trained, beside a healthy sweep with the same data, so that they are packed together: exactly these
 * become dead letters, with the reason, and the healthy sweep is hardly slower than it was in peace.
 */
import type { DeadLetter, SweepSpec } from '@seedbed/contracts';
import type { History } from '../history.js';
import { recordOf } from '../record.js';
import type { FaultContext, InjectedFault, Scenario } from '../scenario.js';
import type { System } from '../system.js';

interface Poison {
  /** Of scripted-child.cjs. */
  readonly fault: string;
  /** Sizes of a hidden layer that no other sweep has. */
  readonly hidden: number;
  /** Of its dead letter; null for a result that only looks like a failure. */
  readonly letter: { readonly cause: DeadLetter['cause']; readonly reason: RegExp } | null;
}

const POISONS: Readonly<Record<string, Poison>> = {
  'crash-segv': { fault: 'segv', hidden: 101, letter: { cause: 'poison', reason: /SIGSEGV/ } },
  'crash-abort': { fault: 'abort', hidden: 102, letter: { cause: 'poison', reason: /SIGABRT/ } },
  hang: { fault: 'hang', hidden: 103, letter: { cause: 'poison', reason: /no sign of life/ } },
  memory: { fault: 'hoard', hidden: 104, letter: { cause: 'poison', reason: /MB of memory/ } },
  throw: { fault: 'throw', hidden: 105, letter: { cause: 'error', reason: /scripted error/ } },
  exit: { fault: 'exit', hidden: 106, letter: { cause: 'error', reason: /exited with code 7/ } },
  'not-a-number': { fault: 'diverge', hidden: 107, letter: null },
};
const KINDS = Object.keys(POISONS);
const HEALTHY_HIDDEN = 64;
/** A hanging block is alone after one deadline and ended by three more. */
const SET_ASIDE_DEADLINE_MS = 60_000;
/** A made-up child needs 60 MB and hoards 400 MB. */
const CHILD_MEMORY_BYTES = 250_000_000;
const THROUGHPUT_LEAST = 0.9;
/** Shorter measurements say more about the machine. */
const MEASURED_MS_LEAST = 60_000;
/** No disturbed sweep of a round has these data seeds. */
const CALM_DATA_SEEDS = { before: 1_000_000, after: 1_000_001 } as const;
const sweepOfRound = new WeakMap<System, SweepSpec>();

export const poison: Scenario = {
  name: 'poison',
  summary: 'jobs that crash, hang, take too much memory, throw or diverge, beside a healthy sweep',
  kinds: KINDS,
  counts: { full: 500, test: 2 },
  faultsPerRound: 14,
  secondsPerFault: 9,
  independent: true,
  sweep: 'wide',
  system: {
    childScript: {
      faultsByHidden: Object.fromEntries(Object.values(POISONS).map(({ hidden, fault }) => [hidden, fault])),
    },
    environment: { SEEDBED_CHILD_MEMORY_BYTES: String(CHILD_MEMORY_BYTES) },
  },
  async prepare({ system, spec }) {
    const { history } = system.options;
    if (!history.read().some((event) => event.type === 'record'))
      await measureInPeace(system, spec, 'before');
  },
  async inject(context): Promise<InjectedFault> {
    const { system, faultIndex } = context;
    const { history } = system.options;
    const kind = KINDS[faultIndex % KINDS.length]!;
    const { letter } = POISONS[kind]!;
    const sweepId = await system.client.launch(
      poisonedSweep(context, POISONS[kind]!),
      `poison-${faultIndex}`,
    );
    await system.client.finished(sweepId, SET_ASIDE_DEADLINE_MS);
    const rows = await system.client.runs(sweepId);
    const poisoned = rows.filter(
      ({ parameters }) => letter !== null && parameters['hidden'] !== HEALTHY_HIDDEN,
    );
    for (const { runId, deadLetter } of rows) {
      const wanted = poisoned.some((row) => row.runId === runId) ? letter : null;
      const message = wrongWith(deadLetter, wanted);
      if (message !== null) history.note({ type: 'defect', message: `${kind}: run ${runId} ${message}` });
    }
    const record = await recordOf(system.client, sweepId);
    history.note({
      ...record,
      runs: record.runs.filter(({ runId }) => !poisoned.some((row) => row.runId === runId)),
      expected: letter === null ? 'completed' : 'incomplete',
    });
    return { kind, target: `sweep ${sweepId}`, recovery: null };
  },
  async conclude(system) {
    // Before and after, so that a machine that others load more or less meanwhile does not decide.
    await measureInPeace(system, sweepOfRound.get(system)!, 'after');
    noteThroughput(system.options.history);
  },
  demand({ measures }) {
    const shares = measures['throughput'] ?? [];
    const measuredMs = (measures['measured ms'] ?? []).reduce((sum, each) => sum + each, 0);
    const mean = shares.reduce((sum, each) => sum + each, 0) / shares.length;
    return measuredMs >= MEASURED_MS_LEAST && mean < THROUGHPUT_LEAST
      ? [`healthy work was done at ${Math.round(100 * mean)} % of its speed without poison`]
      : [];
  },
};

async function measureInPeace(
  system: System,
  spec: SweepSpec,
  when: keyof typeof CALM_DATA_SEEDS,
): Promise<void> {
  sweepOfRound.set(system, spec);
  const data = { ...spec.data, dataSeed: CALM_DATA_SEEDS[when] };
  const sweepId = await system.client.launch({ ...spec, name: `calm-${when}`, data } as SweepSpec, when);
  await system.client.finished(sweepId, SET_ASIDE_DEADLINE_MS);
  system.options.history.note({ ...(await recordOf(system.client, sweepId)), calm: true });
}

/** One trial of poison and a healthy one; its data lets both be packed with the sweep that is under way. */
function poisonedSweep({ spec, faultIndex }: FaultContext, { hidden }: Poison): SweepSpec {
  return {
    ...spec,
    name: `poison-${faultIndex}`,
    stages: [
      {
        name: 'only',
        parameters: {
          lambda: { values: [0.001 + faultIndex * 1e-6] },
          hidden: { values: [hidden, HEALTHY_HIDDEN] },
        },
      },
    ],
  };
}

function wrongWith(found: DeadLetter | null, wanted: Poison['letter']): string | null {
  if (wanted === null) return found === null ? null : `is set aside: ${found.reason}`;
  if (found === null) return 'is not set aside';
  return found.cause === wanted.cause && wanted.reason.test(found.reason)
    ? null
    : `is set aside for ${found.cause}, ${found.reason}`;
}

/** Training time a second of the disturbed sweeps, as a share of the sweep's that was left in peace. */
function noteThroughput(history: History): void {
  const records = history.read().flatMap((event) => (event.type === 'record' ? [event] : []));
  const rateOf = (chosen: typeof records) => {
    const wallMs = chosen.reduce((sum, record) => sum + (record.wallMs ?? 0), 0);
    return { wallMs, rate: chosen.reduce((sum, record) => sum + (record.trainingMs ?? 0), 0) / wallMs };
  };
  const calm = rateOf(records.filter((record) => record.calm === true));
  const disturbed = rateOf(records.filter(({ answerEqual }) => answerEqual !== null));
  history.note({ type: 'measure', name: 'throughput', value: disturbed.rate / calm.rate });
  history.note({ type: 'measure', name: 'measured ms', value: disturbed.wallMs });
}
