import type { SceneObject } from '../../src/evidence/scene.ts';
import { at, strings } from '../../src/json.ts';
import type { Fact } from './facts.ts';
import { cite, citeAny, named, type View } from './view.ts';

const ASKS =
  /\b(?:who(?:se)?|which (?:team|squad|group|people|person))\b[^?]*\b(?:owns?|owner|maintains?|responsible|belongs?|in charge|runs)\b|\b(?:owner|owning team|maintainers?|contact|on-?call)\b[^?]*\b(?:of|for)\b|\bwhom? (?:do|should|can|must) (?:i|we) (?:ask|call|contact|reach)\b/i;
/** Keys of labels and annotations, without their prefix, under which people write whose something is. */
const OWNER =
  /^(?:team|owner|owners|owned-by|owner-?team|squad|tribe|maintainers?|contact|on-?call|slack(?:-channel)?|e-?mail|responsible|department)$/i;
const MAX_NAMED = 6;

/** What labels and annotations say of whose an object is. */
function ownersIn({ object }: SceneObject): string[] {
  const told = [
    ...Object.entries(strings(at(object, 'metadata', 'labels'))),
    ...Object.entries(strings(at(object, 'metadata', 'annotations'))),
  ];
  return told.filter(([key]) => OWNER.test(key.split('/').at(-1) ?? '')).map(([key, value]) => `${key}: ${value}`);
}

/** Whose the namespace, workload or other object is that a question names, as its labels and annotations say. */
export function ownerOf(question: string, view: View): Fact | undefined {
  if (!ASKS.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g) ?? []);
  const told = view.scene.objects.flatMap((source) => {
    const owners = words.has(source.ref.name) ? ownersIn(source) : [];
    return owners.length === 0 ? [] : [{ source, owners }];
  });
  if (told.length === 0) return undefined;
  return {
    summary: told
      .slice(0, MAX_NAMED)
      .map(({ source, owners }) => `${named(source.ref)} has ${owners.map((one) => `\`${one}\``).join(', ')}.`)
      .join(' '),
    citations: told
      .slice(0, MAX_NAMED)
      .flatMap(({ source, owners }) => cite(source, owners[0]?.split(': ')[1] ?? '') ?? citeAny(source) ?? []),
    alone: true,
  };
}
