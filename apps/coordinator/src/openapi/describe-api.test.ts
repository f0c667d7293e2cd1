import { createHttpBench } from '../testing/http-bench.js';
import { ROUTE_TEXTS } from './route-texts.js';

interface Description {
  readonly paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

async function served() {
  const { app } = await createHttpBench();
  const response = await app.inject({ url: '/v1/openapi.json' });
  expect(response.statusCode).toBe(200);
  return { text: response.body, description: response.json<Description>() };
}

test('every route of the API is described, and none of the dashboard’s pages', async () => {
  const { description } = await served();
  expect(description).toMatchObject({ openapi: '3.1.0', info: { title: 'Seedbed' } });
  expect(Object.keys(description.paths)).toEqual(
    expect.arrayContaining([
      '/v1/sweeps',
      '/v1/sweeps/{sweepId}/events',
      '/v1/session',
      '/metrics',
      '/livez',
    ]),
  );
  expect(
    Object.keys(description.paths).filter((path) => !/^\/(v1\/|livez$|readyz$|metrics$)/.test(path)),
  ).toEqual([]);
  const methods = Object.values(description.paths).flatMap((path) => Object.keys(path));
  expect(new Set(methods)).toEqual(new Set(['get', 'post', 'put', 'delete']));
});

test('every reference leads somewhere, and every operation has a name of its own', async () => {
  const { text, description } = await served();
  const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, reference = '']) => reference);
  expect(references.length).toBeGreaterThan(50);
  const known = Object.keys(description.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect(references.filter((reference) => !known.includes(reference))).toEqual([]);
  const ids = Object.values(description.paths).flatMap((path) =>
    Object.values(path).map((one) => one.operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test('every text belongs to a route', async () => {
  const { description } = await served();
  const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  expect(Object.keys(ROUTE_TEXTS).filter((key) => !routes.includes(key))).toEqual([]);
});

test('what a route takes and refuses is described', async () => {
  const { description } = await served();
  expect(Object.keys(description.paths['/v1/sweeps']?.['post']?.responses ?? {})).toEqual([
    '200',
    '201',
    '400',
    '401',
    '403',
    '409',
    '413',
    '415',
    '500',
    '503',
  ]);
  expect(description.paths['/v1/sweeps/{sweepId}/runs']?.['get']).toMatchObject({
    parameters: [
      { name: 'sweepId', in: 'path', required: true },
      { name: 'stage', in: 'query', required: false },
      { name: 'trial' },
      { name: 'cursor' },
      { name: 'limit', schema: { default: 100, maximum: 1000 } },
    ],
  });
});
