/**
 * The restore drill. The server is lost, with all it has, at a random moment of a sweep, while coordinator and trainer run on.
 * Into an empty one comes the last backup, by the commands that a person would type. What was committed since is trained
 * again; a sweep that no backup knows is launched again with its idempotency key. The answers are those of undisturbed
 * sweeps, byte for byte.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { SweepSpec } from '@seedbed/contracts';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(240_000);

const command = join(
  dirname(createRequire(__filename).resolve('@seedbed/cli/package.json')),
  'bin',
  'seedbed.js',
);

const settings = {
  seedbed: 1,
  data: { train: { first: 0, count: 2_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 150, cycles: 1 } },
} as const;
/** Backed up in the middle: the second stage is derived from the first. */
const known: SweepSpec = {
  ...settings,
  name: 'known',
  stages: [
    { name: 'coarse', seeds: 3, parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: 8 } } },
    {
      name: 'final',
      seeds: { first: 6, count: 3 },
      parameters: { lambda: { from: 'coarse', choose: 'best' }, hidden: { values: [50, 37] } },
    },
  ],
};
const RUNS = 30;
/** Launched after the backup. */
const unknown: SweepSpec = {
  ...settings,
  name: 'unknown',
  seeds: 2,
  parameters: { lambda: { values: [0, 0.01] } },
};
const NARROW = { SEEDBED_PACK_RUNS_MAX: '3' };

/** Small and good enough to choose moments by (Steele, Lea, Flood 2014). */
function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** SEEDBED_DRILL_SEED repeats a drill. */
const seed = Number(process.env['SEEDBED_DRILL_SEED'] ?? Math.floor(Math.random() * 1e9));

describeSystem(`restore drill with seed ${seed}`, () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'seedbed-restore-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function seedbed(
    system: System,
    ...words: string[]
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const options = { cwd: directory, env: { ...process.env, REDIS_URL: system.redisUrl } };
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [command, ...words], options);
      return { code: 0, stdout, stderr };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  it('gives the answers of undisturbed sweeps', async () => {
    const random = splitMix32(seed);
    const backupAt = Math.floor(random() * (RUNS - 3));
    const lostAt = backupAt + Math.floor(random() * (RUNS - 2 - backupAt));
    process.stderr.write(
      `restore drill: SEEDBED_DRILL_SEED=${seed}: backup at ${backupAt}, loss at ${lostAt} of ${RUNS} runs\n`,
    );
    const references = await undisturbed();
    const system = await System.start();
    try {
      await system.startTrainer(NARROW);
      const sweepId = await system.launch(known, 'drill-known');
      const committed = (runs: number) =>
        system.until(`${runs} runs are committed`, () => reached(system, sweepId, runs));

      await committed(backupAt);
      expect(await seedbed(system, 'backup', '--output', 'last.jsonl.gz')).toMatchObject({ code: 0 });
      const unknownId = await system.launch(unknown, 'drill-unknown');
      await committed(lostAt);
      await system.loseServer();

      const restored = await seedbed(system, 'restore', 'last.jsonl.gz');
      expect(restored).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/restored: .*1 sweeps/) as string,
      });
      expect(await seedbed(system, 'restore', 'last.jsonl.gz')).toMatchObject({ code: 0 });
      expect(await system.launch(unknown, 'drill-unknown')).toBe(unknownId);

      for (const [id, reference] of [
        [sweepId, references.known],
        [unknownId, references.unknown],
      ] as const) {
        expect(await system.finished(id)).toMatchObject({ state: 'completed', reason: null });
        expect((await system.answer(id)).text).toBe(reference);
      }
      // The old backup changes nothing of a sweep that has gone on.
      const late = await seedbed(system, 'restore', 'last.jsonl.gz');
      expect(late).toMatchObject({ code: 0, stdout: expect.stringMatching(/^restored: nothing/) as string });
      expect((await system.status(sweepId)).state).toBe('completed');
      expect((await system.answer(sweepId)).text).toBe(references.known);
    } finally {
      await system.stop();
    }
  });

  it('a damaged backup is refused before anything is written, and a backup is private', async () => {
    const system = await System.start();
    try {
      await system.launch(unknown, 'drill-damaged');
      const made = await seedbed(system, 'backup', '--output', 'plain.jsonl', '--json');
      expect(JSON.parse(made.stdout)).toMatchObject({ records: { sweep: 1, plan: 1, commit: 0 } });
      const path = join(directory, 'plain.jsonl');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('"name":"unknown"', '"name":"unknowm"'));
      await system.loseServer();
      const refused = await seedbed(system, 'restore', 'plain.jsonl');
      expect(refused).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/plain\.jsonl:\d+: .*damaged/) as string,
      });
      expect(await system.get('/v1/sweeps')).toEqual({ sweeps: [], nextCursor: null });
      await writeFile(path, text);
      expect(await seedbed(system, 'restore', 'plain.jsonl', '--check')).toMatchObject({ code: 0 });
      expect(await seedbed(system, 'restore', 'plain.jsonl')).toMatchObject({ code: 0 });
    } finally {
      await system.stop();
    }
  });
});

async function reached(system: System, sweepId: string, runs: number): Promise<true | null> {
  const { stages } = await system.status(sweepId);
  return stages.reduce((sum, { committed }) => sum + committed, 0) >= runs ? true : null;
}

async function undisturbed(): Promise<{ known: string; unknown: string }> {
  const system = await System.start();
  try {
    await system.startTrainer(NARROW);
    const answers = [];
    for (const spec of [known, unknown]) {
      const sweepId = await system.launch(spec);
      expect((await system.finished(sweepId)).state).toBe('completed');
      answers.push((await system.answer(sweepId)).text);
    }
    return { known: answers[0]!, unknown: answers[1]! };
  } finally {
    await system.stop();
  }
}
