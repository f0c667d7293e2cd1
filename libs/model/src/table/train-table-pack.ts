/**
 * Trains the runs of a pack on one table together. Runs of the same fold read the same batches; those of equal layers and
 * update rule share the products. Each gets the bits that it would get alone.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type CurvePoint,
  type Evaluation,
  InputError,
  parameterCountOf,
  type RunResult,
  type RunTime,
  type ScorePoint,
  stepsOf,
  type TableTrainSettings,
} from '@seedbed/contracts';
import { evaluationPoints } from '../evaluation-points.js';
import type { Kernels } from '../kernels.js';
import { PackClock } from '../pack-clock.js';
import { evaluateClasses, evaluateNumbers, type RegressionScore } from './evaluate-table.js';
import { groupKeyOf, MlpGroup } from './mlp-group.js';
import { TableBatches } from './table-batches.js';
import type { TableData, TableRows } from './table-data.js';

export interface TablePackOptions {
  readonly kernels: Kernels;
  readonly data: TableData;
  /** All with the same data settings and batch size. */
  readonly members: readonly TableTrainSettings[];
  /** `point` when the member was evaluated there; of a regression it has none that an accuracy could be read from. */
  readonly onProgress?: (
    member: number,
    progress: { step: number; steps: number; point: CurvePoint | null },
  ) => void;
  /** `time`: the member's share of the time on this core so far. */
  readonly onResult: (member: number, result: RunResult, time: RunTime) => void;
  /** Asked once every few steps: a cancelled member leaves the pack without a result. */
  readonly isCancelled?: (member: number) => boolean;
}

/** Steps between two looks at the world outside; of a hundred networks they take a fraction of a second. */
const STEPS_AT_ONCE = 32;
/**
 * Weights of the networks that stand in one group. Beyond it Adam's passes over weights, moments and gradients leave the
 * core's own cache, and nothing is gained by wider products.
 */
const GROUP_PARAMETERS_MAX = 250_000;

interface Member {
  readonly index: number;
  readonly settings: TableTrainSettings;
  readonly steps: number;
  readonly points: ReadonlySet<number>;
  readonly curve: CurvePoint[];
  readonly scores: ScorePoint[];
  finished: boolean;
}

interface Group {
  readonly networks: MlpGroup;
  readonly members: readonly Member[];
}

/** Resolves when every member has its result or was cancelled, with the pack's time. */
export async function trainTablePack(options: TablePackOptions): Promise<RunTime> {
  const { data, members } = options;
  const clock = new PackClock(members.length);
  const batchSize = members[0]?.training.batchSize ?? 1;
  const byFold = new Map<string, number[]>();
  members.forEach(({ seed }, index) => {
    const key = data.foldKeyOf(seed);
    byFold.set(key, [...(byFold.get(key) ?? []), index]);
  });
  for (const indices of byFold.values()) {
    const seed = members[indices[0] ?? 0]?.seed ?? 0;
    const batches = new TableBatches(options.kernels, data, data.foldOf(seed), batchSize);
    requireBatches(batches, batchSize);
    await new FoldTraining(options, batches, clock).train(indices);
  }
  return clock.total;
}

/** The members of one fold, from their first step to their last. */
class FoldTraining {
  private readonly kernels: Kernels;

  constructor(
    private readonly options: TablePackOptions,
    private readonly batches: TableBatches,
    private readonly clock: PackClock,
  ) {
    this.kernels = options.kernels;
  }

  async train(indices: readonly number[]): Promise<void> {
    const members = indices.map((index) => this.memberOf(index));
    const groups: Group[] = [];
    try {
      for (const own of groupsOf(members)) groups.push({ members: own, networks: this.networksOf(own) });
      this.clock.start();
      for (const group of groups) this.evaluateDue(group, 0);
      for (let step = 0; groups.some(isTraining); step += STEPS_AT_ONCE) {
        this.trainSteps(groups.filter(isTraining), step);
        for (const group of groups) this.reportAndDrop(group, step + STEPS_AT_ONCE);
        await setImmediate();
      }
    } finally {
      for (const { networks } of groups) networks.dispose();
    }
  }

  private memberOf(index: number): Member {
    const settings = this.options.members[index];
    if (settings === undefined) throw new RangeError(`the pack has no member ${index}`);
    const { schedule } = settings.training;
    const points = evaluationPoints(settings.evaluation, { schedule }, this.batches.batchesPerEpoch);
    return {
      index,
      settings,
      steps: stepsOf(schedule),
      points: new Set(points),
      curve: [],
      scores: [],
      finished: false,
    };
  }

  private networksOf(members: readonly Member[]): MlpGroup {
    const { inputCount, outputCount, task } = this.options.data;
    const batchSize = members[0]?.settings.training.batchSize ?? 1;
    return new MlpGroup(
      this.kernels,
      { inputCount, outputCount, isRegression: task === 'regression', batchSize },
      members.map(({ settings }) => settings),
    );
  }

  /** Group after group, so that one's weights stay in the core's cache for a while. */
  private trainSteps(groups: readonly Group[], firstStep: number): void {
    const last = Math.max(
      ...groups.flatMap(({ members }) => members.filter((one) => !one.finished).map(({ steps }) => steps)),
    );
    const count = Math.min(STEPS_AT_ONCE, last - firstStep);
    const batches = Array.from({ length: count }, (_, offset) => this.batches.batchOf(firstStep + offset));
    this.clock.start();
    for (const group of groups) {
      for (const [offset, batch] of batches.entries()) {
        if (!isTraining(group)) break;
        group.networks.train(batch, firstStep + offset);
        this.evaluateDue(group, firstStep + offset + 1);
      }
      this.clock.lap('training', unfinished(group));
    }
    for (const { rows, targets } of batches) this.kernels.dispose(rows, targets);
  }

  private evaluateDue(group: Group, step: number): void {
    const due = group.members.filter((member) => !member.finished && member.points.has(step));
    if (due.length === 0) return;
    this.clock.lap('training', unfinished(group));
    if (this.options.data.task === 'regression') this.scoreDue(group, due, step);
    else this.judgeDue(group, due, step);
    this.clock.lap(
      'evaluation',
      due.map(({ index }) => index),
    );
  }

  private judgeDue(group: Group, due: readonly Member[], step: number): void {
    const { train, validation, test } = this.batches.fold;
    const judged = (part: TableRows | null, wanted: (member: Member) => boolean) =>
      part !== null && due.some(wanted)
        ? evaluateClasses(this.kernels, group.networks, { batches: this.batches, part })
        : [];
    const onValidation = judged(validation, () => true);
    const onTrain = judged(train, ({ settings }) => settings.evaluation.train);
    const onTest = judged(test, (member) => endsWithTest(member, step));
    for (const member of due) {
      const place = this.placeOf(group, member);
      const point: CurvePoint = {
        step,
        validation: evaluationAt(onValidation, place),
        ...(member.settings.evaluation.train ? { train: evaluationAt(onTrain, place) } : {}),
      };
      member.curve.push(point);
      this.options.onProgress?.(member.index, { step, steps: member.steps, point });
      const { loss } = point.validation;
      if (loss === null) this.end(member, diverged(member, step));
      else if (step === member.steps) {
        const testEvaluation = endsWithTest(member, step) ? onTest[place]?.accuracy : undefined;
        this.end(member, {
          outcome: 'trained',
          validation: point.validation.accuracy,
          ...(testEvaluation === undefined ? {} : { test: testEvaluation }),
          curve: member.curve,
          weightsDigest: this.digestOf(group, member),
        });
      }
    }
  }

  private scoreDue(group: Group, due: readonly Member[], step: number): void {
    const { validation, test } = this.batches.fold;
    const { data } = this.options;
    const scored = (part: TableRows | null): RegressionScore[] =>
      part === null
        ? []
        : evaluateNumbers(this.kernels, group.networks, { batches: this.batches, part, data });
    const onValidation = scored(validation);
    const onTest = due.some((member) => endsWithTest(member, step)) ? scored(test) : [];
    for (const member of due) {
      const place = this.placeOf(group, member);
      const { meanSquaredError = null, rSquared = null } = onValidation[place] ?? {};
      if (meanSquaredError === null) {
        this.end(member, diverged(member, step));
        continue;
      }
      member.scores.push({ step, value: meanSquaredError });
      if (step !== member.steps) continue;
      const testError = endsWithTest(member, step) ? (onTest[place]?.meanSquaredError ?? null) : null;
      this.end(member, {
        outcome: 'scored',
        value: meanSquaredError,
        ...(testError === null ? {} : { test: testError }),
        ...(rSquared === null ? {} : { further: { rSquared } }),
        scores: member.scores,
        weightsDigest: this.digestOf(group, member),
      });
    }
  }

  private end(member: Member, result: RunResult): void {
    member.finished = true;
    this.clock.lap('evaluation', [member.index]);
    this.options.onResult(member.index, result, this.clock.timeOf(member.index));
  }

  private placeOf(group: Group, member: Member): number {
    return group.networks.placeOf(group.members.indexOf(member));
  }

  /** SHA-256 of the layers from the first, weights (units × inputs) before biases, as little-endian float32. */
  private digestOf(group: Group, member: Member): string {
    const hash = createHash('sha256');
    for (const { weights, biases } of group.networks.weightsOf(group.members.indexOf(member))) {
      for (const { buffer, byteOffset, byteLength } of [weights, biases]) {
        hash.update(new Uint8Array(buffer, byteOffset, byteLength));
      }
    }
    return hash.digest('hex');
  }

  private reportAndDrop(group: Group, step: number): void {
    const { isCancelled, onProgress } = this.options;
    const keep = new Set<number>();
    group.members.forEach((member, row) => {
      if (!member.finished && isCancelled?.(member.index) === true) member.finished = true;
      if (member.finished) return;
      keep.add(row);
      onProgress?.(member.index, { step: Math.min(step, member.steps), steps: member.steps, point: null });
    });
    if (keep.size > 0) group.networks.keep(keep);
  }
}

/** Members whose networks can stand side by side, in portions that a core's cache can hold. */
function groupsOf(members: readonly Member[]): Member[][] {
  const byKey = new Map<string, Member[]>();
  for (const member of members) {
    const key = groupKeyOf(member.settings);
    byKey.set(key, [...(byKey.get(key) ?? []), member]);
  }
  return [...byKey.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const atOnce = Math.max(1, Math.floor(GROUP_PARAMETERS_MAX / parameterCountOf(first.settings)));
    const portions = Math.ceil(own.length / atOnce);
    const size = Math.ceil(own.length / portions);
    return Array.from({ length: portions }, (_, portion) =>
      own.slice(portion * size, (portion + 1) * size),
    ).filter((portion) => portion.length > 0);
  });
}

function isTraining(group: Group): boolean {
  return group.members.some(({ finished }) => !finished);
}

function unfinished(group: Group): number[] {
  return group.members.filter(({ finished }) => !finished).map(({ index }) => index);
}

function endsWithTest({ steps, settings }: Member, step: number): boolean {
  return step === steps && settings.evaluation.test;
}

function evaluationAt(evaluations: readonly Evaluation[], place: number): Evaluation {
  const evaluation = evaluations[place];
  if (evaluation === undefined) throw new RangeError(`no evaluation of network ${place}`);
  return evaluation;
}

function diverged({ curve }: Member, step: number): RunResult {
  const reason = `the validation loss is not a finite number after step ${step}: the learning rates are too high for this network`;
  return { outcome: 'diverged', step, reason, curve: curve.slice(0, -1) };
}

function requireBatches({ batchesPerEpoch, fold }: TableBatches, batchSize: number): void {
  if (batchesPerEpoch > 0) return;
  const message = `${batchSize} is more than the ${fold.train.count} training rows; use at most ${fold.train.count}`;
  throw new InputError([{ path: 'training.batchSize', message }]);
}
