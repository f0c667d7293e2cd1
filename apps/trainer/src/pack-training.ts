/** Trains one pack in a child and says how it goes; all members have the same pack key. */
import {
  coerceError,
  type CurvePoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type GradientCheckSettings,
  InputError,
  isTraining,
  type OverfitSettings,
  runIdOf,
  type RunResult,
  type RunSettings,
  type RunState,
  type RunTime,
  TerminalError,
  type TrainSettings,
} from '@seedbed/contracts';
import {
  type Backend,
  checkGradients,
  layersModel,
  layersModelJson,
  overfitOneBatch,
  reloadedAccuracy,
  trainPack,
} from '@seedbed/model';
import { MODEL_WEIGHTS_FILE, type NetworkModel } from './protocol.js';
import type { PackData, TrainingDataCache } from './training-data.js';

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
  onModel(member: number, model: NetworkModel): void;
}

export interface PackRequest {
  readonly backend: Backend;
  readonly cache: TrainingDataCache;
  readonly members: readonly RunSettings[];
  /** Where each member begins; null for the beginning. */
  readonly checkpoints: readonly Uint8Array[] | null;
  /** Whether to give the model of each trained member; it is loaded again and tried before. */
  readonly models: boolean;
  readonly events: PackEvents;
}

/** @throws whatever training threw, a RetryableError when the data could not be fetched */
export async function runPack(request: PackRequest): Promise<void> {
  const training = request.members.filter((member) => member.task === 'train');
  if (training.length === request.members.length) return train(request, training);
  if (training.length > 0) throw new TerminalError('a pack holds runs of one task');
  for (const [member, settings] of request.members.entries()) {
    if (isTraining(settings))
      throw new TerminalError(`no engine of this trainer trains ${settings.task} runs`);
    await check(request, member, settings);
  }
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
  { events, backend, models }: PackRequest,
  members: readonly TrainSettings[],
  { data, loadTest, validation, normalisation }: PackData,
  states: readonly RunState[] | null,
): Promise<void> {
  const { numericsClass } = backend;
  const trained: [member: number, model: ReturnType<typeof layersModel>][] = [];
  await trainPack({
    data,
    members,
    ...(models
      ? { onWeights: (member, own) => trained.push([member, layersModel(own, normalisation)]) }
      : {}),
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
  for (const [member, model] of trained) {
    const reloaded = await reloadedAccuracy(model, validation);
    const json = layersModelJson(model, MODEL_WEIGHTS_FILE);
    events.onModel(member, { json, weights: model.weightData, reloaded });
  }
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

async function check(
  { backend, cache, events }: PackRequest,
  member: number,
  settings: GradientCheckSettings | OverfitSettings,
): Promise<void> {
  const data = await cache.forCheck(settings);
  if (events.isCancelled(member)) return;
  const result =
    settings.task === 'gradient-check'
      ? checkGradients(backend, data, settings)
      : await overfitOneBatch(backend, data, settings);
  events.onResult(member, result, null);
}
