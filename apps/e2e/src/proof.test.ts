/**
 * A sweep with all its checks on real processes, and then the proof: runs trained again, provenance, weights that give
 * the same accuracy, and the whole answer once more.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(180_000);

const command = join(
  dirname(createRequire(__filename).resolve('@seedbed/cli/package.json')),
  'bin',
  'seedbed.js',
);

const SPEC = {
  seedbed: 1,
  name: 'proof',
  preflight: [
    { check: 'gradient-check', samples: 2 },
    { check: 'overfit-one-batch', samples: 50 },
    { check: 'canary' },
  ],
  data: { train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 20, cycles: 1 } },
  seeds: 2,
  parameters: { lambda: { values: [0.001, 0.1] } },
};

describeSystem('proof', () => {
  let system: System;
  let directory: string;
  let sweepId: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'seedbed-proof-'));
    system = await System.start();
    const trainer = await system.startTrainer();
    sweepId = await system.launch(SPEC);
    expect(await system.finished(sweepId)).toMatchObject({ state: 'completed', reason: null });
    await system.kill(trainer, 'SIGTERM');
  });
  afterAll(async () => {
    await system.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function seedbed(...options: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const environment: NodeJS.ProcessEnv = { ...process.env, SEEDBED_URL: system.coordinatorUrl };
    delete environment['REDIS_URL'];
    return new Promise((resolve) => {
      execFile(process.execPath, [command, ...options], { env: environment }, (error, stdout, stderr) =>
        resolve({
          exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1,
          stdout,
          stderr,
        }),
      );
    });
  }

  async function json(...options: string[]): Promise<Record<string, unknown>> {
    const { exitCode, stdout, stderr } = await seedbed(...options, '--json');
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('every run trained again is bit-equal, the checks too', async () => {
    const verified = await json('verify', sweepId, '--sample', '20', '--children', '1');
    // 4 runs, of which the canary is one, and two checks.
    expect(verified).toMatchObject({ sampled: 6, equal: 6, different: 0, otherClass: 0, forged: 0 });
  });

  it('says where a run comes from, and the command that it names trains it again', async () => {
    const [row] = (await system.runs(sweepId)).filter(({ stage }) => stage === 'search');
    const found = await json('runs', sweepId, '--run', row!.runId.slice(0, 10));
    expect(found).toMatchObject({
      runId: row!.runId,
      settings: { task: 'train', seed: 1 },
      commit: { provenance: { attempt: 1, revision: expect.stringMatching(/^[0-9a-f]{40}$/) as string } },
    });
    const again = String(found['command']).split(' ').slice(1);
    expect(await json(...again, '--children', '1')).toMatchObject({ sampled: 1, equal: 1 });
  });

  it('a network of the sweep leaves with its weights, and gets the same images right', async () => {
    const model = join(directory, 'model');
    const exported = await json('export', sweepId, '--weights', model);
    const { committed } = exported as { committed: { correct: number; count: number } };
    expect(exported).toMatchObject({ bitEqual: true, reloaded: committed, seed: 1 });
    const { weightsManifest } = JSON.parse(await readFile(join(model, 'model.json'), 'utf8')) as {
      weightsManifest: { paths: string[] }[];
    };
    // 4 × 3,072 of the normalisation, 3,072 × 50 + 50 + 50 × 10 + 10, as float32.
    expect((await readFile(join(model, weightsManifest[0]!.paths[0]!))).length).toBe(
      4 * (4 * 3_072 + 154_160),
    );
  });

  it('the whole answer comes out the same, byte for byte; a changed one is found out', async () => {
    const { text } = await system.answer(sweepId);
    const before = join(directory, 'answer.json');
    await writeFile(before, text);
    expect(await json('verify', before, '--sample', '2', '--children', '1')).toMatchObject({ equal: 2 });
    const options = ['reproduce', '--from', before, '--children', '1', '--output', join(directory, 'again')];
    expect(await json(...options)).toMatchObject({ equal: true, differences: [], state: 'completed' });
    expect(await readFile(join(directory, 'again', 'answer.json'), 'utf8')).toBe(text);

    const [run] = (JSON.parse(text) as { stages: { trials: { runs: { digest: string }[] }[] }[] }).stages.at(
      -1,
    )!.trials[0]!.runs;
    await writeFile(before, text.replaceAll(run!.digest, 'f'.repeat(64)));
    const { exitCode, stdout } = await seedbed('verify', before, '--sample', '20', '--children', '1');
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('DIFFERENT') as string,
    });
  });
});
