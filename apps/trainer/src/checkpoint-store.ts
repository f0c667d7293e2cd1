/** The coordinator's checkpoints over HTTP. What fails here costs time and nothing else. */
import { createHash } from 'node:crypto';
import {
  type CheckpointList,
  checkpointListSchema,
  LIMITS,
  type NumericsClass,
  RetryableError,
  type RunId,
  type SweepId,
} from '@seedbed/contracts';

export interface CheckpointAddress {
  readonly numericsClass: NumericsClass;
  readonly runId: RunId;
  readonly step: number;
}

/** Every operation rejects with a RetryableError when it fails, whatever the reason. */
export interface CheckpointStore {
  list(
    runIds: readonly RunId[],
    numericsClass: NumericsClass,
    signal: AbortSignal,
  ): Promise<CheckpointList['checkpoints']>;
  /** The bytes, checked against their SHA-256. */
  read(address: CheckpointAddress, sha256: string, signal: AbortSignal): Promise<Uint8Array>;
  write(
    address: CheckpointAddress & { readonly sweepId: SweepId },
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<void>;
}

export interface CheckpointStoreAccess {
  /** `http://host:port` or `https://host:port` */
  readonly url: string;
  readonly token: string | null;
  /** @default the global fetch */
  readonly fetch?: CheckpointFetch;
}

type CheckpointFetch = (
  url: string,
  init: {
    readonly method: 'GET' | 'PUT';
    readonly headers: Record<string, string>;
    readonly body?: Uint8Array<ArrayBuffer>;
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** The answer to a list is under a kilobyte; a claim waits for it. */
const LIST_TIMEOUT_MS = 2_000;
/** 64 MB at 2 MB a second. */
const TRANSFER_TIMEOUT_MS = 30_000;

export function coordinatorCheckpoints(access: CheckpointStoreAccess): CheckpointStore {
  const request = async (
    path: string,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly body?: Uint8Array },
  ): Promise<Uint8Array> => {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
    const headers: Record<string, string> =
      access.token === null ? {} : { authorization: `Bearer ${access.token}` };
    try {
      const response = await (access.fetch ?? fetch)(new URL(path, access.url).href, {
        method: options.body === undefined ? 'GET' : 'PUT',
        headers:
          options.body === undefined ? headers : { ...headers, 'content-type': 'application/octet-stream' },
        ...(options.body === undefined ? {} : { body: options.body as Uint8Array<ArrayBuffer> }),
        signal,
      });
      if (!response.ok) throw new RetryableError(await refusalOf(response));
      return await bytesOf(response);
    } catch (thrown) {
      if (thrown instanceof RetryableError) throw thrown;
      throw new RetryableError(`${access.url} keeps no checkpoint at present`, { cause: thrown });
    }
  };
  const pathOf = ({ numericsClass, runId, step }: CheckpointAddress) =>
    `/v1/checkpoints/${encodeURIComponent(numericsClass)}/${runId}/${step}`;
  return {
    async list(runIds, numericsClass, signal) {
      const path = `/v1/checkpoints/${encodeURIComponent(numericsClass)}?runs=${runIds.join(',')}`;
      const bytes = await request(path, { signal, timeoutMs: LIST_TIMEOUT_MS });
      const parsed = checkpointListSchema.safeParse(tryJson(new TextDecoder().decode(bytes)));
      if (parsed.success) return parsed.data.checkpoints;
      throw new RetryableError(`${access.url} answered with something that is no list of checkpoints`);
    },
    async read(address, sha256, signal) {
      const bytes = await request(pathOf(address), { signal, timeoutMs: TRANSFER_TIMEOUT_MS });
      if (sha256Of(bytes) === sha256) return bytes;
      throw new RetryableError(`the checkpoint of run ${address.runId} at step ${address.step} is damaged`);
    },
    async write(address, bytes, signal) {
      const path = `${pathOf(address)}?sweep=${address.sweepId}&sha256=${sha256Of(bytes)}`;
      await request(path, { signal, timeoutMs: TRANSFER_TIMEOUT_MS, body: bytes });
    },
  };
}

/** @throws RetryableError when there are more than any checkpoint has */
async function bytesOf(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += (piece as Uint8Array).length;
    if (length > LIMITS.checkpointBytesMax) throw new RetryableError('the answer is too long');
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces, length);
}

async function refusalOf(response: Response): Promise<string> {
  const problem = tryJson(await response.text()) as { detail?: unknown } | undefined;
  const detail = typeof problem?.detail === 'string' ? `: ${problem.detail.slice(0, 500)}` : '';
  return `answered ${response.status}${detail}`;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
