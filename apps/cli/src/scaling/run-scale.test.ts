/** What `seedbed scale` prints and runs, against a coordinator that says what a test wants. Real trainers: apps/e2e. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainerStatus, trainerIdSchema } from '@seedbed/contracts';
import { InterruptedError } from '../errors.js';
import { type FixtureAnswer, startFixtureCoordinator } from '../testing/fixture-coordinator.js';
import { runCommand } from '../testing/run-command.js';

const scaleOf = (trainersWanted: number): FixtureAnswer => ({
  body: {
    outstandingRuns: 25 * trainersWanted,
    runsPerTrainer: 25,
    trainersWanted,
    trainersTraining: 0,
  },
});
const AWAY: FixtureAnswer = {
  status: 503,
  body: { type: 'urn:x', title: 'Not known yet', status: 503, detail: 'It has just started.' },
};

function trainer(trainerId: string, state: TrainerStatus['state']): TrainerStatus {
  return {
    trainerId: trainerIdSchema.parse(trainerId),
    host: 'elsewhere',
    processId: 1,
    children: 1,
    numericsClass: null,
    backend: 'test',
    state,
    packs: [],
    startedAt: '2026-01-01T00:00:00.000Z',
    at: '2026-01-01T00:00:00.000Z',
  };
}

interface Scene {
  /** Answers to `GET /v1/scale`, the last one for ever; each of them answers one look. */
  readonly scales: readonly FixtureAnswer[];
  readonly trainers?: readonly TrainerStatus[];
  readonly words: readonly string[];
  /** Whether the look with this number (from 1) is the last. */
  readonly until?: (looks: number) => boolean;
}

async function play({ scales, trainers = [], words, until }: Scene) {
  const ending = new AbortController();
  let looks = 0;
  const coordinator = await startFixtureCoordinator(({ path }) => {
    if (path.startsWith('/v1/trainers')) return { body: { trainers } };
    const answer = scales[Math.min(looks, scales.length - 1)] ?? AWAY;
    looks += 1;
    if (until?.(looks)) ending.abort(new InterruptedError('SIGTERM'));
    return answer;
  });
  try {
    const environment = { ...process.env, SEEDBED_URL: coordinator.url };
    const run = await runCommand(['scale', ...words], { environment, signal: ending.signal });
    const paths = coordinator.requests.map(({ path }) => path);
    return { ...run, paths, lines: run.stdout.split('\n').filter((line) => line !== '') };
  } finally {
    await coordinator.close();
  }
}

describe('seedbed scale', () => {
  it('looks once without changing anything, and says so as JSON', async () => {
    const words = ['--once', '--dry-run', '--max', '3', '--children', '2'];
    const { exitCode, lines, paths } = await play({ scales: [scaleOf(7)], words });
    expect(exitCode).toBe(0);
    expect(paths[0]).toBe('/v1/scale?runsPerTrainer=50');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        at: expect.any(String),
        outstandingRuns: 175,
        runsPerTrainer: 25,
        trainersWanted: 7,
        trainersTraining: 0,
        target: 3,
        running: null,
        started: 0,
        ended: 0,
      },
    ]);
  });

  it('refuses bounds and combinations that make no sense', async () => {
    const refused = await play({ scales: [scaleOf(0)], words: ['--min', '3', '--max', '2', '--dry-run'] });
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('more than the 2') });
    const once = await play({ scales: [scaleOf(0)], words: ['--once'] });
    expect(once).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--dry-run, or with --command'),
    });
  });

  it('says at once that its token is wrong', async () => {
    const unauthorised: FixtureAnswer = { status: 401, body: { type: 'urn:x', title: 'x', status: 401 } };
    const { exitCode, stderr } = await play({ scales: [unauthorised], words: ['--dry-run'] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('SEEDBED_TOKEN') });
  });

  describe('with a command', () => {
    let directory: string;
    beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'seedbed-scale-'))));
    afterEach(async () => rm(directory, { recursive: true }));
    const told = () => join(directory, 'told');
    const tell = () => `echo "$SEEDBED_TRAINERS_WANTED [$SEEDBED_TRAINERS_IDLE]" >> ${told()}`;
    const wasTold = async () => (await readFile(told(), 'utf8')).trim().split('\n');

    it('tells it how many are wanted and who is idle, and never fewer than train', async () => {
      const { exitCode } = await play({
        scales: [scaleOf(1)],
        trainers: [
          trainer('trainer-a', 'training'),
          trainer('trainer-b', 'idle'),
          trainer('trainer-c', 'training'),
        ],
        words: ['--once', '--max', '9', '--command', tell()],
      });
      expect(exitCode).toBe(0);
      expect(await wasTold()).toEqual(['2 [trainer-b]']);
    });

    it('may interrupt those that train where a person says so', async () => {
      const words = ['--once', '--interrupt', '--command', tell(), '--max', '9'];
      await play({
        scales: [scaleOf(1)],
        trainers: [trainer('trainer-a', 'training'), trainer('trainer-c', 'training')],
        words,
      });
      expect(await wasTold()).toEqual(['1 []']);
    });

    it('leaves everything as it is while nobody knows what is wanted', async () => {
      const words = ['--interval', '1', '--cool-down', '0', '--max', '9', '--command', tell()];
      const { exitCode, lines } = await play({
        scales: [scaleOf(2), AWAY, scaleOf(3)],
        words,
        until: (looks) => looks > 3,
      });
      expect(exitCode).toBe(143);
      expect(await wasTold()).toEqual(['2 []', '3 []']);
      expect(lines.some((line) => line.includes('"unknown":'))).toBe(true);
    });

    it('tries again what failed', async () => {
      const words = ['--interval', '1', '--command', `${tell()}; exit 3`, '--max', '9'];
      const { stderr } = await play({ scales: [scaleOf(2)], words, until: (looks) => looks > 2 });
      expect((await wasTold()).slice(0, 2)).toEqual(['2 []', '2 []']);
      expect(stderr).toContain('the command ended with exit code 3');
    });
  });
});
