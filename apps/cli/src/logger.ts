/** Logs of long-running commands: for people on a terminal, JSON lines elsewhere. Always on stderr. */
import { type Logger, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { isInteractive, type TerminalStream, usesColors } from './cli-context.js';

export function createLogger(stream: TerminalStream, environment: NodeJS.ProcessEnv): Logger {
  const options = { level: environment['SEEDBED_LOG_LEVEL'] || 'info', base: null };
  return pino(options, createLogWriter(stream, environment));
}

/** Takes pino's JSON lines, whoever wrote them, and shows them as the stream's reader wants them. */
export function createLogWriter(
  stream: TerminalStream,
  environment: NodeJS.ProcessEnv,
): { write(line: string): void } {
  if (!isInteractive(stream, environment)) return { write: (line) => void stream.write(line) };
  const format = pinoPretty.prettyFactory({
    colorize: usesColors(stream, environment),
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  });
  return { write: (line) => void stream.write(format(line) ?? '') };
}
