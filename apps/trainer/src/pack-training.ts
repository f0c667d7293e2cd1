/** Trains one pack in a child and says how it goes; all members have the same pack key. */
import {
  type CurvePoint,
  type GradientCheckSettings,
  type RunResult,
  type RunSettings,
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
}

export interface PackRequest {
  readonly backend: Backend;
  readonly cache: TrainingDataCache;
  readonly members: readonly RunSettings[];
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
  const { cache, events } = request;
  const { data: settings, training } = members[0]!;
  const { data, loadTest } = await cache.forPack(settings, training.batchSize);
  await trainPack({
    data,
    members,
    loadTest,
    isCancelled: (member) => events.isCancelled(member),
    onResult: (member, result, time) => events.onResult(member, result, time),
    onProgress: (member, progress) => events.onProgress(member, progress),
  });
}

async function check(request: PackRequest, members: readonly GradientCheckSettings[]): Promise<void> {
  const { backend, cache, events } = request;
  for (const [member, settings] of members.entries()) {
    const data = await cache.forGradientCheck(settings);
    if (!events.isCancelled(member)) events.onResult(member, checkGradients(backend, data, settings), null);
  }
}
