/** What a coordinator says of a data set that it serves to trainers. */
import { z } from 'zod';
import { nameSchema } from './ids.js';

/** Lower-case hex SHA-256. */
export const sha256HexSchema = z.string().regex(/^[0-9a-f]{64}$/, 'use 64 lower-case hex digits');

export const dataSetSchema = z.strictObject({
  name: nameSchema,
  /** The digest that is part of every run's identity. */
  digest: sha256HexSchema,
  /** Served under `/v1/data-sets/<digest>/files/<sha256>`. */
  files: z.array(
    z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
      sha256: sha256HexSchema,
      sizeBytes: z.int().min(0),
    }),
  ),
});
export type DataSet = z.infer<typeof dataSetSchema>;
