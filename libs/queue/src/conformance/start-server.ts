/** Starts a server, prints its process id and stays: `start-server.ts <binary> <directory> kernel|pipe`. */
import { writeServerConfig } from '../server-config.js';
import { ServerProcess } from '../server-process.js';

async function main(): Promise<void> {
  const [binaryPath = '', directory = '', tie] = process.argv.slice(2);
  const config = await writeServerConfig({
    directory,
    appendFsync: 'everysec',
    admin: true,
    avoidPort: null,
  });
  const server = await ServerProcess.spawn(binaryPath, [config.path], tie === 'pipe' ? 'pipe' : 'kernel');
  process.stdout.write(`${server.processId}\n`);
}

void main();
