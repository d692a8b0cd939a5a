import { equalJson, isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { edgesOf } from '../edges.ts';
import { type Path, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish, type Stated, type Wish } from '../wish.ts';
import {
  type Container,
  containersOf,
  type FixContext,
  type Fixer,
  type Proposal,
  type Question,
  sourceOf,
  titleOf,
} from './fixer.ts';
import { leaves } from './parameters.ts';
import { insteadOf } from './stated-words.ts';

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** A Kubernetes quantity as a number, or undefined when it is none. */
export function quantity(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  const [, digits, unit = ''] =
    (typeof value === 'string' && /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([kMGTPE]i?|Ki|m)?$/.exec(value)) || [];
  const size = SIZES[unit];
  return digits === undefined || size === undefined ? undefined : Number(digits) * size;
}

type Kind = 'limits' | 'requests';
const KINDS: readonly Kind[] = ['limits', 'requests'];
const RESOURCES = ['cpu', 'memory'] as const;

interface Found {
  readonly value: string | number;
  readonly source: string;
}

const asFound = (value: Json | undefined, source: string): Found | undefined =>
  (typeof value === 'string' || typeof value === 'number') && quantity(value) !== undefined
    ? { value, source }
    : undefined;

/** The largest value a policy's parameters allow: `cpu: 500m` beside `memory: 1Gi`, also below `limits`, `max` and the like. */
function ceiling(context: FixContext, resource: string): string | number | undefined {
  const values = context.policies.flatMap(({ parameters }) =>
    [...leaves(parameters)].flatMap(({ path, value }) => {
      const name = (path.at(-1) ?? '').toLowerCase();
      const above = path.join('.').toLowerCase();
      const named = name === resource || (name.includes(resource) && /max|limit/.test(name));
      if (!named || /min|ratio|exempt/.test(above)) return [];
      return (typeof value === 'string' || typeof value === 'number') && quantity(value) !== undefined ? [value] : [];
    }),
  );
  return values.sort((a, b) => (quantity(a) ?? 0) - (quantity(b) ?? 0))[0];
}

/** A value that Kubernetes or the namespace would give anyway. */
function knownValue(context: FixContext, { json }: Container, kind: Kind, resource: string): Found | undefined {
  if (kind === 'requests') {
    const limit = asFound(
      valueAt(json, ['resources', 'limits', resource]),
      'its own limit, which is what Kubernetes requests when nothing is said',
    );
    if (limit) return limit;
  }
  const namespace = valueAt(context.object, ['metadata', 'namespace']) ?? 'default';
  for (const { object, file } of context.siblings) {
    if (object.kind !== 'LimitRange' || (valueAt(object, ['metadata', 'namespace']) ?? 'default') !== namespace)
      continue;
    const limits = valueAt(object, ['spec', 'limits']);
    for (const range of Array.isArray(limits) ? limits : []) {
      if (!isObject(range) || range.type !== 'Container') continue;
      const value =
        valueAt(range, [kind === 'limits' ? 'default' : 'defaultRequest', resource]) ??
        valueAt(range, ['default', resource]);
      const found = asFound(value, `the namespace's default in ${titleOf(object)}, ${file}`);
      if (found) return found;
    }
  }
  return undefined;
}

/** What the policies state of a place where nothing stands. */
function statedAt(context: FixContext, path: Path): string[] {
  const at = JSON.stringify(path);
  return statedWishes(context).flatMap(({ wish }) =>
    wish.kind === 'present' && JSON.stringify(wish.path) === at ? [wish.pattern] : [],
  );
}

/** A wish for requests or limits of a container, whatever is in them; where either will do, for what it counts on. */
function someAmount(context: FixContext, { path }: Container, kind: Kind): Stated | undefined {
  const isAt = (wish: Wish, ...below: readonly Kind[]): boolean =>
    equalJson([...pathOfWish(wish)], [...path, 'resources', ...below]);
  const open = statedWishes(context).filter(({ wish }) => wish.kind === 'present' && wish.pattern === '');
  const own = open.find(({ wish }) => isAt(wish, kind)) ?? open.find(({ wish }) => kind === 'requests' && isAt(wish));
  const either = kind === 'limits' && own?.ways?.some((way) => way.some((wish) => isAt(wish, 'requests')));
  return either ? undefined : own;
}

/** Whether the policies want an amount only as one of several, the memory that the container counts on among them: that is asked. */
function isSpared(context: FixContext, container: Container, path: Path): boolean {
  const memory = [...container.path, 'resources', 'requests', 'memory'];
  const isOf = (wish: Wish | undefined, at: Path): boolean =>
    wish !== undefined && equalJson([...pathOfWish(wish)], [...at]);
  const here = statedWishes(context).filter(({ wish }) => wish.kind === 'present' && isOf(wish, path));
  return (
    !equalJson(memory, [...path]) &&
    here.length > 0 &&
    here.every(({ sole, ways = [] }) => !sole && ways.some((way) => way.length === 1 && isOf(way[0], memory)))
  );
}

/** The bounds that the policies set, by their parameters or where they state them, for a place where nothing stands. */
function bounds(context: FixContext, kind: Kind, resource: string, path: Path): Found[] {
  const patterns = statedAt(context, path).flatMap(edgesOf);
  const most = kind === 'limits' ? asFound(ceiling(context, resource), 'the most that the policy accepts') : undefined;
  return [...patterns.flatMap(({ value, source }) => asFound(value, source) ?? []), ...(most ? [most] : [])];
}

function missing(
  context: FixContext,
  container: Container,
): { kind: Kind; resource: string; path: Path; found: Found | undefined }[] {
  return KINDS.flatMap((kind) =>
    RESOURCES.flatMap((resource) => {
      const path = [...container.path, 'resources', kind, resource];
      if (valueAt(context.object, path) !== undefined) return [];
      return [{ kind, resource, path, found: knownValue(context, container, kind, resource) }];
    }),
  );
}

/** Values above a policy's maximum come down to it; a request never stays above its limit. */
function clamp(context: FixContext, container: Container): Proposal[] {
  return RESOURCES.flatMap((resource) => {
    const max = ceiling(context, resource);
    if (max === undefined) return [];
    return KINDS.flatMap((kind) => {
      const path = [...container.path, 'resources', kind, resource];
      const current = quantity(valueAt(context.object, path));
      if (current === undefined || current <= (quantity(max) ?? 0)) return [];
      return [
        {
          by: 'resources',
          summary: `container ${container.name}: ${resource} ${kind === 'limits' ? 'limit' : 'request'} ${max}, the policy's maximum`,
          note: 'it had more: watch for throttling and memory kills',
          edits: [set(path, max)],
          // A lower limit must take its request with it, or the object is invalid.
          cost: 1,
        },
      ];
    });
  });
}

/** Requests and limits that are to be alike, or closer: what stands on the other side. */
function apart(
  context: FixContext,
  { path, name, json }: Container,
): { resource: string; kind: Kind; value: Json; path: Path; name: string }[] {
  return RESOURCES.flatMap((resource) => {
    const [limit, request] = KINDS.map((kind) => valueAt(json, ['resources', kind, resource]));
    if (limit === undefined || request === undefined || quantity(limit) === quantity(request)) return [];
    if (!context.policies.some(({ words }) => words.includes('limit') && words.includes('request'))) return [];
    return [
      { resource, kind: 'requests' as const, value: limit, path: [...path, 'resources', 'requests', resource], name },
      { resource, kind: 'limits' as const, value: request, path: [...path, 'resources', 'limits', resource], name },
    ];
  });
}

/** Code that multiplies or divides. */
const COUNTS = /\b(?:divide|multiply)\(|(?:[)\]]|\w )\s*[*/]\s*[\w(]/;

/** A policy that bounds how far a limit may be above its request leaves open which of them moves. */
const bounded = ({ policies }: FixContext): boolean =>
  policies.some(({ documents }) =>
    documents.some((document) =>
      [...leaves(document as JsonObject)].some(({ value }) => typeof value === 'string' && COUNTS.test(value)),
    ),
  );

/** Requests that have to equal their limits: what may be used is counted on. */
function equal(context: FixContext, container: Container): Proposal[] {
  if (bounded(context)) return [];
  return apart(context, container)
    .filter(({ kind }) => kind === 'requests')
    .map(({ resource, value, path, name }) => ({
      by: 'resources',
      summary: `container ${name}: ${resource} request ${value}, its own limit`,
      note: 'the scheduler sets that much aside',
      edits: [set(path, value)],
      cost: 5,
    }));
}

/** Numbers of the violated policies that may be what a limit is divided by its request at most. */
function factors({ policies }: FixContext): number[] {
  const numbers = policies.flatMap(({ documents, parameters }) =>
    [parameters, ...(documents as readonly Json[])].flatMap((tree) =>
      [...leaves(tree)].flatMap(({ value }) =>
        typeof value === 'number' || (typeof value === 'string' && /^\d{1,2}(?:\.\d)?$/.test(value))
          ? [Number(value)]
          : [],
      ),
    ),
  );
  return [...new Set(numbers)].filter((number) => number > 1 && number <= 50).slice(0, 3);
}

/** A request times a number, at most, or a limit divided by it, at least; in the unit it has or the next smaller one. */
function times(value: Json, factor: number, kind: Kind): Json {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([kMGTPE]i?|Ki|m)?$/.exec(String(value)) ?? [];
  const now = kind === 'limits' ? Number(digits) * factor : Number(digits) / factor;
  if (Number.isInteger(now)) return `${now}${unit}`;
  const [name, size] = SMALLER[unit] ?? [unit, 1];
  return `${kind === 'limits' ? Math.floor(now * size) : Math.ceil(now * size)}${name}`;
}

/** The unit below another, and how many of it make one. */
export const SMALLER: Readonly<Record<string, readonly [string, number]>> = {
  '': ['m', 1000],
  Ti: ['Gi', 1024],
  Gi: ['Mi', 1024],
  Mi: ['Ki', 1024],
  G: ['M', 1000],
  M: ['k', 1000],
};

/** Which of limit and request moves, and how far, where they may only be so many times apart. */
function ratio(context: FixContext, container: Container): Question[] {
  if (!bounded(context)) return [];
  const sides = apart(context, container);
  return RESOURCES.flatMap((resource): Question[] => {
    const own = sides.filter((side) => side.resource === resource);
    const [first] = own;
    if (!first) return [];
    const choices = [1, ...factors(context)]
      .sort((a, b) => b - a)
      .flatMap((factor) =>
        own.map(({ kind, value, path }) => {
          const of = kind === 'limits' ? 'its request' : 'its limit';
          const how = factor === 1 ? of : kind === 'limits' ? `${factor} times ${of}` : `${of} divided by ${factor}`;
          const moved = factor === 1 ? value : times(value, factor, kind);
          return { value: moved, source: `${kind}: ${how}`, edits: [set(path, moved)] };
        }),
      );
    return [
      {
        question: `How much ${resource} does container ${container.name} count on (requests), and use at most (limits)? The policy bounds how far they are apart.`,
        path: first.path,
        about: [resource],
        whole: true,
        trial: [],
        choices,
      },
    ];
  });
}

/** Limits and requests of a container that other manifests run with, by image or by name. */
function others(context: FixContext, container: Container, kind: Kind, resource: string): Found[] {
  const found = context.siblings.flatMap((sibling) =>
    containersOf(sibling.object).flatMap((other) => {
      const field = ['resources', kind, resource];
      const given = valueAt(other.json, field);
      if (given === undefined) return [];
      const value = asFound(given, `container ${other.name} of ${sourceOf(sibling, [...other.path, ...field])}`);
      return value
        ? [{ ...value, same: other.name === container.name || other.json.image === container.json.image }]
        : [];
    }),
  );
  const own = containersOf(context.object).flatMap((other) => {
    const value = asFound(valueAt(other.json, ['resources', kind, resource]), `its neighbour ${other.name}`.trimEnd());
    return value && other.name !== container.name ? [{ ...value, same: false }] : [];
  });
  return [
    ...new Map(
      [...found, ...own].sort((a, b) => Number(b.same) - Number(a.same)).map((value) => [String(value.value), value]),
    ).values(),
  ].slice(0, 6);
}

/** CPU and memory: values that Kubernetes, the namespace or the policy give; everything else is a question. */
export const resources: Fixer = {
  name: 'resources',
  propose(context) {
    return containersOf(context.object).flatMap((container) => [
      ...missing(context, container).flatMap(({ kind, resource, path, found }) =>
        found
          ? [
              {
                by: 'resources',
                summary: `container ${container.name}: ${resource} ${kind === 'limits' ? 'limit' : 'request'} ${found.value} (${found.source})`,
                edits: [set(path, found.value)],
                cost: 2,
              },
            ]
          : [],
      ),
      ...clamp(context, container),
      ...equal(context, container),
    ]);
  },
  ask(context) {
    return containersOf(context.object).flatMap((container) => [
      ...ratio(context, container),
      ...missing(context, container).flatMap(({ kind, resource, path, found }) => {
        if (found || isSpared(context, container, path)) return [];
        const request =
          kind === 'limits'
            ? asFound(valueAt(container.json, ['resources', 'requests', resource]), 'its own request')
            : undefined;
        const some = resource === 'memory' ? someAmount(context, container, kind) : undefined;
        const one = statedWishes(context).find(({ wish }) => equalJson([...pathOfWish(wish)], [...path])) ?? some;
        const known = [
          ...(request ? [request] : []),
          ...others(context, container, kind, resource),
          ...bounds(context, kind, resource, path),
        ];
        const choices = known.filter(
          ({ value }, i) => known.findIndex((other) => quantity(other.value) === quantity(value)) === i,
        );
        return [
          {
            question: `How much ${resource} may container ${container.name} ${kind === 'limits' ? 'use at most' : 'count on'} (${kind})?${one ? insteadOf(context.object, one) : ''}`,
            path,
            about: [resource],
            ...(some || statedAt(context, path).length > 0 ? { stated: true as const } : {}),
            trial: [set(path, resource === 'cpu' ? '1m' : '1Mi')],
            choices: choices.map(({ value, source }) => ({ value, source, edits: [set(path, value)] })),
          },
        ];
      }),
    ]);
  },
};
