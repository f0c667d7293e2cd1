/** `seedbed reproduce` as a person starts it, on the part that takes seconds: its files, its exit code, and carrying on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeSystem } from './prerequisites.fixture.js';

jest.setTimeout(180_000);

const command = join(
  dirname(createRequire(__filename).resolve('@seedbed/cli/package.json')),
  'bin',
  'seedbed.js',
);

/** Processes whose command line names the folder. */
async function processesOn(directory: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(directory));
}

describeSystem('seedbed reproduce --only gradient-check', () => {
  let output: string;
  const started = new Set<ChildProcess>();
  beforeAll(async () => {
    output = await mkdtemp(join(tmpdir(), 'seedbed-reproduce-'));
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await rm(output, { recursive: true, force: true });
  });

  function reproduce(): { child: ChildProcess; text: () => string } {
    const options = ['--only', 'gradient-check', '--children', '1', '--output', output];
    const environment = { ...process.env };
    delete environment['REDIS_URL'];
    const child = spawn(process.execPath, [command, 'reproduce', ...options], { env: environment });
    started.add(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (text += part.toString()));
    return { child, text: () => text };
  }

  it('leaves nothing running when it is killed, carries on at the next start, and writes its files', async () => {
    const first = reproduce();
    while (!first.text().includes('running')) await once(first.child.stderr!, 'data');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const deadline = Date.now() + 20_000;
    while ((await processesOn(output)).length > 0 && Date.now() < deadline) await readdir(output);
    expect(await processesOn(output)).toEqual([]);

    const second = reproduce();
    const [exitCode] = (await once(second.child, 'close')) as [number];
    expect({ exitCode, text: second.text() }).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('carr') as string,
    });

    const report = JSON.parse(await readFile(join(output, 'report.json'), 'utf8')) as {
      backend: { name: string };
      gradientCheck: {
        samples: number;
        maxError: Record<string, number>;
        'shareBelow1e-6': Record<string, number>;
      };
    };
    expect(report.gradientCheck.samples).toBe(20);
    expect(Object.keys(report.gradientCheck.maxError).sort()).toEqual(['W1', 'W2', 'b1', 'b2']);
    expect(Math.max(...Object.values(report.gradientCheck.maxError))).toBeLessThan(1e-6);
    expect(Object.values(report.gradientCheck['shareBelow1e-6'])).toEqual([1, 1, 1, 1]);
    const names = await readdir(output);
    expect(names).toEqual(expect.arrayContaining(['report.html', 'report.json', 'answer.json']));
    expect(names.filter((name) => name.includes('.tmp'))).toEqual([]);
    expect(await readFile(join(output, 'answer.json'), 'utf8')).not.toMatch(/T\d\d:\d\d|trainer/);
    expect(await processesOn(output)).toEqual([]);
  });
});
