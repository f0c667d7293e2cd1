/** What the steps of one search for a data set share. */
import { join } from 'node:path';
import { type FileProblem, findFileProblems } from './file-check.js';
import { type ImageFileLayout } from './layout.js';
import { type DataProgress } from './source.js';

export interface EnsureJob {
  readonly layout: ImageFileLayout;
  /** Folder of this layout in the cache. */
  readonly cache: string;
  /** The variable that named a local source, for messages. */
  readonly sourceVariable: string;
  readonly verify: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DataProgress) => void;
}

/** What is wrong with the layout's files in a folder. */
export function check(job: EnsureJob, directory: string): Promise<readonly FileProblem[]> {
  const { layout, verify, signal } = job;
  const manifestPath = join(job.cache, 'manifest.json');
  const onFile = (bytesDone: number, bytesTotal: number): void =>
    job.onProgress({ source: directory, phase: 'check', bytesDone, bytesTotal });
  return findFileProblems(layout, { directory, manifestPath, verify, signal, onFile });
}

export function tell(
  job: EnsureJob,
  event: { readonly phase: DataProgress['phase']; readonly message: string },
): void {
  job.onProgress({ source: job.cache, bytesDone: 0, bytesTotal: null, ...event });
}

export function listOf(problems: readonly FileProblem[]): string {
  return problems.map((problem) => problem.message).join('; ');
}
