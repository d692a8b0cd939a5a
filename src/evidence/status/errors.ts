import { asObject, isObject, type Json, objects, text } from '../../json.ts';
import { isCondition } from './conditions.ts';
import { membersOf } from './members.ts';
import { needlesOf, type Statement } from './statement.ts';
import { ERROR, isPast, textsOf } from './texts.ts';
import { troubled, wordsOf } from './words.ts';

/** What may follow the word for an error in the name of a field that holds one: `errorMessage`, but not `failureDomain`. */
const OF_ERROR =
  /^(?:message|messages|msg|reason|type|info|detail|details|text|string|description|cause|summary|trace|output)$/;

/** Members of a list or map whose level says that they are errors. */
function leveled(value: unknown): Json[] {
  const members = Array.isArray(value)
    ? objects(value)
    : isObject(value)
      ? [value, ...Object.values(value).filter(isObject)]
      : [];
  return members.filter(
    (entry) =>
      !isCondition(entry) &&
      /^(?:error|critical|fatal)$|_err$/i.test(text(entry.level ?? entry.severity ?? entry.type) ?? ''),
  );
}

/** What is known by a name or a code, and has no text. */
function namesOf({ type }: Json): string[] {
  const { name, code } = asObject(type);
  const known = [name, code].flatMap((one) => (typeof one === 'string' ? [one] : []));
  return known.length === 0 ? [] : [known.join(' ')];
}

/** Whether a field of this name holds an error. `onFailure` says what to do in one. */
function isError(words: readonly string[]): boolean {
  const at = words.findIndex((word) => ERROR.test(word));
  return (
    at >= 0 && words[at - 1] !== 'on' && words.slice(at + 1).every((word) => OF_ERROR.test(word) || ERROR.test(word))
  );
}

/** The texts of a field that holds errors, which may be kept by how grave they are. */
function saidIn(value: unknown): string[] {
  const own = textsOf(value);
  if (own.length > 0 || !isObject(value)) return own;
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === 'object' && !/^(?:warn|info)/i.test(key) ? textsOf(member) : [],
  );
}

/** What the fields of a map say that hold errors; issues may be of any weight. */
export function errors(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    const words = wordsOf(key);
    if (isPast(key)) return [];
    const named = isError(words);
    const failed =
      words[0] === 'failed' && typeof value === 'object' ? membersOf(value).map(([, member]) => member) : [];
    const said = named
      ? saidIn(value)
      : [...failed, ...leveled(value)].flatMap((member) => {
          const texts = textsOf(member);
          return texts.length > 0 ? texts : namesOf(member);
        });
    const wrong = words.at(-1) === 'issues' ? said.filter(troubled) : said;
    return wrong.slice(0, 3).map((says) => ({
      tone: 'hard',
      says,
      of,
      // A code is no sentence.
      own: /\s/.test(says),
      needles: needlesOf(says, key),
      depth,
      by: words[0] === 'last' ? 'past' : 'error',
    }));
  });
}
