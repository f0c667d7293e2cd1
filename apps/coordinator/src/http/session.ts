/**
 * Sessions of people's browsers: a cookie that scripts cannot read, that other sites cannot make a browser send, and that ends
 * by itself. It holds when it ends and a proof that this coordinator's token made it, so that nothing is kept here and a
 * restart signs nobody out.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A working day; then the address that `seedbed up` printed is opened again. */
const LIFETIME_SECONDS = 12 * 60 * 60;
export const SESSION_COOKIE = 'seedbed-session';
/** Keeps what is proved here apart from whatever else might be signed with the token. */
const PURPOSE = 'seedbed session until';

export interface Sessions {
  /** @returns the value of a Set-Cookie header */
  begin(nowMs: number, isTls: boolean): string;
  /** @param cookies the request's Cookie header */
  isOpen(cookies: string | undefined, nowMs: number): boolean;
}

/** @param token the operator's; whoever has it may begin a session */
export function makeSessions(token: string): Sessions {
  const proofOf = (endsAt: number): Buffer =>
    createHmac('sha256', token).update(`${PURPOSE} ${endsAt}`).digest();
  return {
    begin(nowMs, isTls) {
      const endsAt = Math.floor(nowMs / 1000) + LIFETIME_SECONDS;
      const value = `${endsAt}.${proofOf(endsAt).toString('base64url')}`;
      return setCookie(value, LIFETIME_SECONDS, isTls);
    },
    isOpen(cookies, nowMs) {
      const [, ends, proof] = COOKIE.exec(cookies ?? '') ?? [];
      if (ends === undefined || proof === undefined) return false;
      const given = Buffer.from(proof, 'base64url');
      const expected = proofOf(Number(ends));
      return (
        given.length === expected.length && timingSafeEqual(given, expected) && Number(ends) * 1000 > nowMs
      );
    },
  };
}

const COOKIE = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=(\\d{1,12})\\.([A-Za-z0-9_-]{43})(?:;|$)`);

export function endedSession(isTls: boolean): string {
  return setCookie('', 0, isTls);
}

function setCookie(value: string, maxAgeSeconds: number, isTls: boolean): string {
  const attributes = ['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${maxAgeSeconds}`];
  return [`${SESSION_COOKIE}=${value}`, ...attributes, ...(isTls ? ['Secure'] : [])].join('; ');
}
