/** One system, its faults, and what is left afterwards. Everything that matters is in its history. */
import type { SweepSpec } from '@seedbed/contracts';
import { History } from './history.js';
import type { Profile } from './profiles.js';
import { Random } from './random.js';
import type { ReferenceAnswers } from './reference-answers.js';
import { recordOf } from './record.js';
import { processResidue, settledQueueResidue } from './residue.js';
import type { FaultContext, InjectedFault, Scenario } from './scenario.js';
import { sweepOf, type SweepSize } from './sweeps.js';
import { System, type SystemOptions } from './system.js';
import { pause, until } from './until.js';
import { judge, type Verdict } from './verdict.js';

export interface RoundOptions {
  readonly scenario: Scenario;
  readonly profile: Profile;
  /** The round's own; repeats its faults. */
  readonly seed: number;
  /** Of the first fault, counted over the scenario. */
  readonly firstFault: number;
  readonly faults: number;
  readonly historyPath: string;
  readonly references: ReferenceAnswers;
  /** Loaded into coordinator and trainers, for the suite's test of itself. */
  readonly preload?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** In place of the scenario's own. */
  readonly sweep?: SweepSize;
  /** @default the profile's */
  readonly sweepDeadlineMs?: number;
}

const TRAINERS = 4;
/** Undisturbed a sweep takes seconds; what is not through after this never will be. */
const SWEEP_DEADLINE_MS = { fast: 120_000, real: 600_000 } as const;
/** A sweep may pass between two faults; many in a row mean that there is nothing to hit. */
const SWEEPS_WITHOUT_FAULT_MAX = 20;
const RESIDUE_DEADLINE_MS = 20_000;
const PROCESS_DEADLINE_MS = 5_000;

export async function playRound(options: RoundOptions): Promise<Verdict> {
  const history = new History(options.historyPath);
  const { scenario } = options;
  const profile = { ...options.profile, ...scenario.timing };
  const systemOptions: SystemOptions = {
    profile,
    history,
    trainers: TRAINERS,
    ...(options.preload === undefined ? {} : { preload: options.preload }),
    ...scenario.system,
    environment: { ...scenario.system?.environment, ...options.environment },
  };
  const system = await System.start(systemOptions);
  try {
    await disturb(system, { ...options, profile }, history);
    await scenario.conclude?.(system);
    await until('everything is up', SWEEP_DEADLINE_MS[profile.name], async () =>
      [system.coordinator, ...system.trainers].every((keeper) => keeper.isReady) ? true : null,
    );
    for (const sweepId of await system.client.strangers())
      history.note({ type: 'defect', message: `${sweepId} was launched once more than anybody asked for` });
    const queue = await settledQueueResidue(system, RESIDUE_DEADLINE_MS);
    await system.release();
    history.note({
      type: 'residue',
      found: [...queue, ...(await processResidue(system, PROCESS_DEADLINE_MS))],
    });
  } catch (error) {
    history.note({ type: 'defect', message: error instanceof Error ? error.message : String(error) });
  } finally {
    await system.stop();
  }
  return judge(history.read());
}

/** Sweep after sweep until all faults are injected and the last sweep is through. */
async function disturb(system: System, options: RoundOptions, history: History): Promise<void> {
  const { scenario, profile, faults, firstFault } = options;
  const random = new Random(options.seed);
  let injected = 0;
  for (let variant = 0; injected < faults; variant += 1) {
    if (variant >= faults + SWEEPS_WITHOUT_FAULT_MAX)
      throw new Error(
        `${variant} sweeps passed, and only ${injected} of ${faults} faults found something to hit`,
      );
    const spec = sweepOf(profile.name, options.sweep ?? scenario.sweep ?? 'long', variant);
    const over = new AbortController();
    const failed = new AbortController();
    const context = (): FaultContext => ({
      system,
      spec,
      random,
      faultIndex: firstFault + injected,
      sweepOver: over.signal,
    });
    await scenario.prepare?.(context());
    const sweepId = await system.client.launch(spec, `${options.seed}-${spec.name}`);
    history.note({ type: 'launch', sweepId });
    const wanted = scenario.sweepPerFault === true ? 1 : faults - injected;
    const injecting = inject(scenario, {
      context,
      wanted,
      profile,
      onFault: (fault, atMs) => {
        history.note({ type: 'fault', atMs, ...fault });
        injected += 1;
      },
    });
    injecting.catch(() => failed.abort(new Error('a fault could not be injected')));
    const finishing = recordEnd(system, { spec, sweepId, options, history, signal: failed.signal }).finally(
      () => over.abort(),
    );
    const [outcome, end] = await Promise.allSettled([injecting, finishing]);
    if (outcome.status === 'rejected') throw outcome.reason;
    if (end.status === 'rejected') throw end.reason;
  }
}

async function inject(
  scenario: Scenario,
  {
    context,
    wanted,
    profile,
    onFault,
  }: {
    readonly context: () => FaultContext;
    readonly wanted: number;
    readonly profile: Profile;
    readonly onFault: (fault: InjectedFault, atMs: number) => void;
  },
): Promise<void> {
  for (let count = 0; count < wanted;) {
    const now = context();
    await pause(now.random.between(...profile.gapMs), now.sweepOver);
    // A sweep of its own waits for its fault, which may come after its end.
    if (now.sweepOver.aborted && scenario.sweepPerFault !== true) return;
    const atMs = Date.now();
    const fault = await scenario.inject(now);
    if (fault !== null) {
      onFault(fault, atMs);
      count += 1;
    } else if (now.sweepOver.aborted) return;
  }
}

interface End {
  readonly spec: SweepSpec;
  readonly sweepId: string;
  readonly options: RoundOptions;
  readonly history: History;
  readonly signal: AbortSignal;
}

async function recordEnd(system: System, { spec, sweepId, options, history, signal }: End): Promise<void> {
  const { client } = system;
  const deadlineMs =
    options.sweepDeadlineMs ?? options.scenario.sweepDeadlineMs ?? SWEEP_DEADLINE_MS[options.profile.name];
  await client.finished(sweepId, deadlineMs, signal);
  const answerEqual = (await client.answer(sweepId)) === (await options.references.of(spec));
  history.note({ ...(await recordOf(client, sweepId)), answerEqual });
}
