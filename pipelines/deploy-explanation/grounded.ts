import { refText } from '../../src/evidence/model.ts';
import type { Finding } from './schema.ts';

/** Words of language, and what any failed deploy is told with: they claim no state and no cause of their own. */
const LANGUAGE = new Set(
  `about above after again against all already also although and another any are around because been before being below
between both but can cannot cause caused causes causing could current currently did does doing due during each either
even every for from had has have having here how however indeed instead into its itself just like made make makes
many may means meant might more most much neither never nor not now off once one only other others our out over own
prevent prevented preventing prevents rather reason result resulting results same several shall should since some
such than that the their them then there therefore time times these they this those though through thus too under unless until
upon use used uses using very via was well were what when where whether which while who whose why will with within
without would yet you your
deploy deployed deployment deployments pod pods container containers program application workload cluster kubernetes
fail failed failing fails failure error errors problem issue unable try tried tries trying attempt attempts
start started starting starts stop stops stopped run runs running set sets named called given known
finding findings evidence log logs line lines message says said shows shown states stated indicates indicating suggests
root object specific specified following value values`.split(/\s+/),
);

/** How much of a word must stand in another for the two to be forms of one. */
function stemOf(word: string): string {
  return word.length <= 4 ? word : word.slice(0, Math.max(4, word.length - 3));
}

function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
}

/** The words with which findings, and the lines that they cite, say what is. */
export function wordsOf(findings: readonly Finding[], quotes: readonly string[] = []): string[] {
  const said = findings.flatMap(({ kind, aspect = '', object, involves, summary, citations }) => [
    ...[kind, aspect, refText(object), summary],
    ...involves.map(refText),
    ...citations.map(({ quote }) => quote),
  ]);
  return [...new Set([...said, ...quotes].flatMap(wordsIn))];
}

/**
 * The first word of a sentence that tells of something, and that no form of stands among the words given. A sentence with
 * such a word claims a state or a cause that nothing proves: "the database is down", where a connection was refused.
 * Identifiers and what is quoted are checked elsewhere (`claimsOf`).
 */
export function ungrounded(sentence: string, words: readonly string[]): string | undefined {
  const plain = sentence
    .replace(/`[^`]*`|"[^"]*"/g, ' ')
    .split(/\s+/)
    .filter((word) => !/\d|[A-Za-z][-_./:@=][A-Za-z]|[a-z][A-Z]/.test(word))
    .join(' ');
  return wordsIn(plain).find((word) => !LANGUAGE.has(word) && !words.some((known) => known.startsWith(stemOf(word))));
}
