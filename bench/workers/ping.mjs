// Asks the server for the least it can do, a hundred times a second, from a process that does nothing else: what this takes is what
// the machine and the server's own queue take, whoever asks.
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { addressOf, commandOf } from '../server-memory.mjs';

const INTERVAL_MS = 10;

process.once('message', (/** @type {{url: string}} */ { url }) => {
  const { host, port, login } = addressOf(url);
  const socket = net.connect(port, host, () => socket.write(login));
  socket.setNoDelay(true);
  /** @type {number[]} */
  const tookMs = [];
  let since = 0;
  socket.on('data', async () => {
    if (since === 0) process.send?.({ kind: 'ready' });
    else tookMs.push(performance.now() - since);
    await delay(INTERVAL_MS);
    since = performance.now();
    socket.write(commandOf('PING'));
  });
  process.once('message', () => {
    socket.destroy();
    process.send?.({ kind: 'report', tookMs });
    process.disconnect();
  });
});
process.on('disconnect', () => process.exit(0));
