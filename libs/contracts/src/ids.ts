/** The only place that builds or takes apart an id or a key. */
import { z } from 'zod';
import { LIMITS } from './limits.js';

const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Names of sweeps, stages and trainers: safe in a Redis key, a BullMQ job id, a file name and a URL. */
export const nameSchema = z
  .string()
  .max(LIMITS.nameLengthMax)
  .regex(NAME, 'use lower-case letters, digits and inner hyphens, e.g. "coarse-lambda"');

export const sweepIdSchema = nameSchema.brand<'SweepId'>();
export type SweepId = z.infer<typeof sweepIdSchema>;

export const runIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a run id is 64 hex digits')
  .brand<'RunId'>();
export type RunId = z.infer<typeof runIdSchema>;

export const trainerIdSchema = nameSchema.brand<'TrainerId'>();
export type TrainerId = z.infer<typeof trainerIdSchema>;

/** Where a block stands in its sweep; indices never move, extension only adds. */
export interface BlockAddress {
  readonly sweepId: SweepId;
  readonly stage: string;
  readonly trialIndex: number;
  readonly blockIndex: number;
}

/** Deterministic BullMQ job id `<sweep>.<stage>.<trial index>.<block index>`: BullMQ refuses `:` and all-digit ids. */
export function jobIdOf(address: BlockAddress): string {
  return `${address.sweepId}.${address.stage}.${address.trialIndex}.${address.blockIndex}`;
}

/** @throws TypeError when the text is no job id of ours */
export function parseJobId(jobId: string): BlockAddress {
  const parts = jobId.split('.');
  const [sweepId, stage, trialIndex, blockIndex] = parts;
  if (parts.length !== 4 || !/^\d+$/.test(trialIndex ?? '') || !/^\d+$/.test(blockIndex ?? '')) {
    throw new TypeError(`"${jobId}" is not a job id of the form <sweep>.<stage>.<trial>.<block>`);
  }
  return {
    sweepId: sweepIdSchema.parse(sweepId),
    stage: nameSchema.parse(stage),
    trialIndex: Number(trialIndex),
    blockIndex: Number(blockIndex),
  };
}

/** Our own keys, apart from BullMQ's (`bull:*`), so that access rules can tell them apart. */
export const KEYS = {
  sweeps: 'seedbed:sweeps',
  /** Hash: spec, state, pinned numerics class, times. */
  sweep: (sweepId: SweepId) => `seedbed:sweep:${sweepId}`,
  /** Hash: stage name → planned stage (JSON). */
  plan: (sweepId: SweepId) => `seedbed:plan:${sweepId}`,
  /** Hash: decision number → decision (JSON), written once. */
  decisions: (sweepId: SweepId) => `seedbed:decisions:${sweepId}`,
  /** Hash: numerics class → commit (JSON), written once per class. */
  run: (runId: RunId) => `seedbed:run:${runId}`,
  /** Stream of {runId, numericsClass, outcome}; a hint to look, never the record. */
  commitStream: 'seedbed:commit-stream',
  /** Hash: counters of commits by outcome (committed, duplicate, divergent). */
  commitCounters: 'seedbed:commit-counters',
  /** Hash of a block's attempt ledger: cause → count. */
  attempts: (jobId: string) => `seedbed:attempts:${jobId}`,
  /** Hash: job id → dead letter (JSON with the reason). */
  deadLetters: (sweepId: SweepId) => `seedbed:dead:${sweepId}`,
  /** String with expiry: a trainer's last heartbeat. */
  trainer: (trainerId: TrainerId) => `seedbed:trainer:${trainerId}`,
  trainers: 'seedbed:trainers',
  /** Hash: run id → progress of training (JSON); a picture for people, never the record. */
  progress: (sweepId: SweepId) => `seedbed:progress:${sweepId}`,
  /** Hash with expiry: step → evaluation point (JSON) of a run in training; goes with the run's commit. */
  curve: (sweepId: SweepId, runId: RunId) => `seedbed:curve:${sweepId}:${runId}`,
  /** String with expiry: which coordinator leads, with its epoch. */
  coordinatorLease: 'seedbed:coordinator-lease',
  /** Counter: epoch of coordinator leases, only ever rising. */
  coordinatorEpoch: 'seedbed:coordinator-epoch',
} as const;

/** The one queue of all sweeps. */
export const QUEUE_NAME = 'blocks';
