/** How fast this machine trained its last reproduction: the only ground for an estimate of time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { stateHome } from '../client/connection.js';
import { writeFileAtomically } from '../output/atomic-file.js';

const throughputSchema = z.object({
  stepsPerSecond: z.number().positive(),
  numericsClass: z.string().nullable(),
  cores: z.int().positive(),
  measuredAt: z.iso.datetime(),
});
export type Throughput = z.infer<typeof throughputSchema>;

function pathOf(environment: NodeJS.ProcessEnv): string {
  return join(stateHome(environment), 'throughput.json');
}

/** Null when nothing has been measured, or with another number of cores (a container that was resized). */
export function readThroughput(environment: NodeJS.ProcessEnv, cores: number): Throughput | null {
  try {
    const throughput = throughputSchema.parse(JSON.parse(readFileSync(pathOf(environment), 'utf8')));
    return throughput.cores === cores ? throughput : null;
  } catch {
    return null; // absent or from another version: nothing is known
  }
}

/** Only saves a later guess, so a home that cannot be written to is no error. */
export async function writeThroughput(environment: NodeJS.ProcessEnv, throughput: Throughput): Promise<void> {
  await writeFileAtomically(pathOf(environment), `${JSON.stringify(throughput)}\n`).catch(() => undefined);
}
