/** What a query can name: the fields that every sweep has, its parameters, and the settings of its runs. */
import {
  type FieldKind,
  type FieldValue,
  InputError,
  type ParameterValues,
  type RunSettings,
} from '@seedbed/contracts';

/** One value of a row. */
export interface Field<Row> {
  readonly name: string;
  readonly kind: FieldKind;
  /** Null where the row has none. */
  read(row: Row): FieldValue;
}

/** What rows are made of. */
export interface Subject<Row> {
  readonly fields: readonly Field<Row>[];
  /** The field that aggregates are of unless they name another. */
  readonly main: string;
  /** Shown unless a query says what; parameters stand where `PARAMETERS` does. */
  readonly shown: readonly string[];
  parametersOf(row: Row): ParameterValues;
  settingsOf(row: Row): RunSettings;
  /** Where the row stands in the plan: the order of rows that a query leaves equal. */
  placeOf(row: Row): readonly number[];
}

export const PARAMETERS = '<parameters>';
const PARAMETER_PREFIX = 'parameters.';
const SETTING_PREFIX = 'settings.';

/** Looks fields up by name. */
export class FieldNames<Row> {
  readonly #fields: ReadonlyMap<string, Field<Row>>;
  readonly #parameters: ReadonlySet<string>;

  /** @param declared parameters that the sweep has although no row may have one yet */
  constructor(
    readonly subject: Subject<Row>,
    private readonly rows: readonly Row[],
    declared: readonly string[],
  ) {
    this.#fields = new Map(subject.fields.map((field) => [field.name, field]));
    const parameters = new Set(declared);
    for (const row of rows) for (const name of Object.keys(subject.parametersOf(row))) parameters.add(name);
    this.#parameters = parameters;
  }

  /** Fields and parameters. */
  get all(): string[] {
    return [...this.#fields.keys(), ...this.parameters];
  }

  get shown(): string[] {
    return this.subject.shown.flatMap((name) => (name === PARAMETERS ? this.parameters : [name]));
  }

  /** As a query names them: one that is called like a field by its long name. */
  get parameters(): string[] {
    return [...this.#parameters].map((name) =>
      this.#fields.has(name) ? `${PARAMETER_PREFIX}${name}` : name,
    );
  }

  /**
   * @param path where the name stands, for the error
   * @throws InputError when there is no such field
   */
  find(name: string, path: string): Field<Row> {
    const found = this.#fields.get(name) ?? this.#parameter(name) ?? this.#setting(name);
    if (found !== null) return found;
    const message = `"${name}" is no field here; there are ${this.all.join(', ')}, and settings.… of a run's settings`;
    throw new InputError([{ path, message }]);
  }

  #parameter(name: string): Field<Row> | null {
    const own = name.startsWith(PARAMETER_PREFIX) ? name.slice(PARAMETER_PREFIX.length) : name;
    if (!this.#parameters.has(own)) return null;
    const { subject } = this;
    return { name, kind: 'any', read: (row) => subject.parametersOf(row)[own] ?? null };
  }

  #setting(name: string): Field<Row> | null {
    if (!name.startsWith(SETTING_PREFIX)) return null;
    const keys = name.slice(SETTING_PREFIX.length).split('.');
    const read = (row: Row): FieldValue => valueAt(this.subject.settingsOf(row), keys);
    const isKnown = this.rows.length === 0 || this.rows.some((row) => read(row) !== null);
    return isKnown ? { name, kind: 'any', read } : null;
  }
}

/** A number, text or truth value of the settings; null for what is not there or has members of its own. */
function valueAt(settings: RunSettings, keys: readonly string[]): FieldValue {
  let value: unknown = settings;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
