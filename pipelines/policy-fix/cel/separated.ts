import type { Json } from '../../../src/manifest/json.ts';
import type { Way } from '../wish.ts';
import { type Meaning, withinOf } from './meaning.ts';
import { itemsOf } from './resolve.ts';

/** What stands between the items of a list that is written as one text. */
const BETWEEN: readonly string[] = [',', ';', '|', '\n', ' '];

interface Written {
  readonly path: readonly (string | number)[];
  readonly parts: readonly string[];
  readonly between: string;
}

/** A list that a policy reads out of one text of the object (`annotation.split(',')`), as it is written there. */
function writtenIn(list: Meaning): Written | undefined {
  const items = itemsOf(list) ?? [];
  const texts = items.map(withinOf);
  const [first] = texts;
  if (!first || texts.some((text) => text?.text !== first.text || text.path.join('\0') !== first.path.join('\0')))
    return undefined;
  const between = BETWEEN.find((each) => first.text.includes(each) && first.text.split(each).length === items.length);
  return between === undefined ? undefined : { path: first.path, parts: first.text.split(between), between };
}

const said = (path: Written['path'], text: string, source: string): Way[] => [
  [{ kind: 'choose', path, values: [text], source }],
];

/** Such a text without the items that a policy does not accept, as long as others are left. */
export function withoutItems(list: Meaning, isBad: (item: Meaning) => boolean): Way[] {
  const written = writtenIn(list);
  const items = itemsOf(list) ?? [];
  const kept = written?.parts.filter((_, at) => !isBad(items[at] as Meaning)) ?? [];
  if (!written || kept.length === 0 || kept.length === items.length) return [];
  const text = kept.join(written.between).trimStart();
  return said(written.path, text, 'what stands there, without what the policy does not accept');
}

/** Such a text with one item more. */
export function withItem(list: Meaning, item: Json): Way[] {
  const written = writtenIn(list);
  if (!written || typeof item !== 'string' || item.includes(written.between)) return [];
  const spaced = written.parts.slice(1).every((part) => part.startsWith(' ')) ? ' ' : '';
  const text = [...written.parts, `${spaced}${item}`].join(written.between);
  return said(written.path, text, 'what stands there, and what the policy asks for');
}
