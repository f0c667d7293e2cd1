/** Who may call: the bearer token where one is set, and never another web site through a person's browser. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback, parseListenAddress } from '../listen-address.js';
import { HttpError } from './problem.js';
import { isReading, mayCall, type Role, type Tokens } from './roles.js';
import { DASHBOARD_ROUTES } from './routes-dashboard.js';
import type { Sessions } from './session.js';

/** For probes of process managers, which carry no secrets; they say nothing but whether the process is well. */
/** `redeem` checks by itself what it is given. */
export const OPEN_ROUTES = {
  redeem: '/v1/session/code',
  alive: '/v1/health/live',
  livez: '/livez',
  readyz: '/readyz',
} as const;

const openUrls: ReadonlySet<string | undefined> = new Set([
  ...Object.values(OPEN_ROUTES),
  ...DASHBOARD_ROUTES,
]);

export function isOpen(routeUrl: string | undefined): boolean {
  return openUrls.has(routeUrl);
}

export interface Caller {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** The pattern of the route that would answer. */
  readonly routeUrl: string | undefined;
}

/**
 * Makes the check of one request. With an operator's token, tokens decide. Without one the coordinator listens on loopback
 * only, and what remains to be kept out are web pages in a browser on this machine: those carry an Origin or Sec-Fetch-Site
 * of another site, or reach us under a foreign name (DNS rebinding).
 *
 * A browser's session stands for the operator's token. It is a cookie, which browsers send by themselves; so that no other page can
 * use it, whatever changes something must come from a page of ours.
 *
 * @returns a function that throws HttpError 401 or 403 for a request that must not be served
 */
export function makeAccessCheck(tokens: Tokens, sessions: Sessions | null): (caller: Caller) => void {
  if (tokens.operator === null) return ({ headers }) => refuseOtherSites(headers);
  const expected = (['operator', 'trainer', 'observer'] as const).flatMap((role) => {
    const token = tokens[role];
    return token === null ? [] : [{ role, digest: sha256Bytes(token) }];
  });
  return ({ headers, method, routeUrl }) => {
    const role = isInSession(headers, method, sessions) ? 'operator' : roleOf(headers, expected);
    if (mayCall(role, method, routeUrl)) return;
    const detail = `The token is a${role === 'observer' ? 'n' : ''} ${role}'s, which does not open ${method} ${routeUrl}.`;
    throw new HttpError(403, 'Not for this token', detail);
  };
}

function roleOf(headers: IncomingHttpHeaders, expected: readonly { role: Role; digest: Buffer }[]): Role {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  // Digests have equal lengths, so that the comparison tells nothing about the token, not even its length.
  const digest = given === undefined ? null : sha256Bytes(given);
  const found = expected.find((each) => digest !== null && timingSafeEqual(digest, each.digest));
  if (found !== undefined) return found.role;
  const detail =
    given === undefined
      ? 'Send the header "Authorization: Bearer <token>" with the coordinator\'s SEEDBED_TOKEN.'
      : 'The token is not the one that this coordinator was started with.';
  throw new HttpError(401, 'A valid token is needed', detail, {
    'www-authenticate': 'Bearer realm="seedbed"',
  });
}

/** @throws HttpError 403 for a request by cookie that would change something and does not say that it comes from our page */
function isInSession(headers: IncomingHttpHeaders, method: string, sessions: Sessions | null): boolean {
  if (sessions === null || headers.authorization !== undefined) return false;
  if (!sessions.isOpen(headers.cookie, Date.now())) return false;
  if (isReading(method) || isOwnOrigin(headers)) return true;
  throw new HttpError(
    403,
    'Not served to other web sites',
    'A session changes things from the dashboard’s own pages only; programs send the token.',
  );
}

/** By host and port: before a proxy that ends TLS, the page's scheme is not ours. */
function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function refuseOtherSites(headers: IncomingHttpHeaders): void {
  const host = headers.host ?? '';
  const name = parseListenAddress(host)?.host ?? host.replace(/^\[|\]$/g, '');
  if (!isLoopback(name)) {
    throw new HttpError(
      403,
      'Not served under this name',
      `This coordinator has no token and serves localhost only, not "${host}".`,
    );
  }
  const origin = headers.origin;
  const crossSite = headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site';
  if (crossSite || (origin !== undefined && origin !== `http://${host}`)) {
    throw new HttpError(
      403,
      'Not served to other web sites',
      'The request comes from a web page of another origin.',
    );
  }
}

function sha256Bytes(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
