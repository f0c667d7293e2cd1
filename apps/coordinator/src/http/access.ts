/** Who may call: the bearer token where one is set, and never another web site through a person's browser. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback, parseListenAddress } from '../listen-address.js';
import { HttpError } from './problem.js';
import { mayCall, type Role, type Tokens } from './roles.js';

/** For probes of process managers, which carry no secrets; they say nothing but whether the process is well. */
export const OPEN_ROUTES = { alive: '/v1/health/live', livez: '/livez', readyz: '/readyz' } as const;

const openUrls: ReadonlySet<string | undefined> = new Set(Object.values(OPEN_ROUTES));

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
 * @returns a function that throws HttpError 401 or 403 for a request that must not be served
 */
export function makeAccessCheck(tokens: Tokens): (caller: Caller) => void {
  if (tokens.operator === null) return ({ headers }) => refuseOtherSites(headers);
  const expected = (['operator', 'trainer', 'observer'] as const).flatMap((role) => {
    const token = tokens[role];
    return token === null ? [] : [{ role, digest: sha256Bytes(token) }];
  });
  return ({ headers, method, routeUrl }) => {
    const role = roleOf(headers, expected);
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
