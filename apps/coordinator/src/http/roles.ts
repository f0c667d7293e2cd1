/** What a token opens: everything, what a trainer needs, or the numbers that autoscalers and monitoring read. */

export type Role = 'operator' | 'trainer' | 'observer';

export interface Tokens {
  /** Opens everything; without it nothing is asked for, on loopback only. */
  readonly operator: string | null;
  readonly trainer: string | null;
  readonly observer: string | null;
}

const READING: readonly string[] = ['GET', 'HEAD'];

/** Such requests change nothing. */
export function isReading(method: string): boolean {
  return READING.includes(method);
}

export const METRICS_ROUTE = '/metrics';
/** Numbers, and names of machines; no sweep and no result. */
const OBSERVED: readonly string[] = ['/v1/health', '/v1/scale', '/v1/trainers', METRICS_ROUTE];
/** Stores in which trainers keep what they have begun. */
const TRAINERS_STORES: readonly string[] = ['/v1/checkpoints'];
const TRAINERS_SOURCES: readonly string[] = ['/v1/data-sets'];

/** @param routeUrl the pattern of the route; undefined where there is none, which anybody with a token may hear */
export function mayCall(role: Role, method: string, routeUrl: string | undefined): boolean {
  if (role === 'operator' || routeUrl === undefined) return true;
  if (isReading(method) && OBSERVED.includes(routeUrl)) return true;
  if (role === 'observer') return false;
  const isBelow = (paths: readonly string[]) =>
    paths.some((path) => routeUrl === path || routeUrl.startsWith(`${path}/`));
  return isBelow(TRAINERS_STORES) || (isReading(method) && isBelow(TRAINERS_SOURCES));
}
