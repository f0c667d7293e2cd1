import { formatJoin, InputError, LIMITS } from '@seedbed/contracts';
import { defaultTrainerId, readConfiguration } from './configuration.js';

const REDIS_URL = 'redis://localhost:6379';

it('needs nothing but Redis’s URL', () => {
  const configuration = readConfiguration({ REDIS_URL });
  expect(configuration).toMatchObject({ redisUrl: REDIS_URL, packRunsMax: null, logLevel: 'info' });
  expect(configuration.children).toBeGreaterThanOrEqual(1);
  expect(configuration.healthListen).toBeNull();
});

it('takes what it is given; an empty variable is not set', () => {
  const given = { REDIS_URL, SEEDBED_TRAINER_ID: 'a-1', SEEDBED_CHILDREN: '3', SEEDBED_PACK_RUNS_MAX: '' };
  expect(readConfiguration(given)).toMatchObject({ trainerId: 'a-1', children: 3, packRunsMax: null });
});

it('finds queue and coordinator by a join word, unless it is told a URL', () => {
  const redisUrl = 'rediss://trainer:secret@10.0.0.1:7334';
  const join = { url: 'https://10.0.0.1:7333', token: 'token', redisUrl, fingerprint: null };
  const SEEDBED_JOIN = formatJoin(join);
  const joined = readConfiguration({ SEEDBED_JOIN, REDIS_URL: '' });
  expect(joined).toMatchObject({ redisUrl, coordinator: { url: join.url, token: 'token' } });
  expect(joined.coordinator?.fetch).toBeUndefined();
  const pinned = formatJoin({ ...join, fingerprint: 'ab'.repeat(32) });
  expect(readConfiguration({ SEEDBED_JOIN: pinned }).coordinator?.fetch).toBeInstanceOf(Function);
  expect(readConfiguration({ SEEDBED_JOIN, REDIS_URL }).redisUrl).toBe(REDIS_URL);
  expect(() => readConfiguration({ SEEDBED_JOIN: SEEDBED_JOIN.slice(1) })).toThrow(InputError);
});

it.each([
  ['REDIS_URL', undefined],
  ['REDIS_URL', 'http://localhost'],
  ['SEEDBED_URL', 'coordinator:7333'],
  ['SEEDBED_URL', 'http://'],
  ['SEEDBED_TRAINER_ID', 'Not A Name'],
  ['SEEDBED_CHILDREN', '0'],
  ['SEEDBED_CHILDREN', '1.5'],
  ['SEEDBED_CHILDREN', 'many'],
  ['SEEDBED_PACK_RUNS_MAX', '100000'],
  ['SEEDBED_LOG_LEVEL', 'loud'],
  ['SEEDBED_HEALTH_LISTEN', '7334'],
])('refuses %s = %s and names it', (name, value) => {
  expect(() => readConfiguration({ REDIS_URL, [name]: value })).toThrow(InputError);
  expect(() => readConfiguration({ REDIS_URL, [name]: value })).toThrow(new RegExp(`^${name}: `));
});

it('knows its coordinator, with or without a token', () => {
  const SEEDBED_URL = 'https://coordinator:7333';
  expect(readConfiguration({ REDIS_URL }).coordinator).toBeNull();
  expect(readConfiguration({ REDIS_URL, SEEDBED_URL }).coordinator).toEqual({
    url: SEEDBED_URL,
    token: null,
  });
  const SEEDBED_TOKEN = 'a-token-of-enough-length';
  const { coordinator } = readConfiguration({ REDIS_URL, SEEDBED_URL, SEEDBED_TOKEN });
  expect(coordinator).toEqual({ url: SEEDBED_URL, token: SEEDBED_TOKEN });
});

it('never repeats a password', () => {
  expect(() => readConfiguration({ REDIS_URL: 'http://:hunter2@host' })).not.toThrow(/hunter2/);
});

it('makes a valid name of any host, unlike any other', () => {
  expect(defaultTrainerId('Build_Host.example.ORG', 7)).toMatch(/^build-host-example-org-7-[0-9a-f]{6}$/);
  expect(defaultTrainerId('---', 7)).toMatch(/^trainer-7-/);
  expect(defaultTrainerId('x'.repeat(200), 4_194_304)).toHaveLength(LIMITS.nameLengthMax);
  expect(defaultTrainerId('h', 1)).not.toBe(defaultTrainerId('h', 1));
});
