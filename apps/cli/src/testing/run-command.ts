/** Runs one command line in this process, as main.ts would, and gives back what it printed. */
import { runSeedbed } from '../program.js';
import { memoryStream } from './memory-stream.js';

export interface CommandRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCommand(
  argumentList: readonly string[],
  options: {
    readonly environment?: NodeJS.ProcessEnv;
    readonly signal?: AbortSignal;
    readonly directory?: string;
  } = {},
): Promise<CommandRun> {
  const stdout = memoryStream();
  const stderr = memoryStream();
  const exitCode = await runSeedbed(argumentList, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    // Nothing of the developer's own system may be found.
    environment: { XDG_STATE_HOME: '/nonexistent', ...options.environment },
    workingDirectory: options.directory ?? '/',
    signal: options.signal ?? new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}
