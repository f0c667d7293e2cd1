/**
 * Sessions of people's browsers: a cookie that scripts cannot read, that other sites cannot make a browser send, and that ends
 * by itself. It holds when it ends and a proof that this coordinator's token made it, so that nothing is kept here and a
 * restart signs nobody out.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Long enough to switch to a browser; `seedbed dashboard` makes another. */
const CODE_LIFETIME_SECONDS = 15 * 60;
/** Only an operator makes codes: more used ones than this within their lifetime are a mistake, and the oldest is forgotten. */
const USED_CODES_MAX = 1_000;
/** A working day; then a new link is opened. */
const LIFETIME_SECONDS = 12 * 60 * 60;
export const SESSION_COOKIE = 'seedbed-session';
/** Keeps what is proved here apart from whatever else might be signed with the token. */
const PURPOSE = 'seedbed session until';
const CODE_PURPOSE = 'seedbed sign-in code until';
const CODE = /^(\d{1,12})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/;

export interface Sessions {
  /** @returns the value of a Set-Cookie header */
  begin(nowMs: number, isTls: boolean): string;
  /** What a link may carry in place of the token: it begins one session, within minutes. */
  makeCode(nowMs: number): { readonly code: string; readonly expiresAt: string };
  /** Whether the code is good; it is not from now on. */
  redeem(code: string, nowMs: number): boolean;
  /** @param cookies the request's Cookie header */
  isOpen(cookies: string | undefined, nowMs: number): boolean;
}

/** @param token the operator's; whoever has it may begin a session */
export function makeSessions(token: string): Sessions {
  const sign = (claim: string): Buffer => createHmac('sha256', token).update(claim).digest();
  const proofOf = (endsAt: number): Buffer => sign(`${PURPOSE} ${endsAt}`);
  const codeProofOf = (endsAt: string, nonce: string): Buffer => sign(`${CODE_PURPOSE} ${endsAt} ${nonce}`);
  const used = new Set<string>();
  return {
    makeCode(nowMs) {
      const endsAt = Math.floor(nowMs / 1000) + CODE_LIFETIME_SECONDS;
      const nonce = randomBytes(12).toString('base64url');
      const code = `${endsAt}.${nonce}.${codeProofOf(String(endsAt), nonce).toString('base64url')}`;
      return { code, expiresAt: new Date(endsAt * 1000).toISOString() };
    },
    redeem(code, nowMs) {
      const [, endsAt = '', nonce = '', proof = ''] = CODE.exec(code) ?? [];
      const isOurs = isSame(Buffer.from(proof, 'base64url'), codeProofOf(endsAt, nonce));
      if (!isOurs || Number(endsAt) * 1000 <= nowMs || used.has(nonce)) return false;
      if (used.size >= USED_CODES_MAX) used.delete(used.values().next().value!);
      used.add(nonce);
      return true;
    },
    begin(nowMs, isTls) {
      const endsAt = Math.floor(nowMs / 1000) + LIFETIME_SECONDS;
      const value = `${endsAt}.${proofOf(endsAt).toString('base64url')}`;
      return setCookie(value, LIFETIME_SECONDS, isTls);
    },
    isOpen(cookies, nowMs) {
      const [, ends, proof] = COOKIE.exec(cookies ?? '') ?? [];
      if (ends === undefined || proof === undefined) return false;
      return isSame(Buffer.from(proof, 'base64url'), proofOf(Number(ends))) && Number(ends) * 1000 > nowMs;
    },
  };
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const COOKIE = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=(\\d{1,12})\\.([A-Za-z0-9_-]{43})(?:;|$)`);

export function endedSession(isTls: boolean): string {
  return setCookie('', 0, isTls);
}

function setCookie(value: string, maxAgeSeconds: number, isTls: boolean): string {
  const attributes = ['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${maxAgeSeconds}`];
  return [`${SESSION_COOKIE}=${value}`, ...attributes, ...(isTls ? ['Secure'] : [])].join('; ');
}
