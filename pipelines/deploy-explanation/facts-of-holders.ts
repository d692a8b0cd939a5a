import { kindOf } from '../../src/evidence/kinds.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import type { Fact } from './facts.ts';
import { cite, citeAny, named, type View } from './view.ts';

const WHICH = /\b(?:which|what|who|find|whose)\b/i;
const WORD = /[A-Za-z0-9](?:[\w.:/-]*[A-Za-z0-9])?/g;
/** Identifiers of volumes and objects, addresses of pods and Services, names of hosts: nobody writes them but to find who has them. */
const IDENTIFIER = /^(?=.*\d)(?=.*[.:/-])[\w.:/-]{7,}$/;
const MAX_NAMED = 8;
const MAX_DEPTH = 8;

/** Where a value stands in an object, as a dotted path; not in its status' and metadata's lists of who wrote what. */
function placeOf(value: unknown, wanted: string, path: readonly string[] = []): string | undefined {
  if (value === wanted) return path.join('.');
  if (path.length >= MAX_DEPTH || value === null || typeof value !== 'object') return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (key === 'managedFields' || key === 'annotations') continue;
    const found = placeOf(item, wanted, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Which objects of a kind have what a question names: `which PVC uses the volume pvc-7c1e…?`, `which pod has the address 10.3.40.17?` */
export function holdersOf(question: string, view: View): Fact | undefined {
  if (!WHICH.test(question)) return undefined;
  const words = question.match(WORD) ?? [];
  const kinds = new Set(words.flatMap((word) => kindOf(word.toLowerCase()) ?? []));
  const wanted = words.filter((word) => IDENTIFIER.test(word));
  for (const word of wanted) {
    const holders = view.scene.objects.flatMap((source: SceneObject) => {
      if (!kinds.has(source.ref.kind) || source.ref.name === word) return [];
      const place = placeOf(source.object, word);
      return place === undefined ? [] : [{ source, place }];
    });
    if (holders.length === 0) continue;
    const shown = holders.slice(0, MAX_NAMED);
    const more = holders.length - shown.length;
    return {
      summary: `\`${word}\` is in ${shown.map(({ source, place }) => `${named(source.ref)} (${place})`).join(', ')}${more > 0 ? ` and ${more} more` : ''}, of what the evidence shows.`,
      citations: shown.flatMap(({ source }) => cite(source, word) ?? citeAny(source) ?? []),
      alone: true,
    };
  }
  return undefined;
}
