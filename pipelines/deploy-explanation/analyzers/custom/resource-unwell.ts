import { describe, list } from '../../../../src/evidence/commands/kubectl.ts';
import { typeOf } from '../../../../src/evidence/commands/names.ts';
import type { Command } from '../../../../src/evidence/commands/shell.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { type ObjectRef, refKey } from '../../../../src/evidence/model.ts';
import { findObject } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { complaintsIn, judge } from '../../../../src/evidence/status/judge.ts';
import { asArray, asObject, at, type Json, objects, text } from '../../../../src/json.ts';
import { ends } from '../../excerpt.ts';
import { makerOf } from '../../relies.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { isCustom } from './own-words.ts';

/** What a resource says that it was made for, where that is seen. */
function ownerOf(view: View, { ref, object }: SceneObject): SceneObject | undefined {
  const [owner] = objects(at(object, 'metadata', 'ownerReferences'));
  const [kind, name] = [text(owner?.kind), text(owner?.name)];
  if (kind === undefined || name === undefined) return undefined;
  return findObject(view.scene, { kind, name, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) });
}

/** Whether the name of a resource says that the maker of another made it for that one. */
function namedFor(part: ObjectRef, ref: ObjectRef): boolean {
  if (ref.kind === part.kind || ref.namespace !== part.namespace || !part.name.startsWith(`${ref.name}-`)) return false;
  // A row does not tell who made it; the rest of a name that is numbers alone does.
  if (part.apiVersion === undefined) return NUMBERED.test(part.name.slice(ref.name.length));
  return makerOf(ref.apiVersion) === makerOf(part.apiVersion);
}

/** `-1-2817739002-1180492234`: how controllers number what they make for one thing after the other. */
const NUMBERED = /^(?:-\d+)*-\d{4,}$/;

/** Whether a resource is not ready and does not say that anything went wrong. */
function waits({ object }: SceneObject): boolean {
  const judgement = judge(object);
  return judgement?.is === 'under-way' || (judgement?.is === 'unwell' && !judgement.sure);
}

/** Owners may be written in a circle. */
const MAX_HOPS = 5;

/**
 * What a resource was made for, by its owners or as controllers name what they make (`shop-tls-1-3120446781` for the Certificate
 * `shop-tls`): the resource of the same maker that a person wrote, where it waits and does not say why.
 */
function wholeOf(view: View, part: SceneObject, hops = 0): SceneObject | undefined {
  const owner = ownerOf(view, part);
  if (owner !== undefined) {
    if (hops === MAX_HOPS || !isCustom(owner.ref) || !waits(owner)) return undefined;
    // What another maker composes of it is a thing beside it, and not what it is a part of.
    const makers = [owner, part].map(({ ref: { apiVersion } }) => apiVersion && makerOf(apiVersion));
    if (makers.every((maker) => maker !== undefined) && makers[0] !== makers[1]) return undefined;
    return wholeOf(view, owner, hops + 1) ?? owner;
  }
  return view.scene.objects
    .filter((one) => isCustom(one.ref) && namedFor(part.ref, one.ref) && waits(one))
    .toSorted((a, b) => a.ref.name.length - b.ref.name.length)[0];
}

/** An hour: a warning that is older, or came but once, may be history. */
const RECENT = 3600;

/** What is only reported of others, as policies do that audit: it is no state of the resource. */
const REPORTED = /Violation|Audit|DryRun/;

/** Whether the same warning came with other numbers, too: `success rate 91.42% < 99%`. */
function measuredAgain({ text: said }: Message, all: readonly Message[]): boolean {
  const alike = (text: string) => text.replace(new RegExp(NUMBER, 'g'), '0');
  return NUMBER.test(said) && all.some((other) => other.text !== said && alike(other.text) === alike(said));
}

const NUMBER = /(?<![\w.-])\d+(?:\.\d+)?(?=%|m?s\b|[\s,;)]|$)/;

/** The newest warning that comes again about a resource whose status does not say the same: its controller often tells the reason there alone. */
function warningOf(view: View, ref: ObjectRef, says: string): Message | undefined {
  const events = about(view, ref)
    .filter(({ origin }) => origin === 'event')
    .toSorted((a, b) => (a.age ?? 0) - (b.age ?? 0));
  if (events[0]?.warning !== true || (events[0].age ?? 0) > RECENT) return undefined;
  // What came again says why; what came once after it, that the controller gave up.
  const again =
    events.find(
      (one) =>
        one.warning === true && (one.since !== undefined || measuredAgain(one, events)) && (one.age ?? 0) <= RECENT,
    ) ??
    // A list without counts does not tell how often: of what is unwell now, the last word counts.
    (events.every(({ since }) => since === undefined) ? events[0] : undefined);
  if (again === undefined || REPORTED.test(again.reason)) return undefined;
  const [said, told] = [again.text.trim().slice(0, 60), says.trim().slice(0, 60)];
  return says.includes(said) || again.text.includes(told) ? undefined : again;
}

/** A field that a message speaks of: `spec.dataFrom[0].extract`. */
const FIELD = /\bspec(?:\.[A-Za-z][\w-]*(?:\[\d+\])?)+/g;
/** Members that name something. */
const NAMING = /(?:key|name|path|id|url|host|property|version|ref)$/i;
const MAX_NAMED = 3;

/** What stands in the fields that a message speaks of and does not quote: the names in them, if any. */
function fieldsNamed(object: Json, said: string): string {
  const named = [...new Set(said.match(FIELD) ?? [])].flatMap((field) => {
    let value: unknown = object;
    for (const step of field.split(/[.[\]]+/).filter(Boolean)) {
      const index = /^\d+$/.test(step);
      // A list of one that is described prints like an object.
      if (!index || Array.isArray(value)) value = index ? asArray(value)[Number(step)] : at(value, step);
    }
    const members = Object.entries(asObject(value)).flatMap(([key, one]) =>
      NAMING.test(key) && typeof one === 'string' && one !== '' && !said.includes(one) ? [`${key} \`${one}\``] : [],
    );
    return members.length === 0 ? [] : [`${field} has ${members.slice(0, MAX_NAMED).join(', ')}`];
  });
  return named.length === 0 ? '' : ` (${named.slice(0, MAX_NAMED).join('; ')})`;
}

/** Shows all of a resource; undefined for one that is in no cluster. */
function statusOf(ref: ObjectRef): Command | undefined {
  const type = typeOf(ref);
  return type === undefined ? undefined : (describe(ref) ?? list(type, ref, '-o', 'yaml'));
}

/** Custom resources of which nothing is shown but events, the newest of which are warnings that come again. */
function onlyWarned(view: View): Draft[] {
  const found = new Map<string, Message[]>();
  for (const message of view.messages) {
    const { object, origin } = message;
    if (origin !== 'event' || object === undefined || !isCustom(object)) continue;
    const known = findObject(view.scene, object);
    if (known !== undefined && judge(known.object) !== undefined) continue;
    const key = refKey(object);
    found.set(key, [...(found.get(key) ?? []), message]);
  }
  return [...found.values()].flatMap((messages): Draft[] => {
    const newest = messages.toSorted((a, b) => (a.age ?? 0) - (b.age ?? 0))[0];
    const ref = newest?.object;
    if (newest?.warning !== true || ref === undefined || REPORTED.test(newest.reason)) return [];
    if (newest.since === undefined || (newest.age ?? 0) > RECENT) return [];
    return [
      {
        object: ref,
        summary: `${named(ref)} is warned of again and again: ${newest.text.slice(0, 600)}`,
        confidence: 0.72,
        severity: 'degraded',
        citations: [newest.cite()],
        remedies: [look('Read all of its status', describe(ref))],
      },
    ];
  });
}

export const resourceUnwell: Analyzer = {
  kind: 'custom-resource-unwell',
  stage: 'custom',
  depth: DEPTH.custom,
  title: 'A custom resource says that it is unwell',
  about:
    'status.conditions, a phase, a state, a flag or an error of any resource that no other kind covers says failed, degraded, invalid or the like, wherever in its status; or, where only its events are seen, the newest are warnings that come again.',
  remedy: 'Read its message; look at the log of its controller.',
  find: (view) => [
    ...onlyWarned(view),
    ...view.scene.objects.flatMap((source): Draft[] => {
      const { ref, object } = source;
      if (!isCustom(ref)) return [];
      const judgement = judge(object);
      if (judgement?.is !== 'unwell') return [];
      const whole = wholeOf(view, source);
      const complaints = complaintsIn(judgement.because);
      const cited = complaints.map(
        ({ statement }) => statement.needles.flatMap((needle) => cite(source, needle) ?? [])[0],
      );
      const says = complaints.map((complaint) => ends(complaint.says, 600)).join('; ');
      const warning = warningOf(view, ref, says);
      return [
        {
          object: whole?.ref ?? ref,
          summary: `${whole === undefined ? '' : `${named(whole.ref)} does not become ready: `}${named(ref)} is unwell: ${says.slice(0, 900)}${warning === undefined ? '' : `; it is warned of: ${warning.text.slice(0, 300)}`}${fieldsNamed(object, `${says} ${warning?.text ?? ''}`)}`,
          confidence: judgement.sure ? (judgement.because[0]?.own === true ? 0.88 : 0.8) : 0.7,
          severity: 'degraded',
          ...(whole === undefined ? {} : { involves: [ref] }),
          citations: [
            ...(cited.some((citation) => citation !== undefined) ? cited : [citeAny(source)]),
            warning?.cite(),
          ],
          remedies: [look('Read all of its status', statusOf(ref))],
        },
      ];
    }),
  ],
};
