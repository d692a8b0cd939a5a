import type { Edit, Path } from '../edits.ts';
import { areBeside, isReference, pathOfWish, type Stated, type Way, type Wish } from '../wish.ts';
import type { Question } from './fixer.ts';
import { aboutOf, isRemoval } from './stated-words.ts';

/** More ways than these are not offered. */
export const MOST_ALTERNATIVES = 6;

const KEPT: Readonly<Record<string, string>> = {
  storage: '; a claim that exists cannot shrink',
  storageClassName: '; a claim that exists keeps its class',
};

/** What Kubernetes never changes of an object that is there. */
export const keptOf = (path: Path): string => KEPT[String(path.at(-1))] ?? '';

/** Whether there are several ways out, each a value of another place: a smaller claim, or another class. */
export function liesApart({ ways = [] }: Stated): boolean {
  const places = ways.flatMap((way) => {
    const [only, ...more] = way;
    return only?.kind === 'edit' && !isRemoval(only) && more.length === 0 ? [pathOfWish(only).join('\0')] : [];
  });
  return places.length === ways.length && new Set(places).size === ways.length && ways.length > 1;
}

/**
 * Ways of which any would do, or the one of which it is not known whether others would: which of them, if any, is a matter of what
 * the object is for. One question for all, asked with the first of them.
 */
export function alternatives({ wish, ways = [] }: Stated, allowed: (wish: Wish) => boolean): Question[] {
  const isEdit = (other: Wish): other is Extract<Wish, { kind: 'edit' }> =>
    other.kind === 'edit' && !isRemoval(other) && allowed(other);
  const whole = ways.flatMap((way) => (way.length > 0 && way.every(isEdit) ? [way.filter(isEdit)] : []));
  const [first] = whole;
  if (first?.[0] !== wish) return [];
  const said = (edits: readonly Edit[]): string =>
    edits
      .map((edit) => `${edit.path.join('.')} ${edit.op === 'remove' ? 'gone' : JSON.stringify(edit.value)}`)
      .join(' and ');
  const choices = whole.slice(0, MOST_ALTERNATIVES).map((way) => {
    const edits = way.map(({ edit }) => edit);
    const [edit] = edits;
    const value = edit === undefined || edit.op === 'remove' ? null : edit.value;
    return {
      value,
      source: `the policy, which accepts ${said(edits)}${edit === undefined ? '' : keptOf(edit.path)}`,
      edits,
    };
  });
  const among = (sources: ReadonlySet<string>): string =>
    `Will ${choices.flatMap(({ edits, source }) => (sources.has(source) ? [said(edits)] : [])).join(', or ')} do?`;
  const question = among(new Set(choices.map(({ source }) => source)));
  const { path } = first[0].edit;
  return [{ question, among, path, about: aboutOf(path), whole: true, trial: choices[0]?.edits ?? [], choices }];
}

/**
 * Which other object is meant, where its name and its kind or group both change: one question, asked with the first of the ways
 * that name another one there. Undefined for any other way.
 */
export function otherReference(one: Stated, allowed: (wish: Wish) => boolean): Question[] | undefined {
  const { wish, way = [], ways = [] } = one;
  const names = (other: Way): boolean => {
    const paths = other.map(pathOfWish);
    return (
      paths.some(isReference) &&
      paths.every((path) => areBeside(path, pathOfWish(wish))) &&
      other.every((each) => each.kind === 'edit' && !isRemoval(each) && allowed(each))
    );
  };
  const all = ways.filter(names);
  return names(way) && all.some(({ length }) => length > 1)
    ? alternatives({ ...one, wish, ways: all }, allowed)
    : undefined;
}
