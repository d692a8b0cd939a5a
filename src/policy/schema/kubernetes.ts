import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { KubeObject } from '../violation.ts';

/** A JSON schema, as far as `tools/kubernetes-schema.mjs` writes it. */
export interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly items?: Shape;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | false;
}

export interface KubernetesSchemas {
  /** The version of Kubernetes they are of, such as `1.37.2`. */
  readonly kubernetes: string;
  /** Go's checksum of the module that they were made from. */
  readonly sum: string;
  /** `group/version/Kind` to the name of its definition; the core group is empty. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: Readonly<Record<string, Shape>>;
}

let loaded: KubernetesSchemas | undefined;

/** The schemas that come with opsline: those of the kinds that Kubernetes itself has, unknown fields forbidden. */
export function kubernetesSchemas(): KubernetesSchemas {
  loaded ??= JSON.parse(
    gunzipSync(readFileSync(new URL('kubernetes.json.gz', import.meta.url))).toString('utf8'),
  ) as KubernetesSchemas;
  return loaded;
}

/** `group/version/Kind` of an object. */
export function kindOf({ apiVersion, kind }: KubeObject): string {
  const text = String(apiVersion);
  return `${text.includes('/') ? text : `/${text}`}/${kind}`;
}

/** Whether an object is of a kind that Kubernetes itself has. */
export const hasSchema = (object: KubeObject): boolean => Object.hasOwn(kubernetesSchemas().kinds, kindOf(object));

const POINTER = '#/definitions/';

function* referencesIn({ $ref, items, properties, additionalProperties }: Shape): Generator<string> {
  if ($ref) yield $ref.slice(POINTER.length);
  for (const below of [items, additionalProperties, ...Object.values(properties ?? {})])
    if (below) yield* referencesIn(below);
}

/** The schema of a kind with the definitions that it needs, which may be recursive; undefined for a kind of others. */
export function schemaOf(kind: string): object | undefined {
  const { kinds, definitions } = kubernetesSchemas();
  const root = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (root === undefined) return undefined;
  const needed = new Map<string, Shape>();
  const open = [root];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const shape = definitions[name];
    if (needed.has(name) || !shape) continue;
    needed.set(name, shape);
    open.push(...referencesIn(shape));
  }
  return { $ref: POINTER + root, definitions: Object.fromEntries(needed) };
}
