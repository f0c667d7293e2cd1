/** What the command's exit code means; the same table is printed by `--help` and stands in docs/cli.md. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  badInput: 2,
  unreachable: 3,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCodeName = keyof typeof EXIT_CODES;
export type ExitCode = (typeof EXIT_CODES)[ExitCodeName];

export const EXIT_CODE_MEANINGS: Readonly<Record<ExitCodeName, string>> = {
  ok: 'done',
  failed: 'failed, or finished with something missing',
  badInput: 'bad input: an argument, a sweep file, or a name that does not exist',
  unreachable: 'the coordinator or Redis cannot be reached',
  interrupted: 'interrupted (Ctrl-C)',
  terminated: 'terminated (SIGTERM or SIGHUP)',
};

/** The table as it is printed, one code a line. */
export function exitCodeTable(): string {
  return Object.entries(EXIT_CODES)
    .map(([name, code]) => `  ${String(code).padStart(3)}  ${EXIT_CODE_MEANINGS[name as ExitCodeName]}`)
    .join('\n');
}
