/** Trains the runs of a pack together. Runs that read the same batches share the products; each gets the bits it would get alone. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type CurvePoint,
  type Evaluation,
  InputError,
  type RunResult,
  type RunState,
  type RunTime,
  trainedSteps,
  type TrainSettings,
} from '@seedbed/contracts';
import { isDeferred } from './decay.js';
import { downloadNetwork, evaluate, penaltiesOf } from './evaluate.js';
import { evaluationPoints } from './evaluation-points.js';
import type { Weights } from './initial-weights.js';
import type { Kernels } from './kernels.js';
import { NetworkGroup, type WeightSnapshot } from './network-group.js';
import { PackClock } from './pack-clock.js';
import { requireFitting, requireTogether } from './beginning.js';
import { type Chunk, chunksOf, type LabelledRows, type PreparedData } from './prepared-data.js';

export interface PackOptions {
  readonly data: PreparedData;
  /** All with the batch size that the data was prepared for. */
  readonly members: readonly TrainSettings[];
  /** Where each member begins, all at the same step; the bits are those of training through. @default initial weights */
  readonly states?: readonly RunState[];
  /** The test set, normalised as the training split is; asked for only when a member wants it. */
  readonly loadTest: () => Promise<LabelledRows>;
  /** A member reached a step; `point` when it was evaluated there. Called once a window. */
  readonly onProgress?: (
    member: number,
    progress: { step: number; steps: number; point: CurvePoint | null },
  ) => void;
  /** `time`: the member's share of the time on this core so far. */
  readonly onResult: (member: number, result: RunResult, time: RunTime) => void;
  /** The final weights of a member that trained to its last step, just before its result. */
  readonly onWeights?: (member: number, weights: Weights) => void;
  /** Called after a window with what gives the states of the members that still train, one at a time: each is large. */
  readonly onWindowEnd?: (statesNow: () => Iterable<readonly [member: number, state: RunState]>) => void;
  /** Asked once a window: a cancelled member leaves the pack without a result. */
  readonly isCancelled?: (member: number) => boolean;
}

interface Member {
  readonly index: number;
  readonly settings: TrainSettings;
  readonly steps: number;
  readonly points: ReadonlySet<number>;
  readonly curve: CurvePoint[];
  finished: boolean;
}

interface Group {
  readonly networks: NetworkGroup;
  readonly members: readonly Member[];
}

/**
 * Resolves when every member has its result or was cancelled, with the pack's time. Yields to the event loop after every
 * window.
 */
export async function trainPack(options: PackOptions): Promise<RunTime> {
  const { data, states } = options;
  if (states !== undefined) requireTogether(states, options.members.length);
  const members = options.members.map((settings, index): Member => {
    requireBatchSize(settings, data.batchSize);
    const points = evaluationPoints(settings.evaluation, settings.training, data.batchesPerEpoch);
    const steps = trainedSteps(settings.training);
    const state = states?.[index];
    if (state !== undefined) requireFitting(state, { settings, data, steps, points });
    return {
      index,
      settings,
      steps,
      points: new Set(points),
      curve: [...(state?.curve ?? [])],
      finished: false,
    };
  });
  const test = members.some(({ settings }) => settings.evaluation.test)
    ? chunksOf(data.kernels, await options.loadTest(), data.inputCount)
    : [];
  const groups: Group[] = [];
  try {
    for (const own of groupsOf(members)) {
      groups.push({
        members: own,
        networks: new NetworkGroup(
          data,
          own.map(({ settings }) => settings),
          own.map(({ index }) => states?.[index] ?? null),
        ),
      });
    }
    const clock = new PackClock(members.length);
    await trainGroups(groups, test, options, clock);
    return clock.total;
  } finally {
    for (const { networks } of groups) networks.dispose();
    for (const { rows } of test) data.kernels.dispose(rows);
  }
}

/** Members whose tensors can stand side by side. */
function groupsOf(members: readonly Member[]): Member[][] {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const key = `${member.settings.model.hidden}/${isDeferred(member.settings)}`;
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups.values()];
}

async function trainGroups(
  groups: Group[],
  test: readonly Chunk[],
  options: PackOptions,
  clock: PackClock,
): Promise<void> {
  clock.start();
  let step = options.states?.[0]?.step ?? 0;
  if (step === 0) {
    for (const group of groups) {
      atStep(group, { step, test, options, clock }, (indices) => group.networks.snapshot(indices));
    }
  }
  if (!groups.some(isTraining)) return;
  for (const window of options.data.windowsFrom(step)) {
    for (const group of groups.filter(isTraining)) {
      const training = unfinished(group);
      clock.start();
      group.networks.trainWindow(window, step, (reached, snapshot) => {
        clock.lap('training', training);
        atStep(group, { step: reached, test, options, clock }, snapshot);
      });
    }
    step += window.batches;
    for (const group of groups) reportAndDrop(group, step, options);
    if (groups.some(isTraining)) options.onWindowEnd?.(() => statesOf(groups, step));
    await setImmediate();
    if (!groups.some(isTraining)) return;
  }
}

function* statesOf(groups: readonly Group[], step: number): Generator<readonly [number, RunState]> {
  for (const { networks, members } of groups) {
    for (const [row, { index, curve, finished }] of members.entries()) {
      if (!finished) yield [index, { step, curve: [...curve], ...networks.stateOf(row) }];
    }
  }
}

function isTraining(group: Group): boolean {
  return group.members.some(({ finished }) => !finished);
}

function unfinished(group: Group): number[] {
  return group.members.filter(({ finished }) => !finished).map(({ index }) => index);
}

/** Where a pack stands when it may have to evaluate. */
interface Moment {
  readonly step: number;
  readonly test: readonly Chunk[];
  readonly options: PackOptions;
  readonly clock: PackClock;
}

/** Evaluates the members for which `step` is an evaluation point, and ends those for which it is the last. */
function atStep(group: Group, at: Moment, snapshot: (members: readonly number[]) => WeightSnapshot): void {
  const { kernels } = at.options.data;
  const due = group.members.flatMap((member, row) =>
    !member.finished && member.points.has(at.step) ? [row] : [],
  );
  // Members that also want their training rows evaluated, or the test set, go separately so that none pays for another.
  for (const rows of [due.filter((row) => onTrain(group, row)), due.filter((row) => !onTrain(group, row))]) {
    if (rows.length === 0) continue;
    const weights = snapshot(rows);
    evaluateRows(group, rows, weights, at);
    kernels.dispose(weights.W1, weights.b1, weights.W2, weights.b2);
    at.clock.lap(
      'evaluation',
      rows.map((row) => memberAt(group, row).index),
    );
  }
}

function onTrain(group: Group, row: number): boolean {
  return memberAt(group, row).settings.evaluation.train;
}

function evaluateRows(group: Group, rows: readonly number[], weights: WeightSnapshot, at: Moment): void {
  const { data, onProgress, onResult } = at.options;
  const members = rows.map((row) => memberAt(group, row));
  const lambdas = members.map(({ settings }) => settings.training.lambda);
  const penalties = penaltiesOf(data.kernels, weights, lambdas);
  const validation = evaluate(data.kernels, weights, data.validation, penalties);
  const train =
    members[0]?.settings.evaluation.train === true
      ? evaluate(data.kernels, weights, data.train, penalties)
      : [];
  const ending = members.some((member) => member.steps === at.step && member.settings.evaluation.test);
  const test = ending ? evaluate(data.kernels, weights, at.test, penalties) : [];
  at.clock.lap(
    'evaluation',
    members.map(({ index }) => index),
  );
  members.forEach((member, position) => {
    const own = validation[position];
    if (own === undefined) throw new RangeError('an evaluation for each member');
    const point: CurvePoint = { step: at.step, validation: own, ...optional('train', train[position]) };
    const result = resultOf(member, point, {
      test: test[position],
      digest: () => weightsDigest(data.kernels, weights, position),
    });
    member.curve.push(point);
    onProgress?.(member.index, { step: at.step, steps: member.steps, point });
    if (result === null) return;
    member.finished = true;
    if (result.outcome === 'trained') {
      at.options.onWeights?.(member.index, downloadNetwork(data.kernels, weights, position));
    }
    onResult(member.index, result, at.clock.timeOf(member.index));
  });
}

/** The member's result if this point ends it: diverged, or trained to its last step. */
function resultOf(
  member: Member,
  point: CurvePoint,
  last: { readonly test: Evaluation | undefined; readonly digest: () => string },
): RunResult | null {
  const { settings, steps, curve } = member;
  if (point.validation.loss === null || point.validation.cost === null || point.train?.loss === null) {
    const what = point.validation.loss === null ? 'validation loss' : 'cost';
    const reason = `the ${what} is not a finite number after step ${point.step}: λ = ${settings.training.lambda} with these learning rates diverges`;
    return { outcome: 'diverged', step: point.step, reason, curve: [...curve] };
  }
  if (point.step !== steps) return null;
  const test = settings.evaluation.test ? last.test?.accuracy : undefined;
  return {
    outcome: 'trained',
    validation: point.validation.accuracy,
    ...optional('test', test),
    curve: [...curve, point],
    weightsDigest: last.digest(),
  };
}

function reportAndDrop(group: Group, step: number, options: PackOptions): void {
  const keep = new Set<number>();
  group.members.forEach((member, row) => {
    if (!member.finished && options.isCancelled?.(member.index) === true) member.finished = true;
    if (member.finished) return;
    keep.add(row);
    options.onProgress?.(member.index, {
      step: Math.min(step, member.steps),
      steps: member.steps,
      point: null,
    });
  });
  if (keep.size > 0) group.networks.keep(keep);
}

/** SHA-256 of W1 (inputs × hidden), b1, W2 (hidden × classes), b2 as little-endian float32. */
function weightsDigest(kernels: Kernels, weights: WeightSnapshot, network: number): string {
  const { W1, b1, W2, b2 } = downloadNetwork(kernels, weights, network);
  const hash = createHash('sha256');
  hash.update(bytesOf(transposed(W1, b1.length)));
  for (const values of [b1, W2, b2]) hash.update(bytesOf(values));
  return hash.digest('hex');
}

function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column] ?? NaN;
  }
  return result;
}

/** Every platform that TensorFlow runs on stores float32 with the least significant byte first. */
function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function requireBatchSize(settings: TrainSettings, batchSize: number): void {
  if (settings.training.batchSize === batchSize) return;
  const message = `is ${settings.training.batchSize}, but the pack's data was prepared for ${batchSize}`;
  throw new InputError([{ path: 'training.batchSize', message }]);
}

function memberAt(group: Group, row: number): Member {
  const member = group.members[row];
  if (member === undefined) throw new RangeError(`a group of ${group.members.length} has no member ${row}`);
  return member;
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}
