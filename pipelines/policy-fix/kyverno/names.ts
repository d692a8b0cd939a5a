import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { type Meaning, UNKNOWN, value } from '../cel/meaning.ts';
import type { Path } from '../edits.ts';
import { containersOf } from '../fixers/fixer.ts';
import { registryOf } from '../fixers/registries.ts';
import { filledIn, type Names, operand } from './operand.ts';
import { parseJmesPath } from './parse.ts';
import { nowOf, trace } from './trace.ts';
import type { Traced } from './traced.ts';

/** The names of a rule's or loop's `context` whose values its own expressions give. */
export function withContext(context: Json | undefined, names: Names): Names {
  const known = new Map(names);
  for (const entry of Array.isArray(context) ? context : []) {
    const name = valueAt(entry, ['name']);
    const variable = valueAt(entry, ['variable']);
    if (typeof name !== 'string' || !isObject(variable)) continue;
    const path = typeof variable.jmesPath === 'string' ? variable.jmesPath : undefined;
    const base = operand(variable.value, known);
    // `table."{{ request.namespace }}"`: which key is meant is known before the path is followed.
    const filled = path === undefined ? undefined : filledIn(path, known);
    const node = filled === undefined ? undefined : parseJmesPath(filled);
    const traced =
      path === undefined
        ? base
        : node
          ? trace(node, variable.value === undefined ? { kind: 'names', names: known } : base)
          : UNKNOWN;
    const fallback = nowOf(traced) === undefined ? nowOf(operand(variable.default, known)) : undefined;
    known.set(
      name,
      fallback === undefined ? traced : traced.kind === 'place' ? { ...traced, fallback } : value(fallback),
    );
  }
  return known;
}

/** Repository, tag and digest of an image; a colon before the last slash belongs to a port. */
const IMAGE = /^([^@]*?)(?::([^/@:]+))?(?:@(.+))?$/;

/** `images.containers.<name>`: what Kyverno reads out of an image is a part of that text, and has its place below it. */
function imagesOf(object: JsonObject): Meaning {
  const lists = new Map<string, Map<string, Meaning>>();
  for (const { path, name, json } of containersOf(object)) {
    const [, written = '', tag, digest] = IMAGE.exec(String(json.image ?? '')) ?? [];
    const registry = registryOf(written);
    const repository = registry === undefined ? written : written.slice(registry.length + 1);
    const part = (key: string, now: Json | undefined): [string, Meaning] => [
      key,
      { kind: 'place', path: [...path, 'image', key], value: now },
    ];
    const list = String(path.at(-2));
    const fields = new Map([
      part('registry', registry ?? 'docker.io'),
      part('path', repository),
      part('name', repository.split('/').at(-1)),
      part('tag', tag ?? 'latest'),
      part('digest', digest),
    ]);
    lists.set(list, (lists.get(list) ?? new Map<string, Meaning>()).set(name, { kind: 'map', fields }));
  }
  return { kind: 'map', fields: new Map([...lists].map(([list, fields]) => [list, { kind: 'map', fields }])) };
}

/** What a rule sees of an object whose own or whose template's pod it is about. */
export function namesFor(object: JsonObject, base: Path): Names {
  const whole: Meaning = { kind: 'place', path: base, value: valueAt(object, base) };
  const request = new Map<string, Traced>([
    ['object', whole],
    ['operation', value('CREATE')],
    ['namespace', value(valueAt(object, ['metadata', 'namespace']) ?? 'default')],
    ['name', value(valueAt(object, ['metadata', 'name']) ?? '')],
  ]);
  return new Map<string, Traced>([
    ['request', { kind: 'names', names: request }],
    ['images', imagesOf(object)],
  ]);
}
