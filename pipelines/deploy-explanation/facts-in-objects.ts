import { variablesOf } from '../../src/evidence/calls.ts';
import { kindOf, WORKLOADS } from '../../src/evidence/kinds.ts';
import type { ObjectRef } from '../../src/evidence/model.ts';
import { podSpecOf, templateSpecOf, usesOf, workloadOf } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { at, objects, strings, text } from '../../src/json.ts';
import { askedFor } from './asked-workloads.ts';
import type { Fact } from './facts.ts';
import { millisOf } from './moments.ts';
import { cite, citeAny, named, type View } from './view.ts';

const MAX_NAMED = 8;
const MAX_VALUE = 200;
const WORD = /[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g;

const wordsOf = (question: string): string[] => question.match(WORD) ?? [];

/** `a, b and c`, of many the first. */
function enumerated(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED);
  const more = names.length > shown.length ? [`${names.length - shown.length} more`] : [];
  const all = [...shown, ...more];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** The spec of the pods that an object is, or makes. */
function specIn(view: View, source: SceneObject): unknown {
  return source.ref.kind === 'Pod' ? podSpecOf(view.scene, source) : templateSpecOf(source.object);
}

/** Everything that runs pods or is one. */
function runners(view: View): SceneObject[] {
  return view.scene.objects.filter(({ ref }) => ref.kind === 'Pod' || WORKLOADS.includes(ref.kind));
}

const USES =
  /\b(?:us(?:e[sd]?|ing)|mount(?:s|ed|ing)?|reads?|referenc\w+|refers?|consum\w+|needs?|depends?|(?:takes?|gets?|draws?|fetch(?:es)?)\b[^?]*\bfrom)\b/i;
const WHO = /\b(?:which|what|who|how many|list|all)\b/i;

/** All that a pod spec names, also what it can do without, and what its image is pulled with. */
function namesIn(spec: unknown): { kind: string; name: string }[] {
  const one = (kind: string, name: unknown) => (typeof name === 'string' && name !== '' ? [{ kind, name }] : []);
  const pulls = objects(at(spec, 'imagePullSecrets')).flatMap(({ name }) => one('Secret', name));
  const projected = objects(at(spec, 'volumes')).flatMap((volume) =>
    objects(at(volume, 'projected', 'sources')).flatMap((source) => [
      ...one('Secret', at(source, 'secret', 'name')),
      ...one('ConfigMap', at(source, 'configMap', 'name')),
    ]),
  );
  const account = one('ServiceAccount', at(spec, 'serviceAccountName') ?? at(spec, 'serviceAccount'));
  return [...usesOf(spec), ...pulls, ...projected, ...account];
}

/** Which workloads use a Secret, ConfigMap, claim or service account that the question names. */
export function usersOf(question: string, view: View): Fact | undefined {
  if (!USES.test(question) || !WHO.test(question)) return undefined;
  const words = new Set(wordsOf(question));
  const kinds = new Set([...words].flatMap((word) => kindOf(word.toLowerCase()) ?? []));
  const found = new Map<string, { ref: ObjectRef; thing: string; source: SceneObject; word: string }>();
  for (const source of runners(view))
    for (const { kind, name } of namesIn(specIn(view, source))) {
      // A Secret may be called as the program that uses it: the question must say which kind it means.
      if (!words.has(name) || !kinds.has(kind)) continue;
      const ref = workloadOf(view.scene, source.ref);
      const key = `${named(ref)} ${kind}/${name}`;
      if (!found.has(key) || source.ref.kind !== 'Pod')
        found.set(key, { ref, thing: `${kind} \`${name}\``, source, word: name });
    }
  const things = Map.groupBy([...found.values()], ({ thing }) => thing);
  if (things.size === 0) return undefined;
  return {
    summary: [...things]
      .map(
        ([thing, users]) =>
          `${thing} is used by ${enumerated(users.map(({ ref }) => named(ref)).sort())}, of what the evidence shows.`,
      )
      .join(' '),
    citations: [...found.values()]
      .slice(0, MAX_NAMED)
      .flatMap(({ source, word }) => cite(source, word) ?? citeAny(source) ?? []),
  };
}

/** A word that people would not write but as the name of a setting: `MAX_BATCH`, `retry.limit`, `logLevel`. */
const SETTING = /^(?=.*[A-Za-z])(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]\w*(?:[._]\w+)+|[a-z]+[A-Z]\w+|[A-Z]{3,})$/;
const VALUE = /\b(?:value|set to|setting|configured|what is|what's|how (?:high|large|big|long|many|much))\b/i;

/** Words in names of settings that people do not say: units, and what all settings are. */
const UNSAID = /^(?:mb|mib|gb|gib|kb|bytes|ms|millis|seconds|secs?|minutes|value|default|config|env|app|num|n)$/;

/** Whether a question names a setting by the words of its key: `the max upload size`, for `MAX_UPLOAD_MB`. */
function saysKey(key: string, words: ReadonlySet<string>): boolean {
  const parts = key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '' && !UNSAID.test(part));
  return parts.length > 1 && parts.every((part) => words.has(part));
}

/** The value of a setting that the question names, as ConfigMaps and environments of workloads have it. */
export function settingOf(question: string, view: View): Fact | undefined {
  if (!VALUE.test(question)) return undefined;
  const words = new Set(wordsOf(question));
  const spelt = [...words].filter((word) => SETTING.test(word));
  const said = new Set(wordsOf(question.toLowerCase()));
  const maps = view.scene.objects
    .filter(({ ref }) => ref.kind === 'ConfigMap')
    .flatMap((source) =>
      Object.entries(strings(at(source.object, 'data'))).map(([key, value]) => ({
        source,
        key,
        value,
        in: source.ref,
      })),
    );
  const variables = runners(view).flatMap((source) => {
    const containers = objects(at(specIn(view, source), 'containers'));
    return containers.flatMap((container) =>
      variablesOf(view.scene, container, source.ref.namespace).flatMap(({ variable, value }) =>
        value === undefined ? [] : [{ source, key: variable, value, in: workloadOf(view.scene, source.ref) }],
      ),
    );
  });
  const every = [...maps, ...variables];
  const exact = every.filter(({ key }) => spelt.includes(key));
  const all = exact.length > 0 ? exact : every.filter((one) => words.has(one.in.name) && saysKey(one.key, said));
  const meant = all.filter((one) => words.has(one.in.name));
  const told = new Map(
    (meant.length > 0 ? meant : all).map((one) => [`${named(one.in)} ${one.key} ${one.value}`, one]),
  );
  const shown = [...told.values()].filter(({ value }) => value.length <= MAX_VALUE).slice(0, MAX_NAMED);
  return shown.length === 0
    ? undefined
    : {
        summary: shown.map((one) => `\`${one.key}\` is \`${one.value}\` in ${named(one.in)}.`).join(' '),
        citations: shown.flatMap(({ source, key }) => cite(source, key) ?? citeAny(source) ?? []),
        alone: true,
      };
}

const CHANGED =
  /\b(?:restart(?:s|ed)?|changed?|edited|modified|updated|touched|patched|applied|scaled|deployed|redeployed|rolled)\b/i;
const WHEN = /\b(?:who|when|last(?:ly)?|latest|most recent(?:ly)?)\b/i;
const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

interface Change {
  readonly time: string;
  readonly by?: string;
}

/** When a workload was restarted (`kubectl rollout restart`), or last written, and by which client, as its metadata tell. */
function lastChange(object: unknown, restarts: boolean): Change | undefined {
  const restarted = text(at(object, 'spec', 'template', 'metadata', 'annotations', RESTARTED));
  const writes = objects(at(object, 'metadata', 'managedFields')).flatMap((entry) => {
    const [time, by] = [text(entry.time), text(entry.manager)];
    return time === undefined || by === undefined || text(entry.subresource) === 'status' ? [] : [{ time, by }];
  });
  if (restarts) {
    if (restarted === undefined) return undefined;
    const by = writes.find(({ time }) => millisOf(time) === millisOf(restarted));
    return by ?? { time: restarted };
  }
  return writes.toSorted((a, b) => (millisOf(b.time) ?? 0) - (millisOf(a.time) ?? 0))[0];
}

/** When, and by which client, the workload that a question names was restarted or changed last. */
export function lastChangeOf(question: string, view: View): Fact | undefined {
  if (!CHANGED.test(question) || !WHEN.test(question)) return undefined;
  const [one, ...others] = askedFor(question, view);
  if (one === undefined || others.length > 0) return undefined;
  const restarts = /\brestart/i.test(question);
  const change = lastChange(one.source.object, restarts);
  if (change === undefined) return undefined;
  const by = change.by === undefined ? '' : `, by the client \`${change.by}\``;
  const whom = /\bwho\b/i.test(question) ? ' Which person that was, objects do not record: the audit log does.' : '';
  return {
    summary: `${named(one.ref)} was ${restarts ? 'restarted by a rollout (`kubectl rollout restart`)' : 'changed'} last at ${change.time}${by}.${whom}`,
    citations: [cite(one.source, change.time) ?? citeAny(one.source) ?? []].flat(),
    of: one.ref,
  };
}
