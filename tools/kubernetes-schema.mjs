#!/usr/bin/env node
// Makes src/policy/schema/kubernetes.json.gz: JSON schemas of Kubernetes' own kinds, from the OpenAPI file in the Kubernetes
// module that tools/test-modules/kubernetes pins. Run it after the pin has moved: node tools/kubernetes-schema.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULE = join(ROOT, 'tools/test-modules/kubernetes');
const PATH = 'k8s.io/kubernetes';

// Upstream's OpenAPI calls these strings or says nothing; the API server takes what stands here.
const AS_TAKEN = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
};

/** What a definition says of a value's shape, unknown fields forbidden; words for people and for patching are left out. */
function shapeOf(schema) {
  if (schema.$ref) return { $ref: schema.$ref };
  const shape = {};
  if (schema.type) shape.type = schema.type;
  if (schema.items) shape.items = shapeOf(schema.items);
  if (schema.required) shape.required = schema.required;
  if (schema.properties) {
    shape.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, below]) => [key, shapeOf(below)]),
    );
    shape.additionalProperties = false;
  } else if (schema.additionalProperties) shape.additionalProperties = shapeOf(schema.additionalProperties);
  return shape;
}

const go = (...args) =>
  execFileSync('go', args, { cwd: MODULE, encoding: 'utf8', env: { ...process.env, GOWORK: 'off', GOFLAGS: '' } });
go('mod', 'download', PATH);
const { Dir, Version } = JSON.parse(go('list', '-m', '-json', PATH));
const sum = readFileSync(join(MODULE, 'go.sum'), 'utf8')
  .split('\n')
  .find((line) => line.startsWith(`${PATH} ${Version} h1:`))
  ?.split(' ')[2];
const swagger = JSON.parse(readFileSync(join(Dir, 'api/openapi-spec/swagger.json'), 'utf8'));

const kinds = {};
const definitions = {};
for (const [name, definition] of Object.entries(swagger.definitions)) {
  definitions[name] = AS_TAKEN[name] ?? shapeOf(definition);
  const known = definition['x-kubernetes-group-version-kind'] ?? [];
  // Options of API calls belong to every group and are no objects.
  if (known.length !== 1 || !definition.properties?.metadata) continue;
  const [{ group, version, kind }] = known;
  kinds[`${group}/${version}/${kind}`] = name;
}
const text = JSON.stringify({ kubernetes: Version.slice(1), sum, kinds, definitions });
writeFileSync(join(ROOT, 'src/policy/schema/kubernetes.json.gz'), gzipSync(text, { level: 9 }));
console.log(`Kubernetes ${Version}: ${Object.keys(kinds).length} kinds, ${text.length} characters`);
