import { equalJson } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import type { Stated } from '../wish.ts';
import type { PolicyFacts } from './fixer.ts';
import { parseImage, sameRepository } from './images.ts';

/** Whether a reference says which version it means. */
const isPinned = (image: string): boolean => {
  const { tag, digest } = parseImage(image);
  return digest !== undefined || (tag !== undefined && tag !== 'latest');
};

/** Marks of a sentence around a reference. */
const trimmed = (word: string): string => word.replace(/^[-=:]+|[-.:=]+$/g, '');

/**
 * Other versions of an image, each with who names it: what the code of violated policies wants in its place, and references to its
 * repository in what they say. A repository of another name is none. Only what a message says beside the image itself counts.
 */
export function versionsSaid(
  image: string,
  path: Path,
  wishes: readonly Stated[],
  policies: readonly PolicyFacts[],
): Map<string, string> {
  const wanted = wishes.flatMap(({ wish }) =>
    wish.kind === 'edit' &&
    wish.edit.op === 'set' &&
    typeof wish.edit.value === 'string' &&
    equalJson([...wish.edit.path], [...path, 'image'])
      ? [[wish.edit.value, 'the policy'] as const]
      : [],
  );
  const named = policies
    .flatMap(({ messages }) => messages.split(/[\s"'`(),;<>[\]{}]+/))
    .map((word) => [trimmed(word), "the policy's message"] as const);
  const isOther = ([word]: readonly [string, string]): boolean =>
    word !== image && isPinned(word) && sameRepository(word, image);
  const found = new Map<string, string>();
  // The first that names it counts.
  for (const [word, source] of [...wanted, ...named].filter(isOther)) if (!found.has(word)) found.set(word, source);
  return found;
}
