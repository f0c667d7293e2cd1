/** All checks, and how they are shown. */
import { join } from 'node:path';
import { coerceError } from '@seedbed/contracts';
import { cacheDirectory } from '@seedbed/data';
import pc from 'picocolors';
import { type CliContext, printJson, printLine, usesColors } from '../cli-context.js';
import { createCoordinatorClient } from '../client/coordinator-client.js';
import { resolveConnection, stateHome } from '../client/connection.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { readBootstrapState } from '../system/bootstrap-state.js';
import { workspaceAbove } from '../system/installation.js';
import { checkBackend } from './backend.js';
import { checkData } from './data.js';
import { type Finding, ok, warning } from './finding.js';
import { checkDisk, checkMemory, checkProcessor, checkThreads } from './machine.js';
import { checkServer } from './server.js';
import { checkSetup, checkSoftware } from './software.js';

export async function runDoctor(context: CliContext, json: boolean): Promise<ExitCode> {
  const { environment, signal } = context;
  const bootstrap = readBootstrapState();
  const reports = join(workspaceAbove(context.workingDirectory) ?? context.workingDirectory, 'out');
  const [software, backend, disk, server, data, coordinator] = await Promise.all([
    checkSoftware(signal),
    checkBackend(environment, signal),
    checkDisk({ data: cacheDirectory(environment), reports, state: stateHome(environment) }),
    checkServer(environment, bootstrap),
    checkData(environment, signal),
    checkCoordinator(context),
  ]);
  const machine = [checkProcessor(), checkThreads(environment), checkMemory(), disk];
  const findings = [software, checkSetup(bootstrap), ...backend, ...machine, server, data, coordinator];
  const problems = findings.filter(({ status }) => status === 'problem').length;
  const warnings = findings.filter(({ status }) => status === 'warning').length;
  if (json) {
    printJson(context.stdout, { healthy: problems === 0, findings });
  } else {
    for (const finding of findings) printFinding(context, finding);
    printLine(context.stdout, summary(problems, warnings));
  }
  return problems === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}

/** A coordinator is not needed for everything, so none is fine; one that is named should answer. */
async function checkCoordinator(context: CliContext): Promise<Finding> {
  try {
    const connection = resolveConnection(context.environment);
    const client = createCoordinatorClient({ connection: () => connection, signal: context.signal });
    const health = await client.health();
    return ok('coordinator', `${connection.url}: ${health.status}, Seedbed ${health.seedbed}`, {
      ...connection,
      token: null,
    });
  } catch (thrown: unknown) {
    context.signal.throwIfAborted();
    const { message } = coerceError(thrown);
    if (context.environment['SEEDBED_URL'] === undefined) return ok('coordinator', message);
    return warning('coordinator', message, 'start it, or correct SEEDBED_URL and SEEDBED_TOKEN');
  }
}

function printFinding({ stdout, environment }: CliContext, finding: Finding): void {
  const paint = pc.createColors(usesColors(stdout, environment));
  const mark: Record<Finding['status'], string> = {
    ok: paint.green('ok     '),
    warning: paint.yellow('warning'),
    problem: paint.red('PROBLEM'),
  };
  printLine(stdout, `${mark[finding.status]}  ${finding.name.padEnd(11)}  ${finding.detail}`);
  if (finding.remedy !== null) printLine(stdout, `${' '.repeat(22)}→ ${finding.remedy}`);
}

function summary(problems: number, warnings: number): string {
  if (problems + warnings === 0) return 'All is well.';
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${count(problems, 'problem')}, ${count(warnings, 'warning')}.`;
}
