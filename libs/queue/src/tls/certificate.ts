/**
 * The certificate by which other machines recognise this system: made here, signed by itself, and trusted by its SHA-256
 * fingerprint, which a person carries over. So there is no authority to run, and nothing to renew.
 *
 * Node reads certificates but makes none. What is needed is a few fields in DER (X.690), so they are written here rather than
 * by a library with a dozen packages beneath it; Node's own parser and a real handshake test them.
 */
import { coerceError, TerminalError } from '@seedbed/contracts';
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerCertificate {
  /** Key and certificate as PEM in one file that only its owner can read. */
  readonly path: string;
  /** The file's text: both `key` and `cert` of a TLS server. */
  readonly pem: string;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
}

const FILE_NAME = 'certificate.pem';
/** Trust is by fingerprint and ends when the file is removed; a date would only break a system that nobody touches. */
const VALID_UNTIL = new Date('2099-12-31T23:59:59Z');
/** A clock that is behind ours must not refuse it. */
const VALID_FROM = new Date('2000-01-01T00:00:00Z');
const SUBJECT = 'Seedbed';

/**
 * The certificate of a directory, made at the first call.
 *
 * @throws TerminalError when what is there is no key with its certificate
 */
export async function ensureCertificate(directory: string): Promise<ServerCertificate> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE_NAME);
  const present = await readFile(path, 'utf8').catch(() => null);
  if (present !== null) return read(path, present);
  // Whole or not at all, and the first one stands: others may have been told its fingerprint already.
  const draft = join(directory, `${FILE_NAME}.${randomBytes(6).toString('hex')}`);
  await writeFile(draft, makeCertificate(), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  } finally {
    await unlink(draft);
  }
  return read(path, await readFile(path, 'utf8'));
}

function read(path: string, pem: string): ServerCertificate {
  try {
    return { path, pem, fingerprint: fingerprintOf(new X509Certificate(pem)) };
  } catch (thrown) {
    throw new TerminalError(
      `${path} holds no certificate (${coerceError(thrown).message}): remove it, and a new one is made`,
    );
  }
}

/** SHA-256 of the certificate's DER, lower-case hex without colons. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** A new P-256 key and a certificate of it, as PEM: understood by every TLS 1.2 and 1.3. */
function makeCertificate(): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signature = sequence(objectId('2a8648ce3d040302')); // ecdsa-with-SHA256
  const name = sequence(
    der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(SUBJECT)))), // commonName
  );
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(positive(randomBytes(16))), // serial number
    signature,
    name, // issuer
    sequence(time(VALID_FROM), time(VALID_UNTIL)),
    name, // subject
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(subjectAlternativeName(SUBJECT.toLowerCase()))),
  );
  const signed = sequence(
    body,
    signature,
    der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)])),
  );
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  const certificate = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${certificate}`;
}

/** Tag, length and contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), body]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

/** A leading bit of 1 would mean a negative number, a leading byte of 0 an encoding longer than needed. */
function positive(bytes: Buffer): Buffer {
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

/** @param hex the encoded object identifier */
function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

/** Years to 2049 as UTCTime, later ones as GeneralizedTime (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(digits.slice(2)))
    : der(0x18, Buffer.from(digits));
}

function subjectAlternativeName(name: string): Buffer {
  return sequence(objectId('551d11'), der(0x04, sequence(der(0x82, Buffer.from(name)))));
}
