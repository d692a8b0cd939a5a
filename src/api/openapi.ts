import { fastifySwagger } from '@fastify/swagger';
import { fastifySwaggerUi } from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { JsonValue } from '../leaderboard/events.ts';
import { Run, RunEvent, RunRecord } from '../runs/run.ts';
import { Problem } from './problem.ts';

// What several operations share stands once in the document, by name.
for (const [id, schema] of Object.entries({ Run, RunEvent, RunRecord, Problem, JsonValue })) {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
}

const DESCRIPTION =
  'Typed LLM pipelines for operations: standings, explained deploy failures, verified policy fixes. ' +
  'Every error is an RFC 9457 problem whose `code` is stable.';

const CSP =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; " +
  "frame-ancestors 'none'";

/** Collects the schemas of the routes registered after it. Call before the routes. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'opsline', version, description: DESCRIPTION },
      tags: [
        { name: 'pipelines', description: 'What can be run' },
        { name: 'runs', description: 'What was run' },
        { name: 'hooks', description: 'Notifications that start runs' },
        { name: 'boards', description: 'Leaderboards' },
        { name: 'health', description: 'Probes' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: '`opsline token create` makes a token' },
        },
      },
    },
    transform: (document) => {
      const scope = document.route.config?.scope;
      const transformed = jsonSchemaTransform(document as Parameters<typeof jsonSchemaTransform>[0]);
      if (transformed.schema.hide === true || scope === undefined || scope === 'public') return transformed;
      const { description } = transformed.schema;
      const needs = `Needs the scope \`${scope}\`.`;
      return {
        ...transformed,
        schema: {
          ...transformed.schema,
          description: description === undefined ? needs : `${description}\n\n${needs}`,
          security: [{ bearer: [] }],
        },
      };
    },
    transformObject: (document) => tidy(jsonSchemaTransformObject(document)),
  });
}

/** `/openapi.json`, and `/docs` to read it in a browser. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { config: { scope: 'public' }, schema: { hide: true } }, async () => app.swagger());
  await app.register(async (scoped) => {
    scoped.addHook('onRoute', (route) => {
      route.config = { ...route.config, scope: 'public' };
    });
    await scoped.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: CSP });
  });
}

type ApiDocument = ReturnType<typeof jsonSchemaTransformObject>;
type Json = Record<string, unknown>;

/**
 * The document as a reader wants it: only named schemas that are referred to, answers open to fields that later versions
 * add, and `format: date-time` without zod's 200-character pattern beside it.
 */
function tidy(document: ApiDocument): ApiDocument {
  const { components = {}, paths = {} } = document as { components?: { schemas?: Json }; paths?: Json };
  const schemas = components.schemas ?? {};
  const used = new Set<string>();
  const visit = (value: unknown, answer: boolean): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as Json;
    if (node.format === 'date-time') delete node.pattern;
    if (answer && node.additionalProperties === false) delete node.additionalProperties;
    for (const [key, child] of Object.entries(node)) {
      const name = key === '$ref' && typeof child === 'string' ? child.replace('#/components/schemas/', '') : undefined;
      if (name === undefined) visit(child, answer || key === 'responses');
      else if (!used.has(name)) {
        used.add(name);
        visit(schemas[name], answer);
      }
    }
  };
  visit(paths, false);
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path as Json)) as Operation[]) {
    describeNdjson(operation);
    describeTags(operation);
  }
  // Events travel inside a text stream, so that no operation refers to their schema.
  visit({ $ref: '#/components/schemas/RunEvent' }, true);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...components, schemas: kept } } as ApiDocument;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content?: Record<string, { schema: Json }> };
  readonly responses?: Record<string, { headers?: Json }>;
}

/** NDJSON is no JSON text: a body of it is a text of lines, whose schema is that of the array's items. */
function describeNdjson({ requestBody }: Operation): void {
  const content = requestBody?.content;
  if (content?.['application/x-ndjson'] === undefined) return;
  content['application/x-ndjson'] = {
    schema: { type: 'string', description: 'One value on each line, each as an item of the JSON array' },
  };
}

/** What may be asked for with If-None-Match is answered with an ETag. */
function describeTags({ parameters = [], responses = {} }: Operation): void {
  if (!parameters.some((each) => each.in === 'header' && each.name === 'if-none-match')) return;
  for (const status of ['200', '304']) {
    const response = responses[status];
    if (response === undefined) continue;
    response.headers = {
      ETag: { schema: { type: 'string' }, description: 'What to send as `If-None-Match`; changes with the answer' },
      'Cache-Control': { schema: { type: 'string' }, description: 'How long the answer may be kept without asking' },
    };
  }
}
