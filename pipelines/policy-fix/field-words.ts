import type { Path } from './edits.ts';
import { isLabel } from './wish.ts';

/** Fields that take one of a few words. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  concurrencyPolicy: ['Forbid', 'Replace', 'Allow'],
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  externalTrafficPolicy: ['Local', 'Cluster'],
  pathType: ['Prefix', 'Exact', 'ImplementationSpecific'],
  dnsPolicy: ['ClusterFirst', 'Default', 'None'],
  imagePullPolicy: ['Always', 'IfNotPresent'],
  persistentVolumeReclaimPolicy: ['Retain', 'Delete'],
};

/** The words that a field takes; none where it takes others as well. */
export const wordsOf = (path: Path): readonly string[] => WORDS[String(path.at(-1))] ?? [];

/** A word that is compared without regard to case as it is written at a path; undefined where that is not known. */
export function asWritten(path: Path, word: string): string | undefined {
  if (isLabel(path)) return word;
  if (path.includes('capabilities')) return word.toUpperCase();
  return wordsOf(path).find((known) => known.toLowerCase() === word.toLowerCase());
}
