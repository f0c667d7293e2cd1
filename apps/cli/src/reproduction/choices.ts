/** What a reproduction runs and where, from its options and what is there already. */
import { join, resolve } from 'node:path';
import { InputError } from '@seedbed/contracts';
import type { CliContext } from '../cli-context.js';
import { readSweepFile } from '../client/sweep-file.js';
import { installationRoot, workspaceAbove } from '../system/installation.js';
import type { ServerChoice } from '../system/server-choice.js';
import type { PartName } from './part-names.js';
import { type PartSpec, specOfPart } from './parts.js';
import { type OpenRecord, readRecord, stateDirectoryOf } from './record.js';

export interface ReproductionOptions {
  /** Null for everything. */
  readonly part: PartName | null;
  readonly trainers: number;
  /** Training processes per trainer; null for one per core. */
  readonly children: number | null;
  /** Null for the default under the repository of the working directory. */
  readonly output: string | null;
  readonly json: boolean;
}

export function outputDirectory(context: CliContext, { output, part }: ReproductionOptions): string {
  if (output !== null) return resolve(context.workingDirectory, output);
  const root = workspaceAbove(context.workingDirectory) ?? context.workingDirectory;
  return join(root, 'out', part === null ? 'reproduction' : `reproduction-${part}`);
}

export async function specToRun(part: PartName | null): Promise<PartSpec> {
  const root = installationRoot();
  const whole = await readSweepFile(join('examples', 'reproduction.yaml'), root);
  return part === null ? { spec: whole, note: null } : specOfPart(whole, part);
}

export function partLabel(part: PartName | null): string {
  return part ?? 'everything';
}

/** Two parts in one directory would overwrite each other's report, and one's unfinished state would be the other's. */
export function refuseAnotherPart(output: string, label: string): void {
  const found = readRecord(output);
  if (found === null || found.finishedAt !== null || found.part === label) return;
  throw new InputError([
    {
      path: '--output',
      message:
        `${output} holds an unfinished reproduction of ${found.part}: finish that one, choose another directory, ` +
        `or delete ${stateDirectoryOf(output)} to give it up`,
    },
  ]);
}

export function openingLine({ record, origin }: OpenRecord, output: string, server: ServerChoice): string {
  const on = server.kind === 'url' ? `on the Redis of ${server.from}` : `on an own ${server.description}`;
  switch (origin) {
    case 'new':
    case 'replaced':
      return `reproduction of ${record.part} in ${output}, ${on}`;
    case 'carried-on':
      return `carrying on with the reproduction of ${record.part} from ${record.startedAt} in ${output}, ${on}`;
  }
}
