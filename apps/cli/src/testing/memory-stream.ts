/** A stream that keeps what is written, for looking at what a command printed. */
import { Writable } from 'node:stream';
import type { TerminalStream } from '../cli-context.js';

export interface MemoryStream {
  readonly stream: TerminalStream;
  text(): string;
}

export function memoryStream({ isTTY = false, columns = 100 } = {}): MemoryStream {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  // What cli-progress asks of a terminal besides write().
  const terminal = Object.assign(stream, isTTY ? { isTTY, columns, rows: 40 } : { isTTY });
  return { stream: terminal, text: () => text };
}
