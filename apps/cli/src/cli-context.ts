/** The edges of the process, handed in so that a test can run a command without one. */
import type { Writable } from 'node:stream';

export interface CliContext {
  /** Results, and nothing else. */
  readonly stdout: TerminalStream;
  /** Progress, logs and problems. */
  readonly stderr: TerminalStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Aborts with an InterruptedError as its reason on Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
}

export type TerminalStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Whether to draw bars and human logs: a terminal that can move its cursor. */
export function isInteractive(stream: TerminalStream, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && environment['TERM'] !== 'dumb' && !environment['CI'];
}

/** Colours follow https://no-color.org: any non-empty NO_COLOR turns them off. */
export function usesColors(stream: TerminalStream, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && environment['TERM'] !== 'dumb' && !environment['NO_COLOR'];
}

export function printLine(stream: TerminalStream, line = ''): void {
  stream.write(`${line}\n`);
}

/** Prints a machine-readable result: one JSON document on one line, so that documents can follow each other. */
export function printJson(stream: TerminalStream, value: unknown): void {
  stream.write(`${JSON.stringify(value)}\n`);
}
