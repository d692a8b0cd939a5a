/** A part of a sentence that says one thing, so or not so. */
export interface Clause {
  readonly text: string;
  /** Its plain words by their stems: names, numbers and what is quoted are none. */
  readonly words: ReadonlyMap<string, string>;
  /** Whether it says that something is not. */
  readonly denied: boolean;
  /** The stem that a negation takes back: `error` in "there is no error". */
  readonly cancelled?: string;
}

const ENDINGS = /(?:ations?|ions?|ings?|ments?|ness|ures?|ers?|ors?|als?|ences?|ances?|able|ly|ed|es|s|e)$/;

/** The part of a word that its forms share, by its endings: `refused`, `refuses` and `refusal` are `refus`; `dead` and `deadline` are two words. */
export function stemOf(word: string): string {
  let stem = word.toLowerCase().replace(/['’]s$/, '');
  for (let turn = 0; turn < 2; turn++) {
    const cut = stem.replace(ENDINGS, '');
    // What is left must be a word's root, with a vowel.
    if (cut.length < 3 || !/[aeiouy]/.test(cut) || (stem.endsWith('ss') && cut.length === stem.length - 1)) break;
    if (cut === stem) break;
    stem = cut;
  }
  return stem.replace(/([bdfgklmnprt])\1$/, '$1').replace(/(?<=.{3})i$/, 'y');
}

/** Where one thing ends and the next begins. What `which` or `that` adds belongs to what it is added to. */
const BOUNDARY =
  /,\s*(?=(?:and|so|but|yet)\b)|;|[:.!?](?=\s|$)|,?\s+\b(?:because(?!\s+of)|but|although|though|since|while|whereas|however|even though|and therefore|and so)\b|\s+(?=rather than\b|instead of\b)/i;
const NOT = /^(?:no|not|never|none|nor|neither|nothing|nobody|without|cannot|instead|\w+n['’]t|0|0\/\d+)$/i;
/** Words that deny by themselves; to deny one of them says that it is so. */
const DENYING =
  /^(?:missing|misses|absent|lack(?:s|ed|ing)?|unable|refus(?:e|es|ed|al|ing)|den(?:y|ies|ied)|prevent(?:s|ed|ing)?|little|few|insufficient)$/i;
/** Words between a negation and what it denies. */
const BETWEEN =
  /^(?:a|an|the|any|than|be|been|being|longer|due|to|caused|by|because|of|that|it|is|was|has|have|in|\w+ly)$/i;

/** A word of language, or something that is called so: with digits, inner marks or capitals. */
const isName = (word: string): boolean => /\d|[A-Za-z][-_./:@=][A-Za-z]|[a-z][A-Z]/.test(word);

/** When something happened, which is no state: `crashes at start`. */
const MOMENT = /\b(?:at|during|on|upon|before|after)\s+(?:its\s+)?start(?:up|ing)?\b/gi;

function clauseOf(text: string): Clause {
  const plain = text.replace(/`[^`]*`|"[^"]*"/g, ' ').replace(MOMENT, ' ');
  const all = plain.split(/[\s,;()[\]{}<>]+/).map((word) => word.replace(/^[^\p{L}\d]+|[^\p{L}\d]+$/gu, ''));
  let [denied, cancelled] = [false, undefined as string | undefined];
  for (let index = 0; index < all.length; index++) {
    const word = all[index] ?? '';
    if (DENYING.test(word) || (/^fail(?:s|ed|ing)?$/i.test(word) && all[index + 1] === 'to')) denied = true;
    if (!NOT.test(word) && !(word === 'rather' && all[index + 1] === 'than')) continue;
    let next = index + 1;
    while (BETWEEN.test(all[next] ?? '')) next++;
    const object = all[next] ?? '';
    denied = !DENYING.test(object);
    cancelled ??= stemOf(object);
    if (!denied) index = next;
  }
  const plainly = all.filter((word) => !isName(word)).flatMap((word) => word.match(/\p{L}{2,}/gu) ?? []);
  const words = new Map(plainly.map((word) => [stemOf(word), word]));
  return { text, words, denied, ...(cancelled === undefined ? {} : { cancelled }) };
}

/** What a sentence says, thing by thing. */
export function clausesOf(sentence: string): Clause[] {
  const kept: string[] = [];
  // What is quoted is one word, whatever it holds.
  const masked = sentence.replace(/`[^`]*`|"[^"]*"/g, (quote) => `\u0001${kept.push(quote) - 1}\u0002`);
  return masked
    .split(BOUNDARY)
    .filter((part) => part !== undefined && /[\p{L}\d]/u.test(part))
    .map((part) => part.replace(/\u0001(\d+)\u0002/g, (_, at) => kept[Number(at)] ?? ''))
    .map(clauseOf);
}
