/**
 * The one line by which another machine joins a system: everything that it needs to reach and to recognise it, as one word
 * that survives shells and chat windows. `sbj1.<base64url of JSON>.<checksum>`.
 *
 * It holds secrets: whoever has it may train for the system and steer its sweeps.
 */
import { z } from 'zod';
import { sha256 } from './digest.js';
import { InputError } from './errors.js';

const PREFIX = 'sbj';
const VERSION = 1;
/** Finds a character that was lost or changed by copying; nobody is kept from anything by it. */
const CHECKSUM_LENGTH = 8;
/** Addresses, a token, a password and a fingerprint are about 500 characters. */
const JOIN_LENGTH_MAX = 4_096;

/** SHA-256 of a certificate's DER, lower-case hex. */
export const fingerprintSchema = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower-case hex');

/** One server, or several that Sentinels watch over: `redis+sentinel://a:26379,b:26379/master`, which is no URL to Node. */
const SERVER_URL = /^rediss?(?:\+sentinel)?:\/\/[^\s/]+/;

const joinSchema = z.strictObject({
  /** Of the coordinator. */
  url: z.url({ protocol: /^https?$/ }),
  /** For the coordinator. */
  token: z.string().min(1),
  /** Where trainers find the queue, with a user of their own. */
  redisUrl: z.string().regex(SERVER_URL),
  /** Of the certificate of both; null where they have one of an authority, or none. */
  fingerprint: fingerprintSchema.nullable(),
});
export type Join = z.infer<typeof joinSchema>;

export function formatJoin(join: Join): string {
  const body = Buffer.from(JSON.stringify(joinSchema.parse(join))).toString('base64url');
  return `${PREFIX}${VERSION}.${body}.${checksumOf(body)}`;
}

/** @throws InputError that says what is wrong and never repeats the text, which holds secrets */
export function parseJoin(text: string): Join {
  const match = /^([a-z]+)(\d+)\.([A-Za-z0-9_-]+)\.([0-9a-f]+)$/.exec(text.trim());
  const [, prefix, version, body = '', checksum] = match ?? [];
  if (text.length > JOIN_LENGTH_MAX || prefix !== PREFIX) {
    // The commonest mishap: a terminal or a mail program has broken the line.
    throw refuse(
      text.startsWith(PREFIX)
        ? 'is cut off or has spaces in it: copy the whole word that `seedbed up` printed'
        : 'is no join word: copy the one that `seedbed up --listen` printed, it begins with sbj1.',
    );
  }
  if (version !== String(VERSION)) {
    throw refuse(
      `is of version ${version ?? '?'}, this Seedbed knows version ${VERSION}: use the same Seedbed on both`,
    );
  }
  if (checksum !== checksumOf(body)) {
    throw refuse('was changed or cut off on the way (its checksum is wrong): copy it again');
  }
  const parsed = joinSchema.safeParse(parsedJson(Buffer.from(body, 'base64url').toString()));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'everything').join(', ');
  throw refuse(`does not say what it must (${fields}): use the same Seedbed on both machines`);
}

function checksumOf(body: string): string {
  return sha256(body).slice(0, CHECKSUM_LENGTH);
}

function refuse(message: string): InputError {
  return new InputError([{ path: 'join', message }]);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
