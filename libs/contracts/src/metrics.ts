/**
 * Numbers for monitoring, in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/
 * Pure: whoever has the numbers hands them in, whoever serves the text does so.
 */

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram's parts. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

export interface Metric {
  /** With the unit as its end; counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** None where nobody knows: a missing number is seen, a wrong 0 is believed. */
  readonly samples: readonly MetricSample[];
}

export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(
        ({ labels = {}, value, suffix = '' }) => `${name}${suffix}${labelText(labels)} ${value}`,
      ),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${name}="${escaped}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Samples of one label: `{ waiting: 3 }` → `{state="waiting"} 3`. */
export function samplesBy(label: string, values: Readonly<Record<string, number>>): MetricSample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

/** Counts of observed durations below each bound, as Prometheus keeps them. */
export class DurationHistogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param boundsSeconds upper bounds, rising */
  constructor(boundsSeconds: readonly number[]) {
    this.#bounds = boundsSeconds;
    this.#counts = boundsSeconds.map(() => 0);
  }

  observe(seconds: number): void {
    this.#sum += seconds;
    this.#count += 1;
    this.#bounds.forEach((bound, index) => {
      if (seconds <= bound) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    });
  }

  samples(): MetricSample[] {
    const buckets = this.#bounds.map((bound, index) => ({
      le: String(bound),
      value: this.#counts[index] ?? 0,
    }));
    return [
      ...[...buckets, { le: '+Inf', value: this.#count }].map(({ le, value }) => ({
        suffix: '_bucket' as const,
        labels: { le },
        value,
      })),
      { suffix: '_sum', value: this.#sum },
      { suffix: '_count', value: this.#count },
    ];
  }
}

/** What any process says of itself, under the names that Prometheus' own client libraries use. */
export function processMetrics(usage: {
  /** User and system time. */
  readonly processorSeconds: number;
  readonly residentBytes: number;
  readonly startedAtSeconds: number;
}): Metric[] {
  return [
    metric('process_cpu_seconds_total', 'counter', 'User and system processor time.', usage.processorSeconds),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', usage.residentBytes),
    metric(
      'process_start_time_seconds',
      'gauge',
      'When the process started, since 1970.',
      usage.startedAtSeconds,
    ),
  ];
}

/** One number without labels; none when it is not known. */
export function metric(name: string, type: 'counter' | 'gauge', help: string, value: number | null): Metric {
  return { name, type, help, samples: value === null ? [] : [{ value }] };
}
