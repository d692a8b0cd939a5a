import { findObject } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { wordsOf } from '../../src/evidence/status/words.ts';
import { asObject, at, objects, text } from '../../src/json.ts';
import type { Finding } from './schema.ts';
import { about, type View } from './view.ts';

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

/** Whether a resource was made by another that tells of it in its status, as of the steps of a run. */
function isPartOf(part: SceneObject | undefined, whole: SceneObject | undefined): boolean {
  if (part === undefined || whole === undefined) return false;
  const owned = objects(at(part.object, 'metadata', 'ownerReferences')).some(
    ({ kind, name }) => kind === whole.ref.kind && name === whole.ref.name,
  );
  return owned && JSON.stringify(whole.object.status ?? '').includes(`"${part.ref.name}"`);
}

/**
 * Whether a custom resource is unwell because of another: one that it refers to, that its messages name as what they wait for, that its
 * spec names and its messages speak of, or that it made and that says as surely what went wrong.
 */
export function reliesOn(view: View, finding: Finding, other: Finding): boolean {
  if (other.kind !== 'custom-resource-unwell' || finding.kind !== 'custom-resource-unwell') return false;
  const [mine, its] = [finding.object, other.object];
  if (mine.kind === its.kind && mine.name === its.name) return false;
  if (mine.namespace !== undefined && its.namespace !== undefined && mine.namespace !== its.namespace) return false;
  const [me, it] = [findObject(view.scene, mine), findObject(view.scene, its)];
  if (isPartOf(it, me)) return other.confidence >= finding.confidence;
  if (isPartOf(me, it)) return false;
  if (referredTo(me?.object.spec).includes(its.name)) return true;
  const says = [finding.summary, ...about(view, mine).map((message) => message.text)];
  if (says.some((said) => said.includes(`${its.kind} "${its.name}"`) || said.includes(`${its.kind}/${its.name}`)))
    return true;
  // What the resource is called says nothing of what it complains of.
  const complaints = says.map((said) => lettersOf(said.replace(`${mine.kind} `, '')));
  return complaints.some((said) => said.includes(lettersOf(its.kind))) && names(me?.object.spec, its);
}
