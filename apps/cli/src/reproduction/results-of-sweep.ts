/** Everything that the report needs of a finished sweep, fetched from the coordinator. */
import { cpus, totalmem, type as osType, release, arch } from 'node:os';
import {
  type Answer,
  type Commit,
  SEEDBED_VERSION,
  type StageSummary,
  type SweepSpec,
} from '@seedbed/contracts';
import { CIFAR10_DIGEST } from '@seedbed/data';
import { type ReproductionReport, reproductionReport, timingsFromCommits } from '@seedbed/report';
import { specDigestOf } from '@seedbed/search';
import type { CoordinatorClient } from '../client/coordinator-client.js';

export interface SweepResults {
  readonly sweepId: string;
  readonly stages: readonly StageSummary[];
  readonly answer: Answer;
  /** The canonical bytes of answer.json, as the coordinator made them. */
  readonly answerText: string;
  readonly commits: ReadonlyMap<string, Commit>;
  /** Commits of other sweeps on the same Redis: the same runs, found and not trained again. */
  readonly foundCount: number;
  /** Runs that have no result, as `stage, trial 3, seed 2: reason`. */
  readonly missing: readonly string[];
  readonly serverVersion: string | null;
}

export async function resultsOfSweep(client: CoordinatorClient, sweepId: string): Promise<SweepResults> {
  const commits = new Map<string, Commit>();
  const missing: string[] = [];
  for await (const row of client.allRuns(sweepId, {})) {
    if (row.commit !== null) {
      commits.set(row.runId, row.commit);
    } else {
      const reason = row.deadLetter?.reason ?? 'not trained';
      missing.push(`${row.stage}, trial ${row.trialIndex}, seed ${row.seed}: ${reason}`);
    }
  }
  const { stages } = await client.results(sweepId);
  const { answer, text } = await client.answer(sweepId);
  const { redis } = await client.health();
  const foundCount = [...commits.values()].filter((commit) => commit.sweepId !== sweepId).length;
  return {
    sweepId,
    stages,
    answer,
    answerText: text,
    commits,
    foundCount,
    missing,
    serverVersion: redis.version,
  };
}

export interface ReportContext {
  readonly spec: SweepSpec;
  readonly results: SweepResults;
  /** Time that the reproduction was running, all its starts together, ms. */
  readonly totalMs: number;
  readonly serverDescription: string;
}

export function reportOf({ spec, results, totalMs, serverDescription }: ReportContext): ReproductionReport {
  const { commits, stages } = results;
  const own = new Map([...commits].filter(([, commit]) => commit.sweepId === results.sweepId));
  const processors = cpus();
  const tensorflow = new Set([...commits.values()].map(({ provenance }) => provenance.tensorflow));
  return reproductionReport({
    name: spec.name,
    stages,
    commits,
    timings: { ...timingsFromCommits(stages, own), totalMs },
    machine: {
      cpu: processors[0]?.model ?? 'unknown',
      cores: processors.length,
      memoryBytes: totalmem(),
      platform: `${osType()} ${release()} ${arch()}`,
    },
    versions: {
      seedbed: SEEDBED_VERSION,
      node: process.version,
      tensorflow: tensorflow.size === 1 ? ([...tensorflow][0] ?? null) : null,
      server: results.serverVersion ?? serverDescription,
    },
    dataDigest: CIFAR10_DIGEST,
    specDigest: specDigestOf(spec),
  });
}
