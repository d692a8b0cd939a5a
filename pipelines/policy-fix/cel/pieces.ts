import { isNever, type Way } from '../wish.ts';
import { type Meaning, valueNow } from './meaning.ts';
import type { Node } from './parse.ts';
import { nameOf, resolve, type Scope, variableOf } from './resolve.ts';

/** The parts of a text that is put together (`'v' + x + '-' + y`), variables followed. */
function termsOf(node: Node, scope: Scope): readonly Meaning[] {
  if (node.op === '+') return node.args.flatMap((side) => termsOf(side, scope));
  const variable =
    node.op === '.' && nameOf(node.args[0]) === 'variables' ? variableOf(scope, String(node.args[1])) : undefined;
  return variable ? termsOf(variable.node, variable.scope) : [resolve({ node, scope })];
}

/** Where in a text the part of it stands that is put together. */
export type Position = 'startsWith' | 'endsWith' | '==';

/** What stands in a text between two others, seen from where the three of them together stand. */
function between(text: string, before: string, after: string, position: Position): string | undefined {
  const last = text.length - after.length;
  const from = position === 'endsWith' ? (before === '' ? -1 : text.lastIndexOf(before, last - before.length)) : 0;
  const to = position === 'startsWith' ? (after === '' ? -1 : text.indexOf(after, before.length)) : last;
  const inner = text.slice(from + before.length, to);
  return from >= 0 && to > from && inner !== '' && text.startsWith(before + inner + after, from) ? inner : undefined;
}

/**
 * A text of the object that is to begin or end with what another one says (`image.endsWith(':' + labels['version'])`): what the other
 * would have to be, so that the first may stay. Which of them is right is for people to say; a whole text that is put together follows
 * its parts, unless nobody changes it (a name).
 */
export function pieceFits(whole: Meaning, part: Node, position: Position, scope: Scope): Way[] {
  const text = valueNow(whole);
  const terms = part.op === '+' ? termsOf(part, scope) : [];
  const at = terms.findIndex(({ kind }) => kind === 'place');
  const place = terms[at];
  if (whole.kind !== 'place' || typeof text !== 'string' || place?.kind !== 'place' || place.key) return [];
  if (position === '==' && !isNever(whole.path)) return [];
  if (isNever(place.path) || (place.value !== undefined && typeof place.value !== 'string')) return [];
  const [before, after] = [terms.slice(0, at), terms.slice(at + 1)].map((some) => {
    const words = some.map(valueNow);
    return words.every((word) => typeof word === 'string') ? words.join('') : undefined;
  });
  const inner = before === undefined || after === undefined ? undefined : between(text, before, after, position);
  return inner === undefined || inner === place.value ? [] : [[{ kind: 'choose', path: place.path, values: [inner] }]];
}
