/**
 * `ENOENT`, `ECONNREFUSED` and their kin; empty where there is none. Asks for the member and not for the class: an error
 * from another realm (a worker, a test's sandbox) is no instance of our Error.
 */
export function systemCodeOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
}
