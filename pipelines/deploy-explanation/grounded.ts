import { refText } from '../../src/evidence/model.ts';
import { type Clause, clausesOf, stemOf } from './clauses.ts';
import type { Finding } from './schema.ts';

/** Words of language, and what any failed deploy is told with: they claim no state and no cause of their own. */
const LANGUAGE =
  stems(`about above after again against all already also although an and another any are around as at be because been
before being below between both but by can cause caused could current currently did do does doing due during each either even every
for from had has have having here how however if in indeed instead into is it its itself just like made make many may means meant
might more most much neither never no none nor not nothing now occur of on once one only or other others our out over own prevent rather reason
related require result same several shall should since so some such than that the their them then there therefore these they this
those though through thus time to too try tried under unless until upon us use used using very via was we were what when where whether
which while who whose why will with within without would yet you your
deploy deployment pod container program application workload cluster kubernetes fail failed failure error problem issue unable attempt
called given known need needed finding evidence log line message says said show shown state indicate suggest root object specific
specified following value cannot lack uses stop stopped critical important`);
/** States of which a failure is told: free where they are denied (`cannot start`), a claim where they are not. */
const STATES = stems(
  'start run running set able function proper properly correct correctly success successful successfully succeed ready work',
);
/** What is missing can be said with any of these, where it is denied: `X does not exist`, `X was not found`. */
const ABSENCE = stems('exist found find present contain define defined provide missing absent lack available');
/** Denied, these say that nothing has failed. */
const FAILURE = stems('fail failed failure crash error problem issue');

function stems(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/).map(stemOf));
}

/** What a finding says of a word: that it is, that it is not, or both. */
type Said = Map<string, Set<boolean>>;

/** What one finding, or the line that a guess cites, tells: its words, whether they are denied, and the text in which its names stand. */
export interface Ground {
  readonly text: string;
  readonly said: Said;
  /** Whether it says that something is missing. */
  readonly absence: boolean;
  /** What its sentences say, without what they cite. */
  readonly clauses: readonly Clause[];
}

function hear(texts: readonly string[], into: Said): void {
  for (const text of texts)
    for (const { words, denied } of text.split('\n').flatMap(clausesOf))
      for (const word of words.keys()) into.set(word, (into.get(word) ?? new Set()).add(denied));
}

/** What texts tell; the first of them, which rules wrote, decide what they speak of, and later ones only what these do not. */
export function groundOf(...levels: readonly (readonly string[])[]): Ground {
  const said: Said = new Map();
  for (const level of levels) {
    const more: Said = new Map();
    hear(level, more);
    for (const [word, signs] of more) if (!said.has(word)) said.set(word, signs);
  }
  const clauses = (levels[0] ?? []).flatMap((text) => text.split('\n')).flatMap(clausesOf);
  const absence = clauses.some(
    ({ words, denied }) => denied && [...words.keys()].some((word) => ABSENCE.has(word) || word === 'no'),
  );
  return { text: levels.flat().join('\n'), said, absence, clauses };
}

/** The words and names of a finding: its summary decides, then the lines that it cites; its kind and its objects are no sentences. */
export function findingGround({ id, kind, aspect = '', object, involves, summary, citations }: Finding): Ground {
  const ground = groundOf(
    [summary],
    citations.map(({ quote }) => quote),
  );
  const names = [id, `${kind} ${aspect}`.replaceAll('-', ' '), kind, refText(object), object.name];
  const labels = [...names, ...involves.flatMap((ref) => [refText(ref), ref.name])];
  for (const { words } of labels.flatMap(clausesOf))
    for (const word of words.keys()) if (!ground.said.has(word)) ground.said.set(word, new Set([true, false]));
  return { ...ground, text: [ground.text, ...labels].join('\n') };
}

/** The first word with which a clause claims what this ground does not tell, or tells otherwise. */
function strange({ words, denied, cancelled }: Clause, ground: Ground): string | undefined {
  if (cancelled !== undefined && FAILURE.has(cancelled)) return cancelled;
  return [...words].find(([stem]) => {
    if (LANGUAGE.has(stem) || (denied && (STATES.has(stem) || (ground.absence && ABSENCE.has(stem))))) return false;
    return ground.said.get(stem)?.has(denied) !== true;
  })?.[1];
}

/** How names are found in a sentence, and looked for in a text. */
export interface Names {
  readonly claimsOf: (clause: string) => readonly string[];
  readonly standsIn: (claim: string, text: string) => boolean;
}

/**
 * The first name in a clause that the ground does not know; or that a clause without a word of its own says to be there or to be
 * so, where the ground says only that it is not: "`web-env` is there".
 */
function misnamed({ text, words, denied }: Clause, ground: Ground, { claimsOf, standsIn }: Names): string | undefined {
  const bare = !denied && [...words.keys()].every((stem) => LANGUAGE.has(stem) && !FAILURE.has(stem));
  return claimsOf(text).find((claim) => {
    if (!standsIn(claim, ground.text)) return true;
    const spoken = bare ? ground.clauses.filter((clause) => standsIn(claim, clause.text)) : [];
    return spoken.length > 0 && spoken.every((clause) => clause.denied);
  });
}

/** Where a name stands in a text as a word of its own; -1 where it does not. */
function placeOf(name: string, text: string): number {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1))
    if (!/[\w./-]$/.test(text.slice(0, at)) && !/^(?:\w|[./-]\w)/.test(text.slice(at + name.length))) return at;
  return -1;
}

/** Words before a name that make it who acts, or a part of what was named before it; a kind or an article may stand between. */
const TURNING =
  /\b(?:by|from|of|for|in|on|at|via|through|with|and|or|as|that|which|whose|where|when)\W*(?:(?:an?|the|its)\W+)?(?:[A-Za-z]+\W*)?$/i;

/** The order of two names in a clause: whether the first acts on the second; undefined where the words between leave it open. */
function acts(one: string, other: string, text: string): boolean | undefined {
  const [a, b] = [placeOf(one, text), placeOf(other, text)];
  if (a === -1 || b === -1 || a === b) return undefined;
  const between = a < b ? text.slice(a + one.length, b) : text.slice(b + other.length, a);
  return TURNING.test(between) || !/\p{L}{2}/u.test(between) ? undefined : a < b;
}

/** A name in a clause that has the part of another in what the ground says: "`db` cannot reach `web`" where `web` cannot reach `db`. */
function turned({ text }: Clause, ground: Ground, { claimsOf }: Names): string | undefined {
  const claims = [...new Set(claimsOf(text))].filter((claim) => /\p{L}/u.test(claim));
  return claims.find((one, at) =>
    claims.slice(at + 1).some((other) => {
      const said = acts(one, other, text);
      const known = ground.clauses.map((clause) => acts(one, other, clause.text));
      return said !== undefined && known.includes(!said) && !known.includes(said);
    }),
  );
}

/**
 * The first word of a sentence that none of the grounds carries; undefined when each clause of it is told by one of them alone:
 * its names and which of them does what to which, its words in any form, and whether it is so or is not so. "The database is down" is told by no refused connection,
 * "the Secret exists" by none that is missing, and what happened to one object by no finding of another.
 */
export function ungrounded(sentence: string, grounds: readonly Ground[], names: Names): string | undefined {
  for (const clause of clausesOf(sentence)) {
    const wrongs = grounds.map(
      (ground) => strange(clause, ground) ?? misnamed(clause, ground, names) ?? turned(clause, ground, names),
    );
    if (!wrongs.includes(undefined)) return wrongs[0] ?? sentence;
  }
  return undefined;
}
