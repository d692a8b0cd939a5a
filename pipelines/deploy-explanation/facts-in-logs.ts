import { citeLines } from '../../src/evidence/cite.ts';
import type { LogLine } from '../../src/evidence/parse/log.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import type { SceneLog } from '../../src/evidence/scene.ts';
import { literally } from '../../src/literal.ts';
import { subjectOf } from './analyzers/startup/log-errors.ts';
import type { Fact } from './facts.ts';
import { millisOf } from './moments.ts';
import { WHETHER } from './spared.ts';
import { named, type View } from './view.ts';

/** Who asks whether, when or how something went asks for what was said of it. */
const ASKS =
  /^(?:(?:hi|hey|hello|please|can you tell me|tell me|do you know)\W+)*(?:if |whether )?(?:did|was|were|has|have|is|are|when|how (?:long|far|many|much)|what happened)\b/i;
/** What is quoted, or holds a digit as numbers of orders, tenants and builds do. */
const QUOTED = /["'`]([^"'`\s]{3,80})["'`]/g;
const IDENTIFIER = /(?<![\w.:/-])(?=[\w-]*\d)[\w-]{3,80}(?![\w:%-]|\.\d)/g;
/** Statuses, times and amounts are no names. */
const NO_NAME = /^(?:[1-5]\d\d|\d+(?:st|nd|rd|th|[smhd]|min|ms|[kmg]i?b?)|\d{4}-\d\d-\d\d\w*|20\d\d)$/i;
/** What so many lines hold tells no line from the others. */
const MANY = 40;

interface Said {
  readonly log: SceneLog;
  readonly line: LogLine;
}

/** Names of objects and of what they belong to. */
function namesOf(view: View): Set<string> {
  const refs = [...view.scene.objects, ...view.pods].map(({ ref }) => ref);
  return new Set(refs.flatMap((ref) => [ref.name, ref.namespace ?? '', workloadOf(view.scene, ref).name]));
}

/** What a question names that is no object of the evidence, such as `8841` in "did the import of supplier 8841 run?". */
function namesIn(question: string, view: View): string[] {
  const quoted = [...question.matchAll(QUOTED)].map(([, name = '']) => name);
  const written = [...question.matchAll(IDENTIFIER)].map(([name]) => name).filter((name) => !NO_NAME.test(name));
  const known = namesOf(view);
  // What pods or their nodes begin with is one of them, too.
  return [...new Set([...quoted, ...written])].filter(
    (name) => ![...known].some((one) => one === name || one.startsWith(`${name}-`)),
  );
}

function linesWith(view: View, name: string): Said[] {
  const word = new RegExp(`(?<![\\w-])${literally(name)}(?![\\w-])`);
  return view.scene.logs.flatMap((log) =>
    log.lines.flatMap((line) => (line.level !== 'debug' && word.test(line.raw) ? [{ log, line }] : [])),
  );
}

/** Stores of logs give the newest first, programs write it last. */
function newestOf(said: readonly Said[]): Said | undefined {
  const at = ({ line }: Said) => millisOf(line.time) ?? 0;
  return said.reduce<Said | undefined>(
    (last, one) => (last === undefined || at(one) >= at(last) ? one : last),
    undefined,
  );
}

/** Words that say nothing of what is asked for. */
const EVERYDAY =
  /^(?:what|when|where|which|whether|there|their|these|those|have|been|last|latest|newest|recent(?:ly)?|time|times?|today|night|yesterday|morning|week|this|that|from|with|into|does|long|much|many|happened|happen|please|tell|know|pods?|logs?|deployment|namespace|workload|cluster)$/i;
/** So many letters of a word stand in all its forms: finish, finished, finishing. */
const STEM = 5;

/** The stems of what a question tells of, without names of objects. */
function stemsIn(question: string, view: View): string[] {
  const known = namesOf(view);
  const words = question.toLowerCase().match(/[\p{L}\d][\p{L}\d.-]*/gu) ?? [];
  return [
    ...new Set(
      words
        .filter((word) => /^\p{L}{4,}$/u.test(word) && !EVERYDAY.test(word) && !known.has(word))
        .map((word) => word.slice(0, STEM)),
    ),
  ];
}

/** The newest line that holds all words of a question: "when did the last backup finish?" */
function lineOfWords(question: string, view: View): Said | undefined {
  const stems = stemsIn(question, view);
  if (stems.length < 2) return undefined;
  const said = view.scene.logs.flatMap((log) =>
    log.lines.flatMap((line) => {
      const text = line.text.slice(0, 4000).toLowerCase();
      return line.level !== 'debug' && stems.every((stem) => text.includes(stem)) ? [{ log, line }] : [];
    }),
  );
  return said.length > MANY ? undefined : newestOf(said);
}

function toldOf(view: View, { log, line }: Said, name?: string): Fact {
  const subject = subjectOf(view, log);
  return {
    summary: `${subject === undefined ? 'A log' : `The log of ${named(subject)}`} says${name === undefined ? '' : ` of \`${name}\``} at last: \`${line.text.trim().slice(0, 240)}\`${line.time === undefined ? '' : ` (${line.time})`}.`,
    citations: [citeLines(log.item, line.n - log.item.lines.from) ?? []].flat(),
    ...(subject === undefined ? {} : { of: subject }),
  };
}

/**
 * The last that logs say of what a question names, or in the words that it asks in; undefined where it asks for nothing that happened,
 * or no log tells of it.
 */
export function lastSaidOf(question: string, view: View): Fact | undefined {
  if (!ASKS.test(question) || WHETHER.test(question)) return undefined;
  const names = namesIn(question, view);
  for (const name of names) {
    const said = linesWith(view, name);
    const last = newestOf(said);
    if (last === undefined || said.length > MANY) continue;
    return toldOf(view, last, name);
  }
  // The same said of another is no answer.
  const line = names.length > 0 ? undefined : lineOfWords(question, view);
  return line === undefined ? undefined : toldOf(view, line);
}
