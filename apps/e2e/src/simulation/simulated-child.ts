/**
 * A training child that trains nothing but keeps the books of one: what it has come to with a run is a chain of digests, so
 * that going on from another run's state, or from the wrong step, gives another result.
 */
import { type RunId, type RunResult, type RunSettings, runIdOf, sha256 } from '@seedbed/contracts';
import type {
  ChildIdentity,
  PackListeners,
  PackOutcome,
  TrainingChild,
  TrainingOrder,
} from '@seedbed/trainer';
import type { Happenings } from './happenings.js';
import type { SeededRandom } from './seeded-random.js';
import type { Owner, VirtualTime } from './virtual-time.js';

/** Steps of a simulated training, whatever the settings say. */
const STEPS = 4;
/** Of one step; a whole training then takes as long as a lock lives, or a few times as long. */
const STEP_MS_MAX = 700;
const VALIDATION_IMAGES = 5_000;

export interface ChildWorld {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly happenings: Happenings;
  readonly identity: ChildIdentity;
  /** Seeds whose training kills the child. */
  readonly guilty: ReadonlySet<number>;
  readonly violation: (what: string) => void;
}

/** Ids of the few runs of all schedules: hashing their settings anew would be most of the work. */
const ids = new Map<string, RunId>();

function idOf(settings: RunSettings): RunId {
  const key = `${lambdaOf(settings)} ${settings.seed}`;
  const id = ids.get(key) ?? runIdOf(settings);
  ids.set(key, id);
  return id;
}

/** What a run's training has come to after some steps. */
export function chainOf(settings: RunSettings, steps = STEPS): string {
  let state: string = idOf(settings);
  for (let step = 0; step < steps; step += 1) state = sha256(state);
  return state;
}

/** The result of training through: a pure function of the settings, best near λ = 1e-3. */
export function simulatedResult(settings: RunSettings, state = chainOf(settings)): RunResult {
  if (settings.task !== 'train') throw new TypeError('simulated sweeps have no checks');
  const distance = Math.abs(Math.log10(settings.training.lambda) + 3);
  const noise = Number.parseInt(state.slice(0, 4), 16) % 40;
  return {
    outcome: 'trained',
    validation: { correct: Math.round(2_600 - 100 * distance) + noise, count: VALIDATION_IMAGES },
    curve: [],
    weightsDigest: state,
  };
}

export class SimulatedChild implements TrainingChild {
  readonly processId = 1;
  readonly identity: ChildIdentity;
  private readonly goneController = new AbortController();
  readonly gone = this.goneController.signal;
  private end: ((outcome: PackOutcome) => void) | null = null;
  private members: { readonly settings: RunSettings; state: string; isOpen: boolean }[] = [];

  constructor(
    private readonly world: ChildWorld,
    private readonly owner: Owner,
  ) {
    this.identity = world.identity;
  }

  measure(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  cancel(members: readonly number[]): void {
    for (const index of members) this.members[index]!.isOpen = false;
  }

  kill(): void {
    this.die('infrastructure', 'killed by its supervisor');
  }

  /** As when somebody else ends the process. */
  die(cause: 'infrastructure' | 'poison', reason: string): void {
    if (this.gone.aborted) return;
    this.goneController.abort();
    this.endPack({ kind: 'died', death: { cause, reason } });
  }

  train(order: TrainingOrder, listeners: PackListeners): Promise<PackOutcome> {
    return new Promise((end) => {
      if (this.gone.aborted) {
        end({ kind: 'died', death: { cause: 'infrastructure', reason: 'it is gone' } });
        return;
      }
      this.end = end;
      const begin = this.beginningOf(order);
      this.members = order.members.map((settings, index) => ({
        settings,
        state: begin?.states[index] ?? idOf(settings),
        isOpen: true,
      }));
      const { happenings } = this.world;
      if (order.members.length > 2) happenings.note('blocks packed');
      if (begin !== null) happenings.note('gone on from a checkpoint');
      this.soon(() => this.step(begin?.step ?? 0, order, listeners));
    });
  }

  /** Null for the beginning: no checkpoints, or one that is damaged. */
  private beginningOf({ checkpoints, members }: TrainingOrder): { step: number; states: string[] } | null {
    if (checkpoints === null) return null;
    const parsed = checkpoints.map((bytes) => String(Buffer.from(bytes)).split(' '));
    const steps = new Set(parsed.map(([, step]) => step));
    if (steps.size !== 1) this.world.violation('a pack of several steps');
    if (parsed.some(([runId], index) => runId !== idOf(members[index]!))) {
      this.world.violation("another run's checkpoint");
    }
    return { step: Number(parsed[0]?.[1]), states: parsed.map(([, , state]) => state ?? '') };
  }

  private step(step: number, order: TrainingOrder, listeners: PackListeners): void {
    const { guilty, happenings, violation } = this.world;
    const open = this.members.filter(({ isOpen }) => isOpen);
    if (open.some(({ settings }) => guilty.has(settings.seed))) {
      const isAlone = new Set(open.map(({ settings }) => lambdaOf(settings))).size === 1;
      happenings.note(isAlone ? 'child died guilty' : 'child died in company');
      this.die('poison', 'a fault in its weights');
      return;
    }
    for (const member of open) member.state = sha256(member.state);
    const reached = step + 1;
    this.members.forEach(({ isOpen, state, settings }, index) => {
      if (!isOpen) return;
      if (reached === STEPS) {
        if (state !== chainOf(settings)) violation('a training that skipped or repeated a step');
        listeners.onResult(index, simulatedResult(settings, state), null);
        return;
      }
      listeners.onProgress([{ member: index, step: reached, steps: STEPS, points: [] }]);
      if (order.checkpointIntervalMs === null) return;
      const bytes = Buffer.from(`${idOf(settings)} ${reached} ${state}`);
      listeners.onCheckpoint(index, { step: reached, bytes });
    });
    if (reached < STEPS && open.length > 0) this.soon(() => this.step(reached, order, listeners));
    else this.endPack({ kind: 'done', peakBytes: 1e9 });
  }

  private soon(work: () => void): void {
    const { time, random } = this.world;
    time.schedule(this.owner, random.between(1, STEP_MS_MAX), () => {
      if (!this.gone.aborted) work();
    });
  }

  private endPack(outcome: PackOutcome): void {
    const end = this.end;
    this.end = null;
    end?.(outcome);
  }
}

function lambdaOf(settings: RunSettings): number {
  return settings.task === 'train' ? settings.training.lambda : 0;
}
