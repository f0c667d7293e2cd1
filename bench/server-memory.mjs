// What the server says of itself: one INFO command in the server's own protocol, so that no client library is needed.
import net from 'node:net';

/** @param {string[]} parts of one command */
export const commandOf = (...parts) =>
  `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;

/**
 * @param {string} url redis://user:password@127.0.0.1:port
 * @returns {{host: string, port: number, login: string}} the command that comes first
 */
export function addressOf(url) {
  const { hostname, port, username, password } = new URL(url);
  const user = username === '' ? 'default' : decodeURIComponent(username);
  return { host: hostname, port: Number(port), login: commandOf('AUTH', user, decodeURIComponent(password)) };
}

/**
 * @param {string} url
 * @param {string} section of INFO
 * @returns {Promise<string>}
 */
function serverInfo(url, section) {
  const { host, port, login } = addressOf(url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, host, () => socket.write(login + commandOf('INFO', section)));
    let text = '';
    socket.setEncoding('utf8').on('error', reject);
    socket.on('data', (chunk) => {
      text += String(chunk);
      const refused = /^-(.*)$/m.exec(text);
      // `+OK` for the login, then the length and the text, which is ASCII.
      const answer = /^\$(\d+)\r\n/m.exec(text);
      const from = answer === null ? Infinity : answer.index + answer[0].length;
      if (refused === null && !(text.length >= from + Number(answer?.[1]))) return;
      socket.destroy();
      if (refused !== null) reject(new Error(`INFO ${section}: ${refused[1]}`));
      else resolve(text.slice(from));
    });
  });
}

/**
 * @param {string} url
 * @returns {Promise<number>} bytes in use by data, the allocator's included
 */
export async function serverMemoryBytes(url) {
  const used = /^used_memory:(\d+)\r$/m.exec(await serverInfo(url, 'memory'));
  if (used === null) throw new Error('the server does not say how much memory it uses');
  return Number(used[1]);
}

/**
 * @param {string} url
 * @returns {Promise<{p50: number, p99: number, p999: number} | null>} milliseconds that the server itself took for a script, since it
 *   was started; null where it does not say (before 7.0)
 */
export async function scriptTimes(url) {
  const line = /^latency_percentiles_usec_evalsha:(.*)\r$/m.exec(await serverInfo(url, 'latencystats'));
  const microseconds = Object.fromEntries(
    (line?.[1] ?? '').split(',').map((pair) => /** @type {[string, string]} */ (pair.split('='))),
  );
  if (microseconds['p50'] === undefined) return null;
  const [p50 = 0, p99 = 0, p999 = 0] = ['p50', 'p99', 'p99.9'].map(
    (name) => Number(microseconds[name]) / 1000,
  );
  return { p50, p99, p999 };
}
