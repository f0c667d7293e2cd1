/** Blocks that one child trains together, and how far they are. */
import {
  accuracyRatio,
  type Evaluation,
  isTraining,
  type RunId,
  type RunProgress,
  type RunSettings,
  settingsOfRun,
  trainingStepsOf,
} from '@seedbed/contracts';
import type { BlockPart } from './block-part.js';
import type { HeldBlock } from './held-block.js';
import type { MemberProgress } from './protocol.js';

export interface PackLimits {
  /** Networks trained together. */
  readonly runsMax: number;
  /** Hidden units of all of them, the rows of the first layers' product; a block that has more by itself is trained alone. */
  readonly hiddenUnitsMax: number;
}

/** Whether a block may join: same batches from the same step on, within the limits, and neither side has to be alone. */
export function fitsInto(pack: readonly BlockPart[], part: BlockPart, limits: PackLimits): boolean {
  const first = pack[0];
  if (first === undefined) return true;
  const together = [...pack, part];
  return (
    mayHaveCompany(first) &&
    mayHaveCompany(part) &&
    part.block.job.packKey === first.block.job.packKey &&
    part.block.resumeStep === first.block.resumeStep &&
    runsOf(together) <= limits.runsMax &&
    sum(together.map(({ hiddenUnits }) => hiddenUnits)) <= limits.hiddenUnitsMax
  );
}

/** Whether a further block of one run could fit at all. */
export function hasRoom(pack: readonly BlockPart[], limits: PackLimits): boolean {
  return (
    pack.every(mayHaveCompany) &&
    runsOf(pack) < limits.runsMax &&
    sum(pack.map(({ hiddenUnits }) => hiddenUnits)) < limits.hiddenUnitsMax
  );
}

export function runsOf(pack: readonly BlockPart[]): number {
  return sum(pack.map(({ runs }) => runs.length));
}

/** A suspect crashed in company before: alone it shows whether it is guilty. A gradient check has nothing to share. */
export function mayHaveCompany({ block }: BlockPart): boolean {
  return !block.claimed.suspect && isTraining(block.job.settings);
}

export interface PackMember {
  readonly block: HeldBlock;
  readonly runId: RunId;
  readonly settings: RunSettings;
}

export interface PackSummary {
  readonly blocks: number;
  readonly runs: number;
  /** Of the member that has come furthest, and of the longest member. */
  readonly step: number;
  readonly steps: number;
}

export class Pack {
  readonly members: readonly PackMember[];
  readonly startedAt = new Date();
  private readonly steps: number[];
  private readonly done: number[];
  /** Last evaluation of each member. */
  private readonly evaluated = new Map<number, Evaluation>();

  constructor(readonly parts: readonly BlockPart[]) {
    this.members = parts.flatMap(({ block, runs }) =>
      runs.map((run) => ({
        block,
        runId: run.runId,
        settings: settingsOfRun(block.job.settings, run.seed),
      })),
    );
    this.steps = this.members.map(({ settings }) => Math.max(1, trainingStepsOf(settings)));
    this.done = this.members.map(() => 0);
  }

  /** A block trained alone answers for what happens to the child. */
  get isOneBlock(): boolean {
    return this.parts.length === 1;
  }

  get blocks(): HeldBlock[] {
    return this.parts.map(({ block }) => block);
  }

  membersOf(block: HeldBlock): number[] {
    return this.members.flatMap((member, index) => (member.block === block ? [index] : []));
  }

  /** @returns by how many steps of single networks the pack went on */
  update(progress: readonly MemberProgress[]): number {
    const before = sum(this.done);
    for (const { member, step, steps, points } of progress) {
      const trained = this.members[member];
      if (trained === undefined) continue;
      trained.block.noteProgress(trained.runId, step / steps);
      this.done[member] = step;
      this.steps[member] = steps;
      const last = points.at(-1);
      if (last !== undefined) this.evaluated.set(member, last.validation);
    }
    return sum(this.done) - before;
  }

  progressOf(member: number): RunProgress {
    const evaluation = this.evaluated.get(member);
    return {
      step: this.done[member]!,
      steps: this.steps[member]!,
      validationAccuracy: evaluation === undefined ? null : accuracyRatio(evaluation.accuracy),
      validationLoss: evaluation?.loss ?? null,
    };
  }

  summary(): PackSummary {
    return {
      blocks: this.parts.length,
      runs: this.members.length,
      step: Math.max(...this.done),
      steps: Math.max(...this.steps),
    };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
