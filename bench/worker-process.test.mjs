// A contender in another language stands where Node and Node's own arguments stand in a training child's command line.
import { WorkerProcess } from './worker-process.mjs';

const wrappers = { parentDeathSignal: false, affinity: false, cores: [0] };

it('starts a program of another language without the arguments that are Node’s', async () => {
  const script = `read -r question; printf '{"result":"%s"}\\n' "$1"`;
  const worker = new WorkerProcess({
    name: 'shell 0',
    program: ['/bin/sh', '-c', script, 'sh', 'heard'],
    slotIndex: 0,
    wrappers,
  });
  try {
    await expect(worker.ask('anything')).resolves.toBe('heard');
  } finally {
    worker.stop();
  }
});
