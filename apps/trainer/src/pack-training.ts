/** Trains one pack in a child and says how it goes; all members have the same pack key. */
import {
  coerceError,
  type CurvePoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type GradientCheckSettings,
  InputError,
  runIdOf,
  type RunResult,
  type RunSettings,
  type RunState,
  type RunTime,
  TerminalError,
  type TrainSettings,
} from '@seedbed/contracts';
import { type Backend, checkGradients, trainPack } from '@seedbed/model';
import type { TrainingDataCache } from './training-data.js';

export interface PackEvents {
  /** `point` when the member was evaluated at this step. */
  onProgress(member: number, progress: { step: number; steps: number; point: CurvePoint | null }): void;
  onResult(member: number, result: RunResult, time: RunTime | null): void;
  isCancelled(member: number): boolean;
  /** Something that a person should read. */
  onNote(note: string): void;
  /** Asked once a window. */
  isCheckpointDue(): boolean;
  onCheckpoint(member: number, checkpoint: { readonly step: number; readonly bytes: Uint8Array }): void;
}

export interface PackRequest {
  readonly backend: Backend;
  readonly cache: TrainingDataCache;
  readonly members: readonly RunSettings[];
  /** Where each member begins; null for the beginning. */
  readonly checkpoints: readonly Uint8Array[] | null;
  readonly events: PackEvents;
}

/** @throws whatever training threw, a RetryableError when the data could not be fetched */
export async function runPack(request: PackRequest): Promise<void> {
  const training = request.members.filter((member) => member.task === 'train');
  if (training.length === request.members.length) return train(request, training);
  const checks = request.members.filter((member) => member.task === 'gradient-check');
  if (checks.length < request.members.length) throw new TerminalError('a pack holds runs of one task');
  return check(request, checks);
}

async function train(request: PackRequest, members: readonly TrainSettings[]): Promise<void> {
  const { cache, checkpoints } = request;
  const { data: settings, training } = members[0]!;
  const prepared = await cache.forPack(settings, training.batchSize);
  if (checkpoints !== null) {
    try {
      return await trainFrom(request, members, prepared, statesOf(request, members, checkpoints));
    } catch (thrown) {
      // Damaged, of another run or of another engine: it was looked at before the first step.
      if (!(thrown instanceof InputError)) throw thrown;
      request.events.onNote(
        `checkpoints not used, training from the beginning: ${coerceError(thrown).message}`,
      );
    }
  }
  return await trainFrom(request, members, prepared, null);
}

async function trainFrom(
  { events, backend }: PackRequest,
  members: readonly TrainSettings[],
  { data, loadTest }: Awaited<ReturnType<TrainingDataCache['forPack']>>,
  states: readonly RunState[] | null,
): Promise<void> {
  const { numericsClass } = backend;
  await trainPack({
    data,
    members,
    ...(states === null ? {} : { states }),
    loadTest,
    isCancelled: (member) => events.isCancelled(member),
    onResult: (member, result, time) => events.onResult(member, result, time),
    onProgress: (member, progress) => events.onProgress(member, progress),
    onWindowEnd: (statesNow) => {
      if (!events.isCheckpointDue()) return;
      for (const [member, state] of statesNow()) {
        const runId = runIdOf(members[member]!);
        events.onCheckpoint(member, {
          step: state.step,
          bytes: encodeCheckpoint({ runId, numericsClass }, state),
        });
      }
    },
  });
}

/** @throws InputError when one of them is not of its run and of this arithmetic */
function statesOf(
  { backend }: PackRequest,
  members: readonly TrainSettings[],
  checkpoints: readonly Uint8Array[],
): RunState[] {
  return checkpoints.map((bytes, index) => {
    const { runId, numericsClass, state } = decodeCheckpoint(bytes);
    const settings = members[index];
    if (settings !== undefined && runId === runIdOf(settings) && numericsClass === backend.numericsClass) {
      return state;
    }
    const message = `is of run ${runId} in class ${numericsClass}`;
    throw new InputError([{ path: `checkpoint ${index}`, message }]);
  });
}

async function check(request: PackRequest, members: readonly GradientCheckSettings[]): Promise<void> {
  const { backend, cache, events } = request;
  for (const [member, settings] of members.entries()) {
    const data = await cache.forGradientCheck(settings);
    if (!events.isCancelled(member)) events.onResult(member, checkGradients(backend, data, settings), null);
  }
}
