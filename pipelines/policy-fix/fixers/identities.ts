import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { FIRST_OF_PEOPLE } from '../defaults.ts';
import { append, type Path, set } from '../edits.ts';
import { type Container, containersOf, type FixContext, type Fixer, type Proposal, podSpecPath } from './fixer.ts';
import { leaves } from './parameters.ts';

/** An id within bounds: the usual one, or else the lowest. */
const idWithin = (least: number, most: Json | undefined): number =>
  least <= FIRST_OF_PEOPLE && !(typeof most === 'number' && most < FIRST_OF_PEOPLE) ? FIRST_OF_PEOPLE : least;

/** The `min` and `max` that a policy's parameters give for an id: `ranges: [{ min: 100, max: 200 }]`. */
const rangesOf = (policies: FixContext['policies'], id: string): { min: number; max: Json | undefined }[] =>
  policies
    .flatMap(({ parameters }) => [...leaves(parameters)])
    .flatMap(({ path, value }) =>
      isObject(value) && typeof value.min === 'number' && path.includes(id) ? [{ min: value.min, max: value.max }] : [],
    );

/** An id within what a policy's parameters give for it. */
function acceptedId(policies: FixContext['policies'], id: string): number | undefined {
  const [first] = rangesOf(policies, id);
  return first && idWithin(first.min, first.max);
}

/** Users and groups of a pod's volumes and processes, as a policy's parameters bound them. */
function groups({ policies }: FixContext, pod: Path, spec: Json): Proposal[] {
  return ['fsGroup', 'runAsGroup', 'runAsUser'].flatMap((id): Proposal[] => {
    const wanted = acceptedId(policies, id);
    if (wanted === undefined) return [];
    return [
      {
        by: 'identities',
        summary: `pod: ${id} ${wanted}, which the policy accepts`,
        note: 'files the program needs must belong to that id',
        edits: valueAt(spec, ['securityContext', id]) === wanted ? [] : [set([...pod, 'securityContext', id], wanted)],
        cost: 3,
      },
    ];
  });
}

/** The one id within bounds that the pod, or its other containers, have already; undefined where none or several do. */
function idBeside(object: FixContext['object'], spec: Json, id: string, { min, max }: JsonObject): number | undefined {
  const all = [spec, ...containersOf(object).map(({ json }) => json)].map((each) =>
    valueAt(each, ['securityContext', id]),
  );
  const within = all.filter(
    (one) =>
      typeof one === 'number' && typeof min === 'number' && one >= min && !(typeof max === 'number' && one > max),
  );
  const [first, ...others] = new Set(within);
  return others.length === 0 && typeof first === 'number' ? first : undefined;
}

/** Capabilities to drop and ids to run as that a policy's parameters give one by one. */
function byParameters({ object, policies }: FixContext, { path, name, json }: Container, spec: Json): Proposal[] {
  const found: Proposal[] = [];
  for (const { path: keys, value } of policies.flatMap(({ parameters }) => [...leaves(parameters)])) {
    const words = keys.join('.').toLowerCase();
    if (typeof value === 'string' && /drop/.test(words) && /^[A-Z][A-Z_]+$/.test(value)) {
      found.push({
        by: 'identities',
        summary: `container ${name}: drop capability ${value}`,
        note: 'what needs it will fail',
        edits: [append([...path, 'securityContext', 'capabilities', 'drop'], value)],
        cost: 2,
      });
    }
    const id = ['runAsUser', 'runAsGroup'].find((key) => words.includes(key.toLowerCase()));
    if (id && isObject(value) && typeof value.min === 'number') {
      const current = valueAt(json, ['securityContext', id]);
      if (typeof current === 'number' && current >= value.min) continue;
      const wanted = idBeside(object, spec, id, value) ?? idWithin(value.min, value.max);
      found.push({
        by: 'identities',
        summary: `container ${name}: ${id} ${wanted}, which the policy accepts`,
        note: 'files the program needs must belong to that id',
        edits: [set([...path, 'securityContext', id], wanted)],
        // What the pod says for all its containers is put right there.
        cost: current === undefined && valueAt(spec, ['securityContext', id]) !== undefined ? 4 : 2,
      });
    }
  }
  return found;
}

/** Ids of users and groups within the bounds of a policy's parameters; groups beside them are those that files belong to, and asked. */
export const identities: Fixer = {
  name: 'identities',
  propose(context) {
    const pod = podSpecPath(context.object);
    if (!pod) return [];
    const spec = valueAt(context.object, pod) as Json;
    return [
      ...groups(context, pod, spec),
      ...containersOf(context.object).flatMap((container) => byParameters(context, container, spec)),
    ];
  },
  ask({ object, policies }) {
    const pod = podSpecPath(object);
    const ranges = rangesOf(policies, 'supplementalGroups');
    const [first] = ranges;
    if (!pod || !first) return [];
    const path = [...pod, 'securityContext', 'supplementalGroups'];
    const now = valueAt(object, path);
    const kept = (Array.isArray(now) ? now : []).filter(
      (group) =>
        typeof group === 'number' &&
        ranges.some(({ min, max }) => group >= min && !(typeof max === 'number' && group > max)),
    );
    const groups = kept.length > 0 ? kept : [idWithin(first.min, first.max)];
    return [
      {
        question: `Will ${JSON.stringify(groups)} do for ${path.join('.')}? Files that the program reads may belong to other groups.`,
        path,
        about: ['supplementalgroups'],
        trial: [set(path, groups)],
        choices: [{ value: groups, source: 'the policy, which accepts it', edits: [set(path, groups)] }],
      },
    ];
  },
};
