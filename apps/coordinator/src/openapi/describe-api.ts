/** OpenAPI 3.1 from the routes' zod schemas: what is validated is what is described. Pure. */
import * as contracts from '@seedbed/contracts';
import { z } from 'zod';
import type { DescribedRoute } from './route-table.js';
import { ROUTE_TEXTS, type RouteText } from './route-texts.js';

type Json = Record<string, unknown>;

/** Named in the description, so that clients have a type for each. */
const NAMED = {
  Problem: contracts.problemSchema,
  SweepStatus: contracts.sweepStatusSchema,
  StageProgress: contracts.stageProgressSchema,
  Plan: contracts.planResponseSchema,
  Results: contracts.resultsResponseSchema,
  StageSummary: contracts.stageSummarySchema,
  TrialSummary: contracts.trialSummarySchema,
  RunSummary: contracts.runSummarySchema,
  RunRow: contracts.runRowSchema,
  RunCurve: contracts.runCurveSchema,
  Commit: contracts.commitSchema,
  DeadLetter: contracts.deadLetterSchema,
  Decision: contracts.decisionSchema,
  Trainer: contracts.trainerStatusSchema,
  CommitsEvent: contracts.commitsEventSchema,
} as const;

const SERVED = /^\/(?:v1\/|livez$|readyz$|metrics$)/;
const PARAMETER = /:(\w+)/g;

/** @param routes as registered; pages of the dashboard and answers to wrong methods are left out */
export function describeApi(routes: readonly DescribedRoute[], version: string): Json {
  const components: Record<string, Json> = {};
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) names.add(schema, { id });
  const asJson = (schema: z.ZodType, io: 'input' | 'output'): Json => {
    const made = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      ...(io === 'output' ? { metadata: names } : {}),
    });
    return adopt(made as Json, components);
  };
  // Also those that no route answers alone: a problem, what events carry.
  for (const schema of [NAMED.Problem, NAMED.CommitsEvent]) asJson(z.array(schema), 'output');
  const paths: Record<string, Json> = {};
  for (const route of routes.toSorted((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0))) {
    if (!SERVED.test(route.url)) continue;
    const path = route.url.replace(PARAMETER, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route, asJson);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Seedbed',
      version,
      description: 'The coordinator. Errors are RFC 9457 problem details; reads of sweeps carry an ETag.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'seedbed-session' },
      },
    },
  };
}

type AsJson = (schema: z.ZodType, io: 'input' | 'output') => Json;

function operationOf(route: DescribedRoute, asJson: AsJson): Json {
  const key = `${route.method} ${route.url}`;
  const text: RouteText = ROUTE_TEXTS[key] ?? { summary: key };
  const body =
    key === 'POST /v1/sweeps' || key === 'POST /v1/plan' ? contracts.launchRequestSchema : route.schema.body;
  const parameters = [
    ...parametersOf(route.schema.params, 'path', asJson),
    ...parametersOf(route.schema.querystring, 'query', asJson),
    ...(key === 'POST /v1/sweeps' ? [IDEMPOTENCY_KEY] : []),
  ];
  return {
    operationId: operationIdOf(route),
    summary: text.summary,
    ...(text.isOpen === true ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body instanceof z.ZodType
      ? {
          requestBody: { required: true, content: { 'application/json': { schema: asJson(body, 'input') } } },
        }
      : {}),
    responses: responsesOf(route, text, body instanceof z.ZodType, asJson),
  };
}

const IDEMPOTENCY_KEY = {
  name: 'idempotency-key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

function parametersOf(schema: unknown, place: 'path' | 'query', asJson: AsJson): Json[] {
  if (!(schema instanceof z.ZodType)) return [];
  const { properties = {}, required = [] } = asJson(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: of,
  }));
}

function responsesOf(route: DescribedRoute, text: RouteText, hasBody: boolean, asJson: AsJson): Json {
  const responses: Record<string, Json> = {};
  const given = Object.entries((route.schema.response ?? {}) as Record<string, unknown>);
  for (const [status, schema] of given) {
    if (schema instanceof z.ZodType) {
      responses[status] = {
        description: text.summary,
        content: { 'application/json': { schema: asJson(schema, 'output') } },
      };
    }
  }
  if (given.length === 0) {
    const content = text.answers === undefined ? {} : { content: { [text.answers]: {} } };
    responses[text.isEmpty === true ? '204' : '200'] = { description: text.summary, ...content };
  }
  if (route.method === 'GET' && route.url.startsWith('/v1/sweeps')) {
    responses['304'] = { description: 'The reader has it already (If-None-Match)' };
  }
  for (const status of problemsOf(route, text, hasBody)) {
    responses[status] ??= {
      description: PROBLEM_WORDS[status] ?? 'Refused',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return responses;
}

const PROBLEM_WORDS: Readonly<Record<number, string>> = {
  400: 'Not valid; problems name each field',
  401: 'A token or a session is needed',
  403: 'Not for this token, or from another web site',
  404: 'There is none',
  409: 'Not possible in this state',
  413: 'Too large',
  415: 'Not application/json',
  500: 'A defect; the log has the cause under the request id',
  503: 'Redis or this coordinator cannot answer now; see Retry-After',
};

function problemsOf({ url, schema }: DescribedRoute, text: RouteText, hasBody: boolean): number[] {
  const takesSomething = hasBody || schema.params !== undefined || schema.querystring !== undefined;
  return [
    ...(takesSomething ? [400] : []),
    ...(text.isOpen === true ? [] : [401, 403]),
    ...(url.includes(':') ? [404] : []),
    ...(hasBody ? [413, 415] : []),
    ...(text.problems ?? []),
    500,
    503,
  ].sort((a, b) => a - b);
}

/** `GET /v1/sweeps/:sweepId/runs` → `getSweepsBySweepIdRuns`. */
function operationIdOf({ method, url }: DescribedRoute): string {
  const parts = url.replace(/^\/v1/, '').split(/[/.-]/).filter(Boolean);
  const words = parts.map((part) => (part.startsWith(':') ? `By${capital(part.slice(1))}` : capital(part)));
  return `${method.toLowerCase()}${words.join('')}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Moves a schema's own definitions among the components, and points to them there. */
function adopt(schema: Json, components: Record<string, Json>): Json {
  const {
    $schema: _dialect,
    $defs: definitions,
    id: _id,
    ...rest
  } = schema as { $defs?: Record<string, Json> } & Json;
  const moved = JSON.parse(JSON.stringify(rest).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
  for (const [name, definition] of Object.entries(definitions ?? {}))
    components[name] ??= adopt(definition, components);
  return moved;
}
