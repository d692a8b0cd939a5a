import { literally } from '../../../src/literal.ts';
import type { Json } from '../../../src/manifest/json.ts';

/** One condition of a `deny`. */
export interface Condition {
  readonly key?: Json;
  readonly operator?: unknown;
  readonly value?: Json;
}

const PLACE = /\{\{(?:(?!\{\{|\}\}).)+\}\}/gs;
/** Operators that hold where a text is one of some values, and where it is none of them. */
const AMONG: Readonly<Record<string, boolean>> = {
  equals: true,
  equal: true,
  anyin: true,
  in: true,
  notequals: false,
  notequal: false,
  anynotin: false,
  allnotin: false,
  notin: false,
};

/**
 * A condition whose key puts several values together (`{{ element.kind }}/{{ element.name }}`) as conditions on each of them, one
 * list for each text that it is compared with. `among`: it holds where one of the lists does, or where none does. Undefined for
 * any other condition.
 */
export function composed({
  key,
  operator,
  value,
}: Condition): { readonly among: boolean; readonly texts: readonly (readonly Condition[])[] } | undefined {
  const among = AMONG[String(operator).toLowerCase()];
  if (typeof key !== 'string' || among === undefined) return undefined;
  const places = key.match(PLACE) ?? [];
  const texts = Array.isArray(value) ? value : [value];
  if (places.length < 2 || key.replaceAll(PLACE, '').includes('{{')) return undefined;
  const pattern = new RegExp(`^${key.split(PLACE).map(literally).join('(.+?)')}$`, 's');
  const split = texts.map((text) => (typeof text === 'string' && !text.includes('{{') ? pattern.exec(text) : null));
  if (texts.length === 0 || split.includes(null)) return undefined;
  return {
    among,
    texts: split.map((match) =>
      places.map((place, at) => ({
        key: place,
        operator: among ? 'Equals' : 'NotEquals',
        value: match?.[at + 1] ?? '',
      })),
    ),
  };
}
