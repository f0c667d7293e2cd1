/** The data sets that lie whole on this machine. Nothing is fetched here: what is missing, trainers get elsewhere. */
import { coerceError } from '@seedbed/contracts';
import type { ServedDataSet } from '@seedbed/data';
import type { FastifyBaseLogger } from 'fastify';

export interface DataShelf {
  /** @param key name or digest of a data set */
  find(key: string): Promise<ServedDataSet | null>;
  /** Has the next `find` look at the disk again: a file was not what it had been. */
  forget(): void;
}

/**
 * @param load looks for the set on the disk; the first look may read every byte of it, which takes 0.2 s. Asked again
 *   only until it has found one
 */
export function createDataShelf(
  load: () => Promise<ServedDataSet | null>,
  logger: FastifyBaseLogger,
): DataShelf {
  let found: Promise<ServedDataSet | null> | null = null;
  const look = async (): Promise<ServedDataSet | null> => {
    const served = await load().catch((thrown: unknown) => {
      logger.warn({ err: coerceError(thrown) }, 'the data set here cannot be served');
      return null;
    });
    if (served === null) found = null;
    else logger.info({ dataSet: served.dataSet.name, digest: served.dataSet.digest }, 'serving a data set');
    return served;
  };
  return {
    async find(key) {
      const served = await (found ??= look());
      return served !== null && (key === served.dataSet.name || key === served.dataSet.digest)
        ? served
        : null;
    },
    forget: () => {
      found = null;
    },
  };
}
