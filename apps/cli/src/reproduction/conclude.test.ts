/** How a reproduction ends: files, exit code and words for a failed gradient check and for runs that are missing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Commit,
  commitSchema,
  resultDigestOf,
  type RunResult,
  type RunRow,
  runRowSchema,
  type StageSummary,
  stageSummarySchema,
  type SweepState,
  sweepSpecSchema,
} from '@seedbed/contracts';
import type { CoordinatorClient } from '../client/coordinator-client.js';
import { memoryStream } from '../testing/memory-stream.js';
import { sweepStatus } from '../testing/sweep-status.js';
import { concludeReproduction } from './conclude.js';

const RUN_ID = 'a'.repeat(64);
const ERRORS = { W1: 1e-7, W2: 1e-7, b1: 1e-7, b2: 1e-7 };
const SHARES = { W1: 1, W2: 1, b1: 1, b2: 1 };

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'seedbed-conclude-'));
});
afterEach(() => rmSync(output, { recursive: true }));

test('a passed check: files, ours beside the report, exit code 0', async () => {
  const end = await conclude('completed', checkRow(checked(true)));
  expect(end.exitCode).toBe(0);
  expect(end.stdout).toContain('largest error, W1');
  expect(end.stdout).toContain('Gradient check: passed on the first 20 samples.');
  expect(end.finished).toBe(true);
  expect(readFileSync(join(output, 'answer.json'), 'utf8')).toBe('{"the":"bytes"}\n');
  expect(existsSync(join(output, 'report.html'))).toBe(true);
});

test('a failed gradient check: exit code 1, said in words, and the next start begins anew', async () => {
  const end = await conclude('failed', checkRow(checked(false)));
  expect(end).toMatchObject({ exitCode: 1, finished: true });
  expect(end.stderr).toContain('seedbed: the gradient check failed');
});

test('a missing run: exit code 1, its reason, and the next start tries it again', async () => {
  const end = await conclude('incomplete', checkRow(null));
  expect(end).toMatchObject({ exitCode: 1, finished: false });
  expect(end.stderr).toContain(
    'seedbed: 1 run missing:\nseedbed: gradient-check, trial 0, seed 1: crashed three times',
  );
  expect(end.stderr).toContain('the next start tries the missing ones again');
});

test('runs of an earlier sweep on the same Redis are counted', async () => {
  const commit = checked(true);
  const end = await conclude('completed', checkRow({ ...commit, sweepId: 'earlier' as Commit['sweepId'] }));
  expect(end.stderr).toContain('1 of 1 runs were on this Redis already');
});

async function conclude(
  state: SweepState,
  row: RunRow,
): Promise<{ exitCode: number; stdout: string; stderr: string; finished: boolean }> {
  const stdout = memoryStream();
  const stderr = memoryStream();
  const last = sweepStatus({ state });
  let finished = false;
  const exitCode = await concludeReproduction({
    context: {
      stdout: stdout.stream,
      stderr: stderr.stream,
      environment: {},
      workingDirectory: output,
      signal: new AbortController().signal,
    },
    client: clientWith(row),
    last,
    part: 'gradient-check',
    json: false,
    spec: sweepSpecSchema.parse({ seedbed: 1, name: 'demo' }),
    output,
    serverDescription: 'redis 7.0.15',
    totalMs: 1_000,
    elapsedMs: 1_000,
    firstStatus: last,
    markFinished: () => Promise.resolve(void (finished = true)),
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text(), finished };
}

/** Answers as a coordinator with one gradient check; what is not asked for here must not be asked for. */
function clientWith(row: RunRow): CoordinatorClient {
  const unexpected = (): never => {
    throw new Error('not expected');
  };
  return {
    health: () =>
      Promise.resolve({ status: 'ok', seedbed: '0.1.0', redis: { version: '7.0.15', reachable: true } }),
    results: () =>
      Promise.resolve({
        sweepId: sweepStatus().sweepId,
        state: 'completed',
        stages: [stageOf(row)],
        testLooks: null,
        times: [],
      }),
    answer: () => Promise.resolve({ answer: undefined as never, text: '{"the":"bytes"}\n' }),
    async *allRuns() {
      yield await Promise.resolve(row);
    },
    launch: unexpected,
    extend: unexpected,
    signInCode: unexpected,
    sweep: unexpected,
    sweeps: unexpected,
    act: unexpected,
    runs: unexpected,
    query: unexpected,
    exportPieces: unexpected,
    provenance: unexpected,
    curve: unexpected,
    trainers: unexpected,
    scale: unexpected,
  };
}

function checked(passed: boolean): Commit {
  const errors = { maxError: ERRORS, shareBelow1em6: SHARES };
  const result: RunResult = {
    outcome: 'gradient-checked',
    samples: 20,
    native: errors,
    reference: errors,
    passed,
  };
  return commitSchema.parse({
    schemaVersion: 1,
    runId: RUN_ID,
    sweepId: 'demo-1',
    numericsClass: 'tensorflow-2.21.0-avx512',
    digest: resultDigestOf(result),
    result,
    provenance: {
      trainerId: 't-1',
      attempt: 1,
      token: 'token',
      backend: 'tensorflow',
      tensorflow: '2.21.0',
      node: process.version,
      seedbed: '0.1.0',
      startedAt: '2026-11-23T20:00:00.000Z',
      finishedAt: '2026-11-23T20:00:03.000Z',
      packWidth: 1,
    },
  });
}

function checkRow(commit: Commit | null): RunRow {
  return runRowSchema.parse({
    stage: 'gradient-check',
    trialIndex: 0,
    parameters: {},
    seed: 1,
    runId: RUN_ID,
    state: commit === null ? 'dead' : 'committed',
    progress: null,
    commit,
    deadLetter:
      commit === null
        ? {
            jobId: 'j',
            cause: 'poison',
            reason: 'crashed three times',
            runIds: [RUN_ID],
            at: '2026-11-23T20:00:00.000Z',
          }
        : null,
  });
}

function stageOf(row: RunRow): StageSummary {
  const outcome = row.commit === null ? 'missing' : 'gradient-checked';
  return stageSummarySchema.parse({
    stage: row.stage,
    kind: 'preflight',
    planned: 1,
    committed: row.commit === null ? 0 : 1,
    trials: [
      {
        index: 0,
        parameters: {},
        planned: 1,
        n: 0,
        diverged: 0,
        missing: row.commit === null ? 1 : 0,
        mean: null,
        standardDeviation: null,
        standardError: null,
        interval95: null,
        testMean: null,
        runs: [
          {
            seed: 1,
            runId: RUN_ID,
            outcome,
            digest: row.commit?.digest ?? null,
            validation: null,
            validationAccuracy: null,
            testAccuracy: null,
            reason: null,
          },
        ],
      },
    ],
    ranking: [],
    best: null,
    notToldApartFromBest: [],
  });
}
