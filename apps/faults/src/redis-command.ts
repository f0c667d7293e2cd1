/**
 * One command to a Redis server on a connection of its own, in its own protocol (RESP2): the checker must not see the server
 * through the library that it checks.
 */
import { connect } from 'node:net';

export type Reply = string | number | null | readonly Reply[];

const TIMEOUT_MS = 5_000;

/** @throws Error when the server refuses it or does not answer */
export async function redisCommand(url: string, ...words: readonly string[]): Promise<Reply> {
  const { hostname, port, username, password } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${words[0]}`)));
  try {
    const auth = username === '' ? ['AUTH', password] : ['AUTH', username, password];
    socket.write(encoded(auth) + encoded(words));
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const first = decode(received, 0);
      const second = first === null ? null : decode(received, first.next);
      if (second !== null) return second.value;
    }
    throw new Error(`the server closed the connection before it answered ${words[0]}`);
  } finally {
    socket.destroy();
  }
}

function encoded(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

interface Decoded {
  readonly value: Reply;
  readonly next: number;
}

/** Null while not all of it has arrived. */
function decode(bytes: Buffer, start: number): Decoded | null {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return null;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(bytes[start]!)) {
    case '-':
      throw new Error(`the server refuses: ${line}`);
    case ':':
      return { value: Number(line), next };
    case '$': {
      const end = next + Number(line);
      if (line === '-1') return { value: null, next };
      return bytes.length < end + 2 ? null : { value: bytes.toString('utf8', next, end), next: end + 2 };
    }
    case '*': {
      const values: Reply[] = [];
      let at = next;
      for (let index = 0; index < Number(line); index += 1) {
        const item = decode(bytes, at);
        if (item === null) return null;
        values.push(item.value);
        at = item.next;
      }
      return { value: values, next: at };
    }
    default:
      return { value: line, next };
  }
}
