/** What a part of a system inherits of the environment of the command that starts it. Pure. */

/**
 * Settings of one trainer that several on one machine cannot share: two with one name take each other's locks for their own,
 * and a port can be listened on once. Where the coordinator is, the command says.
 */
const OF_ONE_TRAINER = ['SEEDBED_TRAINER_ID', 'SEEDBED_HEALTH_LISTEN', 'SEEDBED_METRICS_LISTEN'] as const;

/** @returns the environment without what belongs to one trainer alone */
export function environmentOfTrainers(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return without(inherited, OF_ONE_TRAINER);
}

/**
 * The one coordinator keeps `SEEDBED_METRICS_LISTEN`. The certificate is the system's own and holds its key: a key for
 * another would not fit.
 */
export function environmentOfCoordinator(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return without(inherited, ['SEEDBED_TLS_CERTIFICATE', 'SEEDBED_TLS_KEY']);
}

function without(environment: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}
