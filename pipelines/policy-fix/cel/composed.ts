import { literally } from '../../../src/literal.ts';
import { equalJson, type Json } from '../../../src/manifest/json.ts';
import { set } from '../edits.ts';
import { isNever, type Way } from '../wish.ts';
import { type Meaning, UNKNOWN, value, valueNow } from './meaning.ts';
import { edit, MOST_WAYS, merged } from './ways.ts';

/** More parts of the object than these, or longer texts, are not taken apart: hostile code is given up. */
const MOST_PARTS = 3;
const MOST_TEXT = 253;
/** More texts than these that would do are not all tried. */
const MOST_WANTED = 40;

/** Whether something of a meaning stands in the object, and may be written otherwise. */
const isOpen = (part: Meaning): boolean =>
  (part.kind === 'place' && !part.key && !part.cased) || (part.kind === 'value' && part.made !== undefined);

const isWord = (word: Json | undefined): word is string | number =>
  typeof word === 'string' || (typeof word === 'number' && Number.isInteger(word));

/** A text that is put together of others, some of which may stand in the object (`sprintf("%s/%s", [ref.namespace, ref.name])`). */
export function composedOf(parts: readonly Meaning[]): Meaning {
  const words = parts.map(valueNow);
  if (!words.every(isWord)) return UNKNOWN;
  const text = value(words.join(''));
  return parts.length > 1 && parts.some(isOpen) && text.kind === 'value' ? { ...text, made: parts } : text;
}

/** The parts that such a text was put together of in the end. */
const leavesOf = (part: Meaning): readonly Meaning[] =>
  part.kind === 'value' && part.made ? part.made.flatMap(leavesOf) : [part];

/** The shares that the open parts have of a text, the `kept` one saying what it says; undefined where it can be cut in several ways. */
function sharesOf(parts: readonly Meaning[], wanted: string, kept?: Meaning): string[] | undefined {
  const cut = (any: string): string[] | undefined => {
    const pattern = parts.map((part) =>
      !isOpen(part)
        ? literally(String(valueNow(part)))
        : part === kept
          ? `(${literally(String(valueNow(part)))})`
          : any,
    );
    return new RegExp(`^${pattern.join('')}$`, 's').exec(wanted)?.slice(1);
  };
  const [shortest, longest] = [cut('(.+?)'), cut('(.+)')];
  return shortest !== undefined && equalJson(shortest, longest ?? null) ? shortest : undefined;
}

/**
 * Ways to have such a text say another one: each part of it that stands in the object says its share of that. Where it can be cut in several
 * ways, one part keeps what it says.
 */
function saying(text: Meaning, wanted: Json | undefined): Way[] {
  const parts = leavesOf(text);
  const open = parts.filter(isOpen);
  if (typeof wanted !== 'string' || wanted.length > MOST_TEXT || open.length > MOST_PARTS) return [];
  const whole = sharesOf(parts, wanted);
  const cuts = whole
    ? [whole]
    : open.flatMap((kept) => [sharesOf(parts, wanted, kept) ?? []]).filter(({ length }) => length > 0);
  const ways = cuts.flatMap((shares) => {
    const edits = open.flatMap((part, at) => {
      const share = shares[at] ?? '';
      const now = valueNow(part);
      return part.kind === 'place' && String(now) !== share
        ? [set(part.path, typeof now === 'number' ? Number(share) : share)]
        : [];
    });
    const closed = edits.some(({ path, ...each }) => isNever(path) || Number.isNaN('value' in each ? each.value : 0));
    return edits.length === 0 || closed ? [] : [edit(...edits)];
  });
  // Of two parts of which each could keep what it says, nobody knows which does.
  return ways.length === 1 ? ways : [];
}

/** Ways to have a text that is put together say one of some others: first those that change the least of the object. */
export function saidTogether(text: Meaning, wanted: readonly Meaning[]): Way[] {
  if (text.kind !== 'value' || !text.made) return [];
  const ways = wanted
    .slice(0, MOST_WANTED)
    .filter(({ kind }) => kind === 'value')
    .flatMap((each) => saying(text, valueNow(each)));
  return merged(ways.toSorted((a, b) => a.length - b.length).slice(0, MOST_WAYS));
}

/** The same of a comparison: the other side is no text that would rather follow. */
export const madeSame = (left: Meaning, right: Meaning): Way[] => [
  ...saidTogether(left, [right]),
  ...saidTogether(right, [left]),
];
