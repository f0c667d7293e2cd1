// What the server says of its memory: one INFO command in the server's own protocol, so that no client library is needed.
import net from 'node:net';

/**
 * @param {string} url redis://:password@127.0.0.1:port
 * @returns {Promise<number>} bytes in use by data, the allocator's included
 */
export function serverMemoryBytes(url) {
  const { hostname, port, username, password } = new URL(url);
  const words = (/** @type {string[]} */ ...parts) =>
    `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
  const user = username === '' ? 'default' : decodeURIComponent(username);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(words('AUTH', user, decodeURIComponent(password)) + words('INFO', 'memory'));
    });
    let text = '';
    socket.setEncoding('utf8').on('error', reject);
    socket.on('data', (chunk) => {
      text += String(chunk);
      const used = /^used_memory:(\d+)\r$/m.exec(text);
      if (used === null && !/^-/m.test(text)) return;
      socket.destroy();
      if (used === null) reject(new Error(`INFO: ${text.split('\r\n')[0]}`));
      else resolve(Number(used[1]));
    });
  });
}
