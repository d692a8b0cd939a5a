import { fastifySwagger } from '@fastify/swagger';
import { fastifySwaggerUi } from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Run, RunEvent, RunRecord } from '../runs/run.ts';
import { Problem } from './problem.ts';

// What several operations share stands once in the document, by name.
for (const [id, schema] of Object.entries({ Run, RunEvent, RunRecord, Problem })) {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
}

const DESCRIPTION =
  'Typed LLM pipelines for operations: standings, explained deploy failures, verified policy fixes. ' +
  'Every error is an RFC 9457 problem whose `code` is stable.';

/** Collects the schemas of the routes registered after it. Call before the routes. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'opsline', version, description: DESCRIPTION },
      tags: [
        { name: 'pipelines', description: 'What can be run' },
        { name: 'runs', description: 'What was run' },
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
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
}

/** `/openapi.json`, and `/docs` to read it in a browser. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { config: { scope: 'public' }, schema: { hide: true } }, async () => app.swagger());
  await app.register(async (scoped) => {
    scoped.addHook('onRoute', (route) => {
      route.config = { ...route.config, scope: 'public' };
    });
    await scoped.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
}

type ApiDocument = ReturnType<typeof jsonSchemaTransformObject>;

/** The transform writes an input and an output form of every named schema; only those that are referred to stay. */
function withoutUnused(document: ApiDocument): ApiDocument {
  const { components = {} } = document as { components?: { schemas?: Record<string, unknown> } };
  const schemas = components.schemas ?? {};
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === '$ref' && typeof child === 'string') {
        const name = child.replace('#/components/schemas/', '');
        if (!used.has(name)) {
          used.add(name);
          visit(schemas[name]);
        }
      } else visit(child);
    }
  };
  visit({ ...document, components: undefined });
  // Events travel inside a text stream, so that no operation refers to their schema.
  used.add('RunEvent');
  visit(schemas.RunEvent);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...components, schemas: kept } } as ApiDocument;
}
