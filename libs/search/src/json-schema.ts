/** The JSON Schema of the sweep file, for editors: completion and red lines while typing. */
import { SWEEP_FILE_VERSION, sweepSpecSchema } from '@seedbed/contracts';
import { z } from 'zod';

/** What a person writes, so members with defaults are optional. Relations between members are checked by parseSweepFile. */
export function sweepFileJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(sweepSpecSchema, { io: 'input' });
  return {
    $schema,
    title: `Seedbed sweep file, version ${SWEEP_FILE_VERSION}`,
    description: 'A hyperparameter search in which every trial is grown from several seeds.',
    ...schema,
  };
}
