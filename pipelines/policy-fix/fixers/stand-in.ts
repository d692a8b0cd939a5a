import type { Json, JsonObject } from '../../../src/manifest/json.ts';
import { edgesOf } from '../edges.ts';
import type { Path } from '../edits.ts';
import { fitToSchema, leastList } from '../fit.ts';
import { mostOf, partsFor } from './offered-values.ts';
import { exampleOf } from './parameters.ts';

/** Any value of the type that a field takes: an empty part of an object (a volume's source) says nothing of what is wanted. */
function anything(object: JsonObject, path: Path): Json {
  const some: readonly Json[] = ['opsline', 60];
  return some.find((value) => fitToSchema(object, path, value) !== undefined) ?? leastList(object, path) ?? 'opsline';
}

/** Any value that a pattern may take, where `path` lies in an object. */
export function standIn(object: JsonObject, path: Path, pattern: string): Json {
  if (pattern === '') return partsFor(object, path)[0]?.value ?? anything(object, path);
  if (pattern.startsWith('^')) return exampleOf(pattern);
  const bound = /^>=?\s*(\d+)$/.exec(pattern)?.[1];
  if (bound !== undefined) return Number(bound) + 1;
  const most = mostOf(pattern);
  if (most !== undefined) return most;
  const number = /^!\s*(\d+)$/.exec(pattern)?.[1];
  if (number !== undefined) return Number(number) + 1;
  const edge = edgesOf(pattern)[0];
  if (edge !== undefined) return edge.value;
  const [first = ''] = pattern.split('|');
  // Of terms that all have to hold (`shop-* & *-prod & !*-old`) what begins and ends it.
  const terms = first.split('&').map((term) => term.trim());
  const globs = terms.filter((term) => !term.startsWith('!'));
  if (terms.length > 1) {
    const begins = globs.find((term) => term.endsWith('*')) ?? globs[0] ?? '*';
    const ends = globs.find((term) => term !== begins && term.startsWith('*')) ?? '*';
    return `${begins.replace(/\*$/, '')}*${ends.slice(1)}`.replaceAll('*', 'opsline').replaceAll('?', 'x');
  }
  return first.trim().replace(/^!.*/, '').replaceAll('*', 'opsline').replaceAll('?', 'x') || 'opsline';
}

/** What a list holds for a while: the items that are told, where they fit it. */
export const heldBy = (object: JsonObject, path: Path, items: readonly Json[]): Json =>
  fitToSchema(object, path, [...items]) ?? anything(object, path);
