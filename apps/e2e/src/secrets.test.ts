/** What `seedbed up` makes up as it starts (token, passwords): long, random, private, on no command line and in no log. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeSystem } from './prerequisites.fixture.js';
import { commandLines, textsBelow } from './visible-texts.fixture.js';

jest.setTimeout(120_000);

const command = join(
  dirname(createRequire(__filename).resolve('@seedbed/cli/package.json')),
  'bin',
  'seedbed.js',
);
/** 128 bits as hex digits. */
const HEX_DIGITS_MIN = 32;

describeSystem('secrets of a system', () => {
  const started = new Set<ChildProcess>();
  const directories: string[] = [];
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });

  async function up() {
    const state = await mkdtemp(join(tmpdir(), 'seedbed-secrets-'));
    directories.push(state);
    const environment: NodeJS.ProcessEnv = { ...process.env, XDG_STATE_HOME: state };
    for (const name of ['REDIS_URL', 'SEEDBED_TOKEN', 'SEEDBED_URL']) delete environment[name];
    const options = ['--trainers', '1', '--children', '1', '--listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, [command, 'up', ...options], { env: environment });
    started.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (said += part.toString()));
    while (!said.includes('Launch a sweep'))
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
    const trainerLog = join(state, 'seedbed', 'system', 'logs', 'trainer-1.log');
    while (!(await readFile(trainerLog, 'utf8').catch(() => '')).includes('trainer ready')) {
      expect(child.exitCode).toBeNull();
      await stat(state);
    }
    return { child, state: join(state, 'seedbed'), said: () => said };
  }

  it('are random, private, and shown to nobody', async () => {
    const seen = new Set<string>();
    for (const _ of ['one system', 'another']) {
      const { child, state, said } = await up();
      const connection = join(state, 'up.json');
      const config = join(state, 'system', 'server', 'server.conf');
      const { token } = JSON.parse(await readFile(connection, 'utf8')) as { token: string };
      const passwords = (await readFile(config, 'utf8')).match(/(?<=requirepass |on >)\S+/g) ?? [];
      expect(passwords.length).toBeGreaterThanOrEqual(4);
      const secrets = [token, ...passwords];
      for (const secret of secrets) {
        expect(secret).toMatch(new RegExp(`^[0-9a-f]{${HEX_DIGITS_MIN},}$`));
        expect(seen).not.toContain(secret);
        seen.add(secret);
      }

      for (const path of [connection, config])
        expect([path, (await stat(path)).mode & 0o077]).toEqual([path, 0]);
      const lines = await commandLines();
      expect(lines.some((line) => line.includes(`${command}\0up`))).toBe(true);
      const logs = await textsBelow(state, (name) => name.endsWith('.log'));
      expect(logs.length).toBeGreaterThanOrEqual(3);
      child.kill('SIGTERM');
      await once(child, 'close');
      for (const text of [
        ...lines,
        ...logs,
        ...(await textsBelow(state, (name) => name.endsWith('.log'))),
        said(),
      ]) {
        for (const secret of secrets) expect(text.includes(secret) ? text : '').toBe('');
      }
      expect(await readdir(state)).not.toContain('up.json');
    }
  });
});
