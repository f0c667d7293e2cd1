/** The product's child as its supervisor meets it. What it trains is tested in @seedbed/model and end to end. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fromChildSchema } from './protocol.js';

jest.setTimeout(30_000);

let child: ChildProcess;
beforeEach(() => {
  child = fork(join(__dirname, 'child.ts'), [], {
    execArgv: ['--conditions=@seedbed/source', '--require', join(__dirname, 'testing', 'run-typescript.cjs')],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
});
afterEach(() => child.kill('SIGKILL'));

it('says hello with its backend, leaves signals to its supervisor, and refuses what is no message', async () => {
  const [hello] = (await once(child, 'message')) as [unknown];
  expect(fromChildSchema.parse(hello)).toMatchObject({ type: 'hello' });
  let lastWords = '';
  child.stderr!.on('data', (chunk) => (lastWords += String(chunk)));
  child.kill('SIGTERM');
  child.kill('SIGINT');
  child.send({ type: 'pack', packId: 1, members: [{ task: 'mine-bitcoins' }] });
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(lastWords).toMatch(/ZodError/);
});

it('ends when its supervisor is gone', async () => {
  await once(child, 'message');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
