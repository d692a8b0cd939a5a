import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { append, type Path, set } from '../edits.ts';
import { isAllAbout, statedWishes } from '../statements.ts';
import { pathOfWish, type Wish } from '../wish.ts';
import { type FixContext, type Fixer, podSpecPath, type Question, titleOf } from './fixer.ts';

/** Where objects live: the namespaces that other manifests name. */
function namespace(context: FixContext): Question[] {
  const { object, siblings, policies } = context;
  const path = ['metadata', 'namespace'];
  const now = valueAt(object, path);
  // Elsewhere a policy may not look: only where the namespace itself is what it does not accept.
  const asked =
    statedWishes(context).some(({ wish }) => wish.kind !== 'edit' && wish.path.join('.') === 'metadata.namespace') ||
    isAllAbout(context, (at) => at.join('.') === 'metadata.namespace') ||
    ((now ?? 'default') === 'default' &&
      policies.some(({ messages }) => /default\W.{0,20}namespace|namespace.{0,20}\Wdefault/i.test(messages)));
  if (!asked) return [];
  const seen = new Map<string, string>();
  for (const { object: other, file } of siblings) {
    const name = valueAt(other, other.kind === 'Namespace' ? ['metadata', 'name'] : path);
    if (typeof name === 'string' && name !== now && !seen.has(name)) seen.set(name, `${titleOf(other)} in ${file}`);
  }
  return [
    {
      question: `In which namespace does this ${object.kind} live${typeof now === 'string' ? ` instead of ${now}` : ''}? What it refers to has to be there, too.`,
      path,
      about: ['namespace'],
      trial: [set(path, 'opsline')],
      choices: [...seen].slice(0, 6).map(([value, source]) => ({ value, source, edits: [set(path, value)] })),
    },
  ];
}

/** What a wish names of one more item of a list of so many: the item, or one field of it; undefined for any other wish. */
function anotherIn(wish: Wish, list: Path, length: number): JsonObject | undefined {
  const path = pathOfWish(wish);
  if (!list.every((key, at) => key === path[at])) return undefined;
  if (wish.kind === 'edit' && wish.edit.op === 'append')
    return path.length === list.length && isObject(wish.edit.value) ? wish.edit.value : undefined;
  const [nth, field, ...deeper] = path.slice(list.length);
  if (nth !== length || typeof field !== 'string' || deeper.length > 0) return undefined;
  if (wish.kind === 'choose') return wish.values.length === 1 ? { [field]: wish.values[0] as Json } : undefined;
  return wish.kind === 'edit' && wish.edit.op === 'set' ? { [field]: wish.edit.value } : undefined;
}

/** How replicas are kept apart: what the scheduler does about it is a trade that only people weigh. */
function spread(context: FixContext): Question[] {
  const { object, policies } = context;
  const pod = podSpecPath(object);
  const labels = pod && pod.length > 1 ? valueAt(object, [...pod.slice(0, -1), 'metadata', 'labels']) : undefined;
  const selector = valueAt(object, ['spec', 'selector', 'matchLabels']) ?? labels;
  if (!pod || !isObject(selector)) return [];
  const labelSelector: Json = { matchLabels: selector };
  const spreads = [...pod, 'topologySpreadConstraints'];
  const apart = [...pod, 'affinity', 'podAntiAffinity'];
  const says = (word: string): boolean => policies.some(({ words }) => words.includes(word));
  // Preferred, unless the policy's words are those of what is required.
  const [hard, required] = [
    says('donotschedule') && !says('scheduleanyway'),
    says('requiredduringscheduling') && !says('preferredduringscheduling'),
  ];
  const constraintOver = (topologyKey: string): JsonObject => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: hard ? 'DoNotSchedule' : 'ScheduleAnyway',
    labelSelector,
  });
  const over = (topologyKey: string): Json => [constraintOver(topologyKey)];
  const away = (topologyKey: string): Json =>
    required
      ? { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector }] }
      : {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { topologyKey, labelSelector } },
          ],
        };
  const domains = [
    ['kubernetes.io/hostname', 'nodes'],
    ['topology.kubernetes.io/zone', 'zones'],
  ] as const;
  // What the code of a policy wants of the first constraint.
  const said = statedWishes(context).flatMap(({ wish }) =>
    wish.kind === 'edit' && wish.edit.op === 'set' && wish.edit.path.join('.').startsWith(`${spreads.join('.')}.0.`)
      ? [wish.edit]
      : [],
  );
  const wanted = said.find(({ path }) => path.at(-1) === 'topologyKey')?.value;
  const asSaid =
    typeof wanted === 'string'
      ? [
          {
            value: over(wanted),
            source: 'the label of nodes that the policy names',
            edits: [set(spreads, over(wanted))],
          },
        ]
      : [];
  const choices = (path: typeof spreads, strict: boolean, make: (key: string) => Json) =>
    domains.map(([key, what]) => ({
      value: make(key),
      source: `Kubernetes' own label of ${what}; ${strict ? 'required, so that a pod waits where none is free' : 'preferred, so that no pod waits for it'}`,
      edits: [set(path, make(key))],
    }));
  const questions: Question[] = [];
  // One more constraint, of which a policy names but a part; those that stand there stay.
  const there = valueAt(object, spreads);
  for (const { wish } of statedWishes(context)) {
    const value = Array.isArray(there) ? anotherIn(wish, spreads, there.length) : undefined;
    if (value === undefined || typeof value.topologyKey !== 'string') continue;
    const constraint: Json = { ...constraintOver(value.topologyKey), ...value };
    const edits = [append(spreads, constraint)];
    questions.push({
      question: 'Over what are the replicas spread as well (topologySpreadConstraints)?',
      path: spreads,
      about: ['topologyspread', 'spread'],
      stated: true,
      trial: edits,
      choices: [{ value: constraint, source: 'the label of nodes that the policy names', edits }],
    });
  }
  if (valueAt(object, spreads) === undefined)
    questions.push({
      question: 'Over what are the replicas spread (topologySpreadConstraints)?',
      path: spreads,
      about: ['topologyspread', 'spread'],
      ...(asSaid.length > 0 ? { stated: true } : {}),
      trial: [],
      choices: [...asSaid, ...choices(spreads, hard, over)],
    });
  if (valueAt(object, apart) === undefined)
    questions.push({
      question: 'Away from what do the replicas stay (podAntiAffinity)?',
      path: apart,
      about: ['antiaffinity', 'anti-affinity'],
      trial: [],
      choices: choices(apart, required, away),
    });
  return questions;
}

/** Namespaces and the spreading of replicas. */
export const placement: Fixer = {
  name: 'placement',
  propose: () => [],
  ask: (context) => [...spread(context), ...namespace(context)],
};
