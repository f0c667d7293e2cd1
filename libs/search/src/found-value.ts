/** How a value that a person wrote is named back to them in a message. */

const TEXT_LENGTH_MAX = 60;
const KEYS_NAMED_MAX = 6;

/** `"text"`, `0.5`, `.nan`, `a list of 3`, `an object with keys a, b`, `nothing`. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return describeKeys(Object.keys(value));
  return `a ${typeof value}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return '.nan (not a number)';
  if (!Number.isFinite(value)) return value > 0 ? '.inf (infinity)' : '-.inf (minus infinity)';
  return String(value);
}

function describeKeys(keys: readonly string[]): string {
  if (keys.length === 0) return 'an object without keys';
  const named = keys.slice(0, KEYS_NAMED_MAX).map(shorten).join(', ');
  return `an object with ${keys.length === 1 ? 'key' : 'keys'} ${named}${keys.length > KEYS_NAMED_MAX ? ', …' : ''}`;
}

function shorten(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}…`;
}
