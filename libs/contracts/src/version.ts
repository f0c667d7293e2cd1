/** The versions of everything that outlives a process or is read by another one. docs/operations.md says what may meet what. */
import { z } from 'zod';

/** Version of Seedbed, recorded with every result; kept equal to the packages' version by a test. */
export const SEEDBED_VERSION = '0.1.0';

/** Format of sweep files, which people write. */
export const SWEEP_FILE_VERSION = 1;

/** Format of answer.json; not that of records, so that an upgrade in the middle of a sweep leaves the answer's bytes alone. 2 adds how trials compare
 * with the best, and how often the test set was looked at; 3 the sweep file, so that an answer can be had again from itself. */
export const ANSWER_VERSION = 3;
/** An answer of version 1 or 2 is read as one that says nothing about what it lacks. */
export const ANSWER_VERSIONS_READ: readonly number[] = [1, 2, ANSWER_VERSION];

/** Format of the records that Seedbed's processes write for each other: jobs, plans, commits. */
export const SCHEMA_VERSION = 1;

/**
 * Formats of records that this version reads: its own and the one before it, so that processes of two neighbouring minor
 * releases work side by side. Raising SCHEMA_VERSION to n makes this [n - 1, n].
 */
export const SCHEMA_VERSIONS_READ: readonly number[] = [SCHEMA_VERSION];

export const schemaVersionSchema = z.int().refine((version) => SCHEMA_VERSIONS_READ.includes(version), {
  error: ({ input }) => `format ${String(input)} is another version's; ${versionsRead()}`,
});

/** For messages: which formats this version reads. */
export function versionsRead(): string {
  return `Seedbed ${SEEDBED_VERSION} reads ${SCHEMA_VERSIONS_READ.join(' and ')}`;
}
