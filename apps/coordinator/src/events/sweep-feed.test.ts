import { type SweepStatus, sweepIdSchema } from '@seedbed/contracts';
import { type HttpBench, createHttpBench } from '../testing/http-bench.js';
import { oneStageSpec } from '../testing/sweep-fixtures.js';
import { type FeedEvent, SweepFeed } from './sweep-feed.js';

const silent = { warn: () => undefined };
let http: HttpBench;
let feed: SweepFeed;
let sweepId: ReturnType<typeof sweepIdSchema.parse>;

beforeEach(async () => {
  http = await createHttpBench();
  const payload = { spec: oneStageSpec('watched', 3) };
  const launched = await http.app.inject({ method: 'POST', url: '/v1/sweeps', payload });
  sweepId = sweepIdSchema.parse(launched.json<SweepStatus>().sweepId);
  await http.bench.tick();
  feed = new SweepFeed(sweepId, http.bench.store, silent);
});
afterEach(async () => {
  feed.close();
  await http.app.close();
});

/** @returns what is told from now on */
async function watch(lastEventId: string | null = null) {
  const events: FeedEvent[] = [];
  const stop = await feed.watch(lastEventId, (event) => events.push(event));
  return { events, stop };
}

const kinds = (events: readonly FeedEvent[]) => events.map(({ event }) => event);

test('who begins is given the status, and then told what changes', async () => {
  const { events } = await watch();
  expect(kinds(events)).toEqual(['snapshot']);
  expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({ sweepId, state: 'running' });
  await http.bench.trainer().work(1);
  await feed.look();
  expect(kinds(events)).toEqual(['snapshot', 'commits', 'status']);
  expect(JSON.parse(events[1]?.data ?? '')).toMatchObject({
    committed: 5,
    isMore: false,
    trials: [{ stage: 'search' }],
  });
  await feed.look();
  expect(events).toHaveLength(3);
});

test('who comes back is told what was missed, each event once', async () => {
  const first = await watch();
  await http.bench.trainer().work(1);
  await feed.look();
  first.stop();
  await http.bench.trainer().work(1);
  await feed.look();
  const again = await watch(first.events[1]?.id);
  expect(kinds(again.events)).toEqual(['status', 'commits', 'status']);
  expect(again.events[0]).toEqual(first.events[2]);
  const nothingMissed = await watch(again.events.at(-1)?.id ?? '');
  expect(nothingMissed.events).toEqual([]);
});

test('who was away for longer than is kept, or with another coordinator, begins anew', async () => {
  const { events } = await watch('0123456789ab-7');
  expect(kinds(events)).toEqual(['snapshot']);
});

test('over HTTP they are server-sent events; an unknown sweep has none', async () => {
  const response = await http.app.inject({ url: `/v1/sweeps/${sweepId}/events`, payloadAsStream: true });
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  let text = '';
  for await (const chunk of response.stream()) {
    text += String(chunk);
    if (text.includes('data:')) break;
  }
  expect(text).toMatch(
    /^retry: 1000\n\nid: [0-9a-f]{12}-0\nevent: snapshot\ndata: \{"sweepId":"watched-.*\}\n\n$/,
  );
  expect((await http.app.inject({ url: '/v1/sweeps/none/events' })).statusCode).toBe(404);
});
