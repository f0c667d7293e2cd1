/** Where files of a layout can come from. A source may deliver anything: what it delivered is checked by SHA-256. */
import { TerminalError } from '@seedbed/contracts';
import { type ImageFileLayout } from './layout.js';

export interface DataProgress {
  /** What is read or asked: `cache`, a path, a host, a package. */
  readonly source: string;
  readonly phase: 'check' | 'wait' | 'download' | 'unpack' | 'failed';
  readonly bytesDone: number;
  /** null where it is not known beforehand. */
  readonly bytesTotal: number | null;
  /** A sentence for people: which file is damaged, why a source failed. */
  readonly message?: string;
}

export interface SourceRequest {
  readonly layout: ImageFileLayout;
  /** Names of the files that are wanted; others may be delivered and are ignored. */
  readonly wanted: readonly string[];
  /** An empty folder of this request alone, on the file system of the cache; it is deleted afterwards. */
  readonly workDirectory: string;
  /** Outlives the request, on the same file system; unfinished downloads are kept there for the next to go on with. */
  readonly resumeDirectory: string;
  readonly signal: AbortSignal;
  readonly report: (progress: Omit<DataProgress, 'source'>) => void;
}

export interface DataSource {
  readonly name: string;
  /**
   * Writes the wanted files into the work directory under their own names.
   *
   * @throws RetryableError when trying again later can succeed, TerminalError when it cannot
   */
  deliver(request: SourceRequest): Promise<void>;
}

/**
 * A source that names its files by checksum delivered other bytes, twice: something is wrong there that a person must
 * look at, so no other source is asked.
 */
export class WrongDataError extends TerminalError {}
