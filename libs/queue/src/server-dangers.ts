/** What a server must not be when results matter, and how a person accepts it all the same. */
import { InputError } from '@seedbed/contracts';
import { SERVER_DANGERS, type ServerDanger, type ServerReport } from './interfaces.js';

/** Where a person names what is accepted. */
export const ACCEPT_DATA_LOSS = 'SEEDBED_ACCEPT_DATA_LOSS';

/** A replica takes no writes at all: there is nothing to accept. */
const ACCEPTABLE: readonly ServerDanger['kind'][] = SERVER_DANGERS.filter((kind) => kind !== 'replica');

/** Fields of INFO and parameters of CONFIG by their names. */
export function dangersOf(facts: ReadonlyMap<string, string>): ServerDanger[] {
  const dangers: ServerDanger[] = [];
  const found = (kind: ServerDanger['kind'], setting: string, value: string, remedy: string) =>
    dangers.push({ kind, setting, found: value, remedy });
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    found('eviction', 'maxmemory-policy', policy, 'results and queued work can vanish: set it to noeviction');
  }
  const appendOnly = facts.get('aof_enabled') === '0' || facts.get('appendonly') === 'no';
  // With snapshots only the results since the last one are lost, which is a warning; with neither, all of them.
  if (appendOnly && facts.get('save') === '') {
    found(
      'persistence',
      'appendonly',
      'no',
      'nothing is written to disk, a restart loses all results: set it to yes',
    );
  }
  const version = facts.get('valkey_version') ?? facts.get('redis_version');
  if (version !== undefined && isTooOld(version)) {
    found(
      'version',
      'version',
      version,
      `commands that are needed are missing: use ${VERSION_MIN.join('.')} or later`,
    );
  }
  if (facts.get('cluster_enabled') === '1') {
    found(
      'cluster',
      'cluster-enabled',
      'yes',
      'scripts over several keys need a single primary: use one that is no cluster',
    );
  }
  if (facts.get('role') === 'slave') {
    found(
      'replica',
      'role',
      'replica',
      'it takes no writes: use its primary, or redis+sentinel:// to find it',
    );
  }
  return dangers;
}

/** Needed for LPOS and for blocking with fractions of a second; older ones are out of support. */
export const VERSION_MIN = [6, 2] as const;

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1]);
}

/**
 * @param accepted value of SEEDBED_ACCEPT_DATA_LOSS: names of dangers with commas between them; undefined or empty for none
 * @throws InputError that names every danger that is not accepted: the setting, what it is and what would be right
 */
export function requireSafeServer(report: Pick<ServerReport, 'dangers'>, accepted: string | undefined): void {
  const names = (accepted ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !ACCEPTABLE.some((kind) => kind === name));
  if (unknown !== undefined) {
    const message = `has "${unknown}"; what can be accepted is ${ACCEPTABLE.join(', ')}, with commas in between`;
    throw new InputError([{ path: ACCEPT_DATA_LOSS, message }]);
  }
  const refused = report.dangers.filter(({ kind }) => !names.includes(kind));
  if (refused.length === 0) return;
  throw new InputError(
    refused.map(({ kind, setting, found, remedy }) => ({
      path: setting,
      message:
        `is "${found}" on the server, and ${remedy}` +
        (ACCEPTABLE.includes(kind) ? ` (or accept it: ${ACCEPT_DATA_LOSS}=${kind})` : ''),
    })),
  );
}
