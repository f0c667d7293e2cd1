/** Who may call: the bearer token where one is set, and never another web site through a person's browser. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback, parseListenAddress } from '../listen-address.js';
import { HttpError } from './problem.js';

/** For probes of process managers, which carry no secrets; they say nothing but whether the process is well. */
export const OPEN_ROUTES = { alive: '/v1/health/live', livez: '/livez', readyz: '/readyz' } as const;

const openUrls: ReadonlySet<string | undefined> = new Set(Object.values(OPEN_ROUTES));

export function isOpen(routeUrl: string | undefined): boolean {
  return openUrls.has(routeUrl);
}

/**
 * Makes the check of one request. With a token, the token decides. Without one the coordinator listens on loopback only,
 * and what remains to be kept out are web pages in a browser on this machine: those carry an Origin or Sec-Fetch-Site of
 * another site, or reach us under a foreign name (DNS rebinding).
 *
 * @returns a function that throws HttpError 401 or 403 for a request that must not be served
 */
export function makeAccessCheck(token: string | null): (headers: IncomingHttpHeaders) => void {
  if (token === null) return refuseOtherSites;
  const expected = sha256Bytes(token);
  return (headers) => {
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    // Digests have equal lengths, so that the comparison tells nothing about the token, not even its length.
    if (given !== undefined && timingSafeEqual(sha256Bytes(given), expected)) return;
    const detail =
      given === undefined
        ? 'Send the header "Authorization: Bearer <token>" with the coordinator\'s SEEDBED_TOKEN.'
        : 'The token is not the one that this coordinator was started with.';
    throw new HttpError(401, 'A valid token is needed', detail, {
      'www-authenticate': 'Bearer realm="seedbed"',
    });
  };
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
