import { DurationHistogram, formatMetrics, metric, samplesBy } from './metrics.js';

it('writes what Prometheus reads', () => {
  const histogram = new DurationHistogram([0.1, 1]);
  for (const seconds of [0.05, 0.1, 0.5, 3]) histogram.observe(seconds);
  const text = formatMetrics([
    metric('up', 'gauge', 'Whether\nit is "up" \\ not.', 1),
    {
      name: 'blocks',
      type: 'gauge',
      help: 'Blocks.',
      samples: samplesBy('state', { waiting: 3, active: 0 }),
    },
    { name: 'wait_seconds', type: 'histogram', help: 'Waits.', samples: histogram.samples() },
  ]);
  expect(text).toBe(`# HELP up Whether\\nit is "up" \\\\ not.
# TYPE up gauge
up 1
# HELP blocks Blocks.
# TYPE blocks gauge
blocks{state="waiting"} 3
blocks{state="active"} 0
# HELP wait_seconds Waits.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.1"} 2
wait_seconds_bucket{le="1"} 3
wait_seconds_bucket{le="+Inf"} 4
wait_seconds_sum 3.65
wait_seconds_count 4
`);
});

it('leaves out what nobody knows, and keeps labels from ending early', () => {
  expect(formatMetrics([metric('runs', 'gauge', 'Runs.', null)])).toBe('');
  const samples = [{ labels: { name: 'a"b\\c\nd' }, value: 1 }];
  expect(formatMetrics([{ name: 'x', type: 'gauge', help: 'X.', samples }])).toContain(
    'x{name="a\\"b\\\\c\\nd"} 1\n',
  );
});
