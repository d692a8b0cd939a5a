import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import type { KubeObject, Violation } from '../../../src/policy/violation.ts';
import type { Edit, Path } from '../edits.ts';

/** A small change that makes an object safer or more complete; the engine decides whether it is needed. */
export interface Proposal {
  readonly by: string;
  /** What the edit does, in a reviewer's words. */
  readonly summary: string;
  /** What may break. */
  readonly note?: string;
  readonly edits: readonly Edit[];
  /** The lower, the rather it is kept when others would do as well. */
  readonly cost: number;
}

/** A value that only people can know. */
export interface Question {
  readonly question: string;
  readonly path: Path;
  /** Lower-case words: the question is asked only where a violation or its policy has one of them. */
  readonly about: readonly string[];
  /** The policy's own expressions lead to the place, whether or not it names the key. */
  readonly stated?: true;
  /** The question where only choices of these sources are left of it. */
  readonly among?: (sources: ReadonlySet<string>) => string;
  /** Whether the edits of a choice only make sense together, whatever of them the engine insists on. */
  readonly whole?: true;
  /** Asked only where nothing else is known to ask: beside other ways it may lead past what is meant. */
  readonly last?: true;
  /** Any value, only ever shown to the engine to learn whether this is the value it misses. Never offered. */
  readonly trial: readonly Edit[];
  readonly choices: readonly { readonly value: Json; readonly source: string; readonly edits: readonly Edit[] }[];
}

/** A policy that the object violates, with everything it says. */
export interface PolicyFacts {
  readonly name: string;
  /** The violated constraint or policy, and for Gatekeeper its template. */
  readonly documents: readonly KubeObject[];
  /** Violated rules; empty where the engine has none. */
  readonly rules: readonly string[];
  /** A constraint's parameters. */
  readonly parameters: Json;
  /** All of it and the messages, lower case. */
  readonly words: string;
  /** What the engine said, as it said it. */
  readonly messages: string;
}

export interface Sibling {
  readonly file: string;
  readonly object: JsonObject;
  /** The file that gives a field its value, where a kustomization makes the object. */
  readonly fileOf?: (path: Path) => string;
}

/** Whose value a field is, and in which file it stands: the source of a choice. */
export const sourceOf = ({ object, file, fileOf }: Sibling, path: Path): string =>
  `${titleOf(object)} in ${fileOf?.(path) ?? file}`;

export interface FixContext {
  readonly object: JsonObject;
  readonly violations: readonly Violation[];
  readonly policies: readonly PolicyFacts[];
  /** What mutate rules among the policies make of the object as given. */
  readonly mutation?: readonly Edit[];
  /** The other objects of the request. */
  readonly siblings: readonly Sibling[];
  /** What a comment in the files says beside a field. */
  readonly remarkAt?: (path: Path) => string | undefined;
}

/** One family of edits. */
export interface Fixer {
  readonly name: string;
  propose(context: FixContext): readonly Proposal[];
  ask?(context: FixContext): readonly Question[];
}

/** Where each kind keeps its pod. Argo Rollouts and Knative look like Deployments. */
const POD_SPECS: Readonly<Record<string, Path>> = {
  Pod: ['spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The path of the pod spec inside an object, or undefined when it has none. */
export function podSpecPath(object: JsonObject): Path | undefined {
  const path = POD_SPECS[String(object.kind)] ?? ['spec', 'template', 'spec'];
  const spec = valueAt(object, path);
  return isObject(spec) && Array.isArray(spec.containers) ? path : undefined;
}

export interface Container {
  readonly path: Path;
  readonly name: string;
  readonly json: JsonObject;
  readonly init: boolean;
}

/** Containers, init containers and ephemeral containers of an object's pod. */
export function containersOf(object: JsonObject): Container[] {
  const pod = podSpecPath(object);
  if (!pod) return [];
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => {
    const items = valueAt(object, [...pod, list]);
    if (!Array.isArray(items)) return [];
    return items.flatMap((json, i) =>
      isObject(json)
        ? [{ path: [...pod, list, i], name: String(json.name ?? i), json, init: list !== 'containers' }]
        : [],
    );
  });
}

/** What else of an object names an image is found this deep, and so many times. */
const IMAGE_LIMITS = { depth: 12, holders: 50 } as const;

function* holdersOf(json: Json | undefined, path: Path): Generator<Container> {
  if (path.length > IMAGE_LIMITS.depth || typeof json !== 'object' || json === null) return;
  const entries = Array.isArray(json) ? [...json.entries()] : Object.entries(json);
  if (isObject(json) && typeof json.image === 'string' && path.length > 1) {
    const name = json.name ?? path.findLast((key) => typeof key === 'string') ?? '';
    yield { path, name: String(name), json, init: false };
  }
  for (const [key, below] of entries) yield* holdersOf(below, [...path, key]);
}

/** The containers of an object's pod; of an object without one (a Tekton Task, a virtual machine) whatever names an image. */
export function imageHoldersOf(object: JsonObject): Container[] {
  if (podSpecPath(object)) return containersOf(object);
  return [...holdersOf(object.spec, ['spec'])].slice(0, IMAGE_LIMITS.holders);
}

/** `payments/Deployment/web` */
export function titleOf(object: JsonObject): string {
  const { namespace, name } = (isObject(object.metadata) ? object.metadata : {}) as JsonObject;
  return [namespace, object.kind, name].filter((part) => part !== undefined).join('/');
}
