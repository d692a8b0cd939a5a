import { readCommand } from './command.ts';
import type { EvidenceItem } from './model.ts';
import type { SceneObject } from './scene.ts';

const KNOWN = new Map<string, string | undefined>();
/** Commands whose cluster is remembered: a scene has many rows of few commands. */
const MOST = 500;

/** The cluster that a command asks, as far as its flags say. */
export function clusterOf(command: string | undefined): string | undefined {
  if (command === undefined || !/\s--(?:context|kube-context|kubeconfig|cluster|server)\b/.test(command))
    return undefined;
  if (KNOWN.size > MOST) KNOWN.clear();
  if (!KNOWN.has(command)) KNOWN.set(command, readCommand(command).cluster);
  return KNOWN.get(command);
}

/** The clusters that commands which showed an object asked, as far as flags say (`default` where none does); none without a command. */
function askedClusters({ sightings }: SceneObject): ReadonlySet<string> {
  return new Set(sightings.flatMap(({ item: { command } }) => (command ? [clusterOf(command) ?? 'default'] : [])));
}

/** Whether two objects can be of one cluster: a command that asked the same one showed both, or none is known to have shown one of them. */
export function mayShareCluster(one: SceneObject, other: SceneObject): boolean {
  const [own, others] = [askedClusters(one), askedClusters(other)];
  return own.size === 0 || others.size === 0 || [...own].some((cluster) => others.has(cluster));
}

/** Words of a text; a context's name may have more than one of them. */
const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Whether a text has a name as a whole, not as a part of another. */
const hasName = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\w./:-])${escaped(name)}(?![\\w/:-]|\\.\\w)`, 'i').test(text);

/** Whether a question says a word of a context as a place: `in prod`, `on the stage cluster`, `cluster eu`. */
const isPlace = (question: string, word: string): boolean =>
  new RegExp(
    `\\b(?:in|on|cluster|context)[\\s:]+(?:the\\s+|our\\s+)?["'\`]?${word}(?![\\w-])|(?<![\\w-])${word}["'\`]?\\s+(?:cluster|context)\\b`,
    'i',
  ).test(question);

/** Whether a word is what something in the evidence is called: a namespace or an object that a command, a manifest or a table names. */
function isCalled(items: readonly EvidenceItem[], word: string): boolean {
  const command = new RegExp(`\\s(?:-n|--namespace)[\\s=]${word}(?=\\s|$)|[\\s/]${word}(?=\\s|$)`);
  const shown = new RegExp(`^(?:[a-z0-9-]+ {2,})?${word} {2,}|\\b(?:name|namespace)"?: *"?${word}"?,?\\s*$`, 'im');
  return items.some(
    (item) => command.test((item.command ?? '').replace(/\s--(?:kube-)?context[\s=]\S+/, '')) || shown.test(item.text),
  );
}

/**
 * Of evidence from several clusters that of the one that the question is about, where it names one of them and not the others: by all of
 * its name, or by a word that no other's name has and that is said as a place and is nothing else's name; what no flag places stays. Also
 * the clusters that were left out.
 */
export function ofClusterAsked<T extends EvidenceItem>(
  items: readonly T[],
  question: string,
): { readonly items: readonly T[]; readonly left: readonly string[] } {
  const clusters = [...new Set(items.flatMap(({ command }) => clusterOf(command) ?? []))];
  if (clusters.length < 2 || question === '') return { items, left: [] };
  const asked = new Set(wordsOf(question));
  const named = clusters.filter((cluster) => {
    const words = wordsOf(cluster);
    if (words.length > 1 && hasName(question, cluster)) return true;
    const strange = new Set(clusters.filter((other) => other !== cluster).flatMap(wordsOf));
    return words.some((word) => word.length > 1 && !strange.has(word) && asked.has(word));
  });
  const [only, ...others] = named;
  if (only === undefined || others.length > 0) return { items, left: [] };
  const whole = wordsOf(only).length > 1 && hasName(question, only);
  const said = wordsOf(only).some((word) => word.length > 1 && isPlace(question, word) && !isCalled(items, word));
  if (!whole && !said) return { items, left: [] };
  const kept = items.filter(({ command }) => (clusterOf(command) ?? only) === only);
  return { items: kept, left: clusters.filter((cluster) => cluster !== only) };
}
