// Each alert by Prometheus' own tool: that it fires on what it is for, and not on what is like it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

/** @typedef {{alert: string, labels: Record<string, string>, annotations: Record<string, string>}} Rule */
/** Series by name with their values, a minute apart, as promtool writes them (`0+1x9`: ten, each one more). */
/** @typedef {Record<string, string>} Series */
/** @typedef {{fires: Series[], quiet: Series[], labels?: Record<string, string>}} Case */

/** Minutes: longer than any alert waits. */
const AFTER = 20;
const steady = (/** @type {number} */ value) => `${value}x${AFTER}`;
const WELL = {
  'seedbed_leading{pod="a"}': steady(1),
  'seedbed_leading{pod="b"}': steady(0),
  'seedbed_conducting_standstill_seconds{pod="a"}': steady(2),
};
const outstanding = (/** @type {number} */ runs) => ({ 'seedbed_runs{state="outstanding"}': steady(runs) });
/** @param {string} state @param {number} count */
const trainers = (state, count) => ({ [`seedbed_trainers{state="${state}"}`]: steady(count) });
/** @param {number} used @param {number} max */
const memory = (used, max) => ({
  seedbed_redis_memory_used_bytes: steady(used),
  seedbed_redis_memory_max_bytes: steady(max),
});
const commits = (/** @type {string} */ le, /** @type {number} */ each) => ({
  [`seedbed_trainer_commit_duration_seconds_bucket{le="${le}"}`]: `0+${each}x${AFTER}`,
});

/** @type {Record<string, Case>} */
const CASES = {
  SeedbedCoordinatorAway: {
    fires: [{}, { ...WELL, 'seedbed_leading{pod="a"}': steady(0) }],
    quiet: [WELL],
  },
  SeedbedNoTrainer: {
    fires: [{ ...outstanding(5), ...trainers('idle', 0), ...trainers('draining', 1) }],
    quiet: [
      { ...outstanding(0), ...trainers('idle', 0) },
      { ...outstanding(5), ...trainers('idle', 1) },
    ],
  },
  SeedbedQueueStuck: {
    fires: [{ ...outstanding(5), ...trainers('training', 0), ...trainers('idle', 2) }],
    quiet: [{ ...outstanding(5), ...trainers('training', 1) }],
  },
  SeedbedDeadLetters: {
    // The sweep is over; a coordinator that does not lead says nothing.
    fires: [{ 'seedbed_dead_runs{pod="a"}': steady(5), 'seedbed_runs{state="dead"}': steady(0) }],
    quiet: [{ 'seedbed_dead_runs{pod="a"}': steady(0) }, WELL],
  },
  SeedbedDivergentResult: {
    fires: [
      { 'seedbed_commits_total{outcome="divergent"}': `0x9 1x${AFTER}` },
      { 'seedbed_trainer_commits_total{outcome="divergent",pod="t"}': `0x9 1x${AFTER}` },
    ],
    quiet: [
      { 'seedbed_commits_total{outcome="divergent"}': steady(1) },
      { 'seedbed_commits_total{outcome="committed"}': `0+1x${AFTER}` },
    ],
  },
  SeedbedRedisAway: {
    fires: [{ 'seedbed_redis_up{pod="a"}': steady(0) }],
    quiet: [{ 'seedbed_redis_up{pod="a"}': steady(0), 'seedbed_redis_up{pod="b"}': steady(1) }],
  },
  SeedbedRedisFull: {
    fires: [memory(950, 1000), memory(1100, 1000)],
    quiet: [memory(500, 1000), memory(500, 0), { seedbed_redis_up: steady(1) }],
  },
  SeedbedRedisDisk: {
    fires: [{ seedbed_redis_append_only_ok: steady(0) }],
    quiet: [{ seedbed_redis_append_only_ok: steady(1) }, { seedbed_redis_up: steady(1) }],
  },
  SeedbedCommitsSlow: {
    fires: [{ ...commits('1', 0), ...commits('2.5', 60), ...commits('+Inf', 60) }],
    quiet: [{ ...commits('0.5', 60), ...commits('1', 60), ...commits('+Inf', 60) }],
  },
  SeedbedLocksLost: {
    fires: [{ 'seedbed_trainer_locks_lost_total{pod="t"}': `0+1x${AFTER}` }],
    quiet: [{ 'seedbed_trainer_locks_lost_total{pod="t"}': `0x9 1x${AFTER}` }],
  },
  SeedbedWrongNumericsClass: {
    fires: [{ 'seedbed_commits_total{outcome="wrong-class"}': `0+1x${AFTER}` }],
    quiet: [{ 'seedbed_commits_total{outcome="wrong-class"}': steady(7) }],
  },
  SeedbedTrainerStuck: {
    labels: { pod: 't' },
    fires: [
      { 'seedbed_trainer_ready{pod="t"}': steady(0), 'seedbed_trainer_ready{pod="u"}': steady(1) },
      { 'seedbed_trainer_children_replaced_total{pod="t"}': `0+1x${AFTER}` },
    ],
    quiet: [{ 'seedbed_trainer_ready{pod="t"}': steady(1) }],
  },
};

const { spec } = parse(readFileSync(join(__dirname, '../components/monitoring/alerts.yaml'), 'utf8'));
/** @type {Rule[]} */
const rules = spec.groups.flatMap((/** @type {{rules: Rule[]}} */ group) => group.rules);

const promtool = spawnSync('promtool', ['--version']);
const isThere = promtool.error === undefined;
if (!isThere)
  process.stderr.write('SKIPPED: alerts: there is no promtool (Debian: the package prometheus)\n');
const whereThereIsPromtool = isThere ? it : it.skip;

it('has a case for each alert', () => {
  expect(Object.keys(CASES).sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

whereThereIsPromtool('fires on what it is for, and on nothing else', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seedbed-alerts-'));
  try {
    const [rulesPath, testsPath] = [join(directory, 'rules.json'), join(directory, 'tests.json')];
    writeFileSync(rulesPath, JSON.stringify(spec));
    const tests = rules.flatMap((rule) => testsOf(rule, CASES[rule.alert] ?? { fires: [], quiet: [] }));
    writeFileSync(testsPath, JSON.stringify({ rule_files: [rulesPath], evaluation_interval: '1m', tests }));
    for (const command of [
      ['check', rulesPath],
      ['test', testsPath],
    ]) {
      const [verb = '', path = ''] = command;
      const { status, stdout, stderr } = spawnSync('promtool', [verb, 'rules', path], { encoding: 'utf8' });
      expect(`${stdout}${stderr}`).toMatch(/SUCCESS/);
      expect(status).toBe(0);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** @param {Rule} rule @param {Case} ofRule */
function testsOf({ alert, labels, annotations }, { fires, quiet, labels: own = {} }) {
  const firing = { exp_labels: { ...labels, ...own }, exp_annotations: annotations };
  const test = (/** @type {Series} */ series, /** @type {object[]} */ expected) => ({
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: `${AFTER - 1}m`, alertname: alert, exp_alerts: expected }],
  });
  return [...fires.map((series) => test(series, [firing])), ...quiet.map((series) => test(series, []))];
}
