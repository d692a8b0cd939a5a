import type { Json } from '../../../src/manifest/json.ts';
import { UNKNOWN, value } from '../cel/meaning.ts';
import { parseJmesPath } from './parse.ts';
import { nowOf, trace } from './trace.ts';
import type { Traced } from './traced.ts';

/** The names that stand in a rule: `request`, `element`, its context. */
export type Names = ReadonlyMap<string, Traced>;

/** An expression holds single braces (`{}`), never two. */
const WHOLE = /^\{\{((?:(?!\{\{|\}\}).)+)\}\}$/s;
const INSIDE = /\{\{((?:(?!\{\{|\}\}).)+)\}\}/gs;
/** A variable in an expression in a variable: `{{ f('{{ x }}') }}`. */
const NESTED = /(\{\{(?:(?!\}\}).)*?)('?)\{\{((?:(?!\{\{|\}\}).)+)\}\}\2/s;
/** In a filter or behind a pipe names stand for fields of what is looked at there. */
const ELSEWHERE = /\[\?[^\]]*$|(?<!\|)\|(?!\|)/;
const QUOTED = /'(?:[^'\\]|\\.)*'/g;
/** More variables in one another are not followed. */
const MOST_NESTED = 8;

function expression(text: string, names: Names): Traced {
  const node = parseJmesPath(text.trim());
  return node ? trace(node, { kind: 'names', names }) : UNKNOWN;
}

/** Puts inner variables of a text into the expression around them: a quoted one by what it stands for, any other by its value. */
function unnested(text: string, names: Names): string {
  let flat = text;
  for (let left = MOST_NESTED; left > 0 && NESTED.test(flat); left--)
    flat = flat.replace(NESTED, (whole, before: string, quote: string, inner: string) => {
      if (quote !== '' && !ELSEWHERE.test(before.replaceAll(QUOTED, ''))) return `${before}(${inner})`;
      const now = nowOf(expression(inner, names));
      return now === undefined || String(now).includes("'") ? whole : `${before}${quote}${now}${quote}`;
    });
  return flat;
}

/** A text whose variables are replaced by what they are now; undefined where one cannot be told. */
export function filledIn(text: string, names: Names): string | undefined {
  const flat = unnested(text, names);
  let known = true;
  const filled = flat.replaceAll(INSIDE, (_, inner: string) => {
    const now = nowOf(expression(inner, names));
    if (now === undefined) known = false;
    return String(now);
  });
  return known && !filled.includes('{{') ? filled : undefined;
}

/** What a value of a rule stands for: `{{ … }}` is followed, inside a text it is replaced by what it is now. */
export function operand(json: Json | undefined, names: Names): Traced {
  if (json === undefined) return UNKNOWN;
  if (Array.isArray(json)) {
    const items = json.map((item) => operand(item, names));
    return { kind: 'list', items: items.map((item) => (item.kind === 'place' ? item : value(nowOf(item) ?? null))) };
  }
  if (typeof json !== 'string') return value(json);
  const outer = unnested(json, names);
  const whole = WHOLE.exec(outer.trim())?.[1];
  if (whole !== undefined) return expression(whole, names);
  const text = filledIn(outer, names);
  return text === undefined ? UNKNOWN : value(text);
}
