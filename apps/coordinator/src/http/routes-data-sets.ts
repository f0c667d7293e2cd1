/**
 * Data sets for trainers, by checksum. A request names digests only, and only files that the data set lists are opened,
 * so no request can name a path.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dataSetSchema, nameSchema, sha256HexSchema } from '@seedbed/contracts';
import type { ServedDataSet, ServedFile } from '@seedbed/data';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { DataShelf } from '../data-sets/data-shelf.js';
import { byteRangeOf } from './byte-range.js';
import { HttpError } from './problem.js';
import type { RouteContext } from './route-context.js';
import type { Server } from './server.js';

/** Files that are sent at once: enough to fill a network, few enough that each trainer is soon done. */
export const FILES_AT_ONCE_MAX = 16;
/** A file of 31 MB at 50 KB a second takes ten minutes; a slower trainer goes on with the rest in a second request. */
const FILE_TIMEOUT_MS = 15 * 60_000;
/** A trainer that takes nothing for so long is gone; its place is another's. */
const STALL_TIMEOUT_MS = 30_000;
/** 256 KiB a read: four times fewer system calls than the default, little memory for 16 files. */
const READ_BYTES = 256 * 1024;
const BUSY_RETRY_AFTER_SECONDS = 1;

const dataSetParams = z.object({ dataSet: nameSchema });
const fileParams = z.object({ dataSet: nameSchema, sha256: sha256HexSchema });

export function registerDataSetRoutes(app: Server, { dataSets }: RouteContext): void {
  let filesBeingSent = 0;

  app.get('/v1/data-sets/:dataSet', {
    schema: { params: dataSetParams, response: { 200: dataSetSchema } },
    handler: async (request) => (await requireDataSet(dataSets, request.params.dataSet)).dataSet,
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/data-sets/:dataSet/files/:sha256',
    schema: { params: fileParams },
    handlerTimeout: FILE_TIMEOUT_MS,
    handler: async (request, reply) => {
      const { dataSet, sha256 } = request.params;
      const file = (await requireDataSet(dataSets, dataSet)).file(sha256);
      if (file === undefined) throw notHere(`The data set has no file with the SHA-256 "${sha256}".`);
      const etag = `"${sha256}"`;
      if (request.headers['if-none-match'] === etag) return await describe(reply, etag).code(304).send();
      const range = byteRangeOf(request.headers, { etag, sizeBytes: file.sizeBytes });
      if (range.kind === 'unsatisfiable') throw outside(file.sizeBytes);
      const { first, last } = range.kind === 'part' ? range : { first: 0, last: file.sizeBytes - 1 };
      const isSent = request.method === 'GET';
      if (isSent) {
        if (filesBeingSent >= FILES_AT_ONCE_MAX) throw busy();
        filesBeingSent += 1;
        reply.raw.once('close', () => (filesBeingSent -= 1));
      }
      const handle = await openWhole(file, dataSets);
      void describe(reply, etag).header('content-length', String(last - first + 1));
      if (range.kind === 'part') {
        void reply.code(206).header('content-range', `bytes ${first}-${last}/${file.sizeBytes}`);
      }
      if (!isSent) {
        await handle.close();
        return await reply.send();
      }
      reply.raw.setTimeout(STALL_TIMEOUT_MS, () => reply.raw.destroy());
      return await reply.send(
        handle.createReadStream({ start: first, end: last, highWaterMark: READ_BYTES }),
      );
    },
  });
}

/** Content under a checksum never changes; `private` because a token is needed for it. */
function describe(reply: FastifyReply, etag: string): FastifyReply {
  return reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    'content-type': 'application/octet-stream',
  });
}

async function requireDataSet(dataSets: DataShelf, key: string): Promise<ServedDataSet> {
  const served = await dataSets.find(key);
  if (served !== null) return served;
  throw notHere(
    `This coordinator has no data set "${key}". Run "seedbed data fetch" on its machine, or set SEEDBED_CIFAR10 or SEEDBED_DATA_DIR there.`,
  );
}

/** @throws HttpError 503 when the file is not what was found there before */
async function openWhole(file: ServedFile, dataSets: DataShelf): Promise<FileHandle> {
  const handle = await open(file.path, 'r').catch(() => null);
  if ((await handle?.stat())?.size === file.sizeBytes) return handle!;
  await handle?.close();
  dataSets.forget();
  throw new HttpError(
    503,
    'The file is not whole',
    'The file was changed or removed since it was checked; the coordinator looks again at the next request.',
    { 'retry-after': String(BUSY_RETRY_AFTER_SECONDS) },
  );
}

function notHere(detail: string): HttpError {
  return new HttpError(404, 'No such data', detail);
}

function outside(sizeBytes: number): HttpError {
  return new HttpError(416, 'Outside of the file', `The file has ${sizeBytes} bytes.`, {
    'content-range': `bytes */${sizeBytes}`,
  });
}

function busy(): HttpError {
  return new HttpError(
    503,
    'Busy with other trainers',
    `${FILES_AT_ONCE_MAX} files are being sent; ask again soon.`,
    { 'retry-after': String(BUSY_RETRY_AFTER_SECONDS) },
  );
}
