import { canonicalJson, sha256, type SweepSpec } from '@seedbed/contracts';

/** SHA-256 of the canonical JSON of a parsed sweep file: comments, order of keys and YAML or JSON make no difference. */
export function specDigestOf(spec: SweepSpec): string {
  return sha256(canonicalJson(spec));
}
