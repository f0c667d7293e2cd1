import type { Redis } from 'ioredis';
import { Connection } from './connection.js';
import { QUEUE_DEFAULTS, type ServerReport } from './interfaces.js';
import { dangersOf, isTooOld, VERSION_MIN } from './server-dangers.js';
import { infoFields } from './server-info.js';

/**
 * What the server is and whether it can be trusted with results. A managed server that hides its settings is accepted
 * with a warning.
 *
 * @throws RetryableError when it cannot be reached; TerminalError when it refuses access
 */
export async function inspectServer(
  url: string,
  settings: { readonly commandTimeoutMs?: number } = {},
): Promise<ServerReport> {
  const connection = await Connection.open({ ...QUEUE_DEFAULTS, ...settings, url });
  try {
    const facts = await connection.run('inspect the server', readFacts);
    return reportOf(facts);
  } finally {
    await connection.close();
  }
}

/** Fields of INFO, completed by CONFIG GET where that is allowed. */
export type ServerFacts = ReadonlyMap<string, string>;

async function readFacts(redis: Redis): Promise<ServerFacts> {
  const facts = infoFields(await redis.info());
  for (const [fact, parameter] of [
    ['maxmemory_policy', 'maxmemory-policy'],
    ['appendonly', 'appendonly'],
    ['appendfsync', 'appendfsync'],
    ['save', 'save'],
  ] as const) {
    if (facts.has(fact)) continue;
    const reply = (await redis.config('GET', parameter).catch(() => [])) as string[];
    if (reply[1] !== undefined) facts.set(fact, reply[1]);
  }
  return facts;
}

export function reportOf(facts: ServerFacts): ServerReport {
  const valkey = facts.get('valkey_version');
  const version = valkey ?? facts.get('redis_version') ?? 'unknown';
  const appendOnly = appendOnlyOf(facts);
  const evictionPolicy = facts.get('maxmemory_policy') ?? null;
  return {
    version,
    kind: valkey === undefined ? 'redis' : 'valkey',
    appendOnly,
    evictionPolicy,
    dangers: dangersOf(facts),
    warnings: [
      ...versionWarnings(version),
      ...evictionWarnings(evictionPolicy),
      ...appendOnlyWarnings(appendOnly, facts),
      ...roleWarnings(facts),
    ],
    unknown:
      appendOnly === true && !facts.has('appendfsync')
        ? [
            'CONFIG is not allowed here, so how often the append-only file is flushed cannot be read: make sure that ' +
              'appendfsync is everysec or always.',
          ]
        : [],
  };
}

function appendOnlyOf(facts: ServerFacts): boolean | null {
  const enabled = facts.get('aof_enabled');
  if (enabled !== undefined) return enabled === '1';
  const setting = facts.get('appendonly');
  return setting === undefined ? null : setting === 'yes';
}

function versionWarnings(version: string): string[] {
  if (Number.isNaN(Number(version.split('.')[0])))
    return ['The server does not tell its version; 6.2 or later is needed.'];
  return isTooOld(version)
    ? [`The server is version ${version}; ${VERSION_MIN.join('.')} or later is needed.`]
    : [];
}

function evictionWarnings(policy: string | null): string[] {
  if (policy === 'noeviction') return [];
  if (policy === null) {
    return ['The eviction policy cannot be read here: make sure that maxmemory-policy is noeviction.'];
  }
  return [
    `The eviction policy is ${policy}: results and queued work can vanish. Set maxmemory-policy noeviction.`,
  ];
}

function appendOnlyWarnings(appendOnly: boolean | null, facts: ServerFacts): string[] {
  if (appendOnly === null) {
    return [
      'Whether an append-only file is written cannot be read here: without one, a restart loses results.',
    ];
  }
  if (!appendOnly) {
    return ['The server writes no append-only file: a restart loses results. Set appendonly yes.'];
  }
  const warnings: string[] = [];
  if (facts.get('appendfsync') === 'no') {
    warnings.push(
      'appendfsync is no: a loss of power loses up to half a minute of results. Set everysec or always.',
    );
  }
  const status = facts.get('aof_last_write_status') ?? 'ok';
  if (status !== 'ok') warnings.push('The last write to the append-only file failed: is the disk full?');
  return warnings;
}

function roleWarnings(facts: ServerFacts): string[] {
  const warnings: string[] = [];
  if (facts.get('role') === 'slave') warnings.push('The server is a read-only replica: use its primary.');
  if (facts.get('cluster_enabled') === '1') {
    warnings.push('The server is a cluster: scripts over several keys need a single primary.');
  }
  return warnings;
}
