/** Entry of the `seedbed` command: the process's streams and signals, and its exit code. */
import { runSeedbed } from './program.js';
import { catchSignals } from './signals.js';

async function main(): Promise<void> {
  // `seedbed runs … | head` closes our stdout: that is the reader's right, not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  // Progress that nobody reads any more is no reason to end the work.
  process.stderr.on('error', () => undefined);
  const signals = catchSignals(process);
  const exitCode = await runSeedbed(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    workingDirectory: process.cwd(),
    signal: signals.signal,
  });
  signals.release();
  process.exitCode = exitCode;
}

void main();
