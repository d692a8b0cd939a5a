import { UNANSWERED } from '../../src/evidence/calls.ts';
import { inOtherNamespace, type ObjectRef } from '../../src/evidence/model.ts';
import { findObject } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { ONE_TIME } from '../../src/evidence/status/judge.ts';
import { wordsOf } from '../../src/evidence/status/words.ts';
import { asObject, at, objects, text } from '../../src/json.ts';
import type { Finding } from './schema.ts';
import { about, named, type View } from './view.ts';

const MAX_DEPTH = 6;
const MAX_MEMBERS = 50;

/** Names in fields that refer to another object: `issuerRef`, `secretStoreRef`, `sourceRef`, `dependsOn` …, wherever in a spec. */
function referredTo(value: unknown, depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).flatMap((member) => referredTo(member, depth + 1));
  return Object.entries(asObject(value)).flatMap(([key, member]) => [
    ...(/Refs?$|^dependsOn$/.test(key) ? [member].flat().flatMap((one) => text(at(one, 'name')) ?? []) : []),
    ...referredTo(member, depth + 1),
  ]);
}

/** Whether a field is called after a kind, by its last words at least: `clusterQueue`, `storageLocation` of a BackupStorageLocation. */
function isCalledAfter(key: string, kind: string): boolean {
  const words = wordsOf(key)
    .join(' ')
    .replace(/ (?:refs?|names?)$/, '');
  return ` ${wordsOf(kind).join(' ')}`.endsWith(` ${words}`);
}

/** The last two parts of the domain of an API group: resources of one maker share it. */
export const makerOf = (group = '') => group.split('/')[0]?.split('.').slice(-2).join('.');

/** Whether a spec names an object: by its kind and name, or by its name in a field that is called after its kind. */
function names(value: unknown, its: { readonly kind: string; readonly name: string }, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).some((member) => names(member, its, depth + 1));
  const map = asObject(value);
  if (map.kind === its.kind && map.name === its.name) return true;
  return Object.entries(map).some(([key, member]) =>
    typeof member === 'string' ? member === its.name && isCalledAfter(key, its.kind) : names(member, its, depth + 1),
  );
}

const lettersOf = (said: string) => said.toLowerCase().replaceAll(/[^a-z]/g, '');

/** The keys of labels by which a resource names another of the same maker: `policy` of `nmstate.io/policy`. */
function labelsOf(one: SceneObject, other: SceneObject): string[] {
  const maker = makerOf(other.ref.apiVersion);
  return Object.entries(asObject(at(one.object, 'metadata', 'labels'))).flatMap(([label, value]) => {
    const [domain, key] = label.split('/');
    return key !== undefined && value === other.ref.name && makerOf(domain) === maker ? [key] : [];
  });
}

/**
 * Whether a resource was made for another, by its owners or a label of their maker. What does one piece of work only counts where the other
 * tells of it in its status: a backup that failed is not why a database is down.
 */
function isPartOf(part: SceneObject | undefined, whole: SceneObject | undefined): boolean {
  if (part === undefined || whole === undefined) return false;
  const owned = objects(at(part.object, 'metadata', 'ownerReferences')).some(
    ({ kind, name }) => kind === whole.ref.kind && name === whole.ref.name,
  );
  if (!owned && !labelsOf(part, whole).some((key) => isCalledAfter(key, whole.ref.kind))) return false;
  return !ONE_TIME.test(part.ref.kind) || JSON.stringify(whole.object.status ?? '').includes(`"${part.ref.name}"`);
}

/** Where a text has a word that stands alone: no character of `inner` is beside it. */
function placeOf(said: string, word: string, inner: RegExp): number | undefined {
  if (word === '') return undefined;
  for (let at = said.indexOf(word); at >= 0; at = said.indexOf(word, at + 1)) {
    const [before, after, next] = [said[at - 1] ?? '', said[at + word.length] ?? '', said[at + word.length + 1] ?? ''];
    // A full stop ends a sentence, or goes on in a name.
    const goesOn = after === '.' ? inner.test('.') && /\w/.test(next) : inner.test(after);
    if (!inner.test(before) && !goesOn) return at;
  }
  return undefined;
}

/** How many characters a message may have between the kind and the name of an object. */
const NEAR = 60;

/** Whether a message names an object, its kind and its name near one another, in whatever order. */
function isNamedIn(said: string, { kind, name }: ObjectRef): boolean {
  const [place, of] = [placeOf(said, name, /[\w.-]/), placeOf(said, kind, /\w/)];
  if (place === undefined || of === undefined) return false;
  return (place < of ? of - place - name.length : place - of - kind.length) <= NEAR;
}

/**
 * Whether a custom resource is unwell because of another: one that it refers to, that its messages name as what they wait for, that its
 * spec names and its messages speak of, one that it calls in vain and that its maker's label says it belongs to, or that is a part of it
 * and says as surely what went wrong.
 */
export function reliesOn(view: View, finding: Finding, other: Finding): boolean {
  if (other.kind !== 'custom-resource-unwell' || finding.kind !== 'custom-resource-unwell') return false;
  const [mine, its] = [finding.object, other.object];
  if (mine.kind === its.kind && mine.name === its.name) return false;
  if (inOtherNamespace(mine, its)) return false;
  const [me, it] = [findObject(view.scene, mine), findObject(view.scene, its)];
  if (isPartOf(it, me) && other.confidence >= finding.confidence) return true;
  if (isPartOf(me, it) && finding.confidence >= other.confidence) return false;
  if (referredTo(me?.object.spec).includes(its.name)) return true;
  // What the resource itself is called says nothing of what it complains of.
  const says = [finding.summary, ...about(view, mine).map((message) => message.text)].map((said) =>
    said.replaceAll(named(mine), ''),
  );
  if (says.some((said) => isNamedIn(said, its))) return true;
  if (me !== undefined && it !== undefined && labelsOf(me, it).length > 0 && says.some((said) => UNANSWERED.test(said)))
    return true;
  return says.some((said) => lettersOf(said).includes(lettersOf(its.kind))) && names(me?.object.spec, its);
}
