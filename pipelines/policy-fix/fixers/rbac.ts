import { type Json, listAt, valueAt } from '../../../src/manifest/json.ts';
import { remove, set } from '../edits.ts';
import { type FixContext, type Fixer, type Proposal, type Question, titleOf } from './fixer.ts';

const RULES = ['Role', 'ClusterRole'];
const BINDINGS = ['RoleBinding', 'ClusterRoleBinding'];

/** Whoever asks without saying who they are, and everybody. */
const NOBODY = /^system:(?:anonymous|unauthenticated|authenticated)$/;

/** The rest of them: everybody who signs in is somebody. */
const UNKNOWN_ONES = /^system:(?:anonymous|unauthenticated)$/;

const READING: readonly Json[] = ['get', 'list', 'watch'];
const VERBS: readonly Json[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Kubernetes' own roles below cluster-admin, the strongest first. */
const SMALLER = ['admin', 'edit', 'view'] as const;

/** Anonymous subjects go, as long as somebody is left whom the binding is for. */
function anonymous({ object }: FixContext): Proposal[] {
  const subjects = listAt(object, ['subjects']);
  const named = (pattern: RegExp): number[] =>
    subjects.flatMap((subject, at) => (pattern.test(String(valueAt(subject, ['name']))) ? [at] : []));
  // Where nobody else is left, those stay who at least sign in.
  const nobody = [NOBODY, UNKNOWN_ONES].map(named).find((places) => places.length < subjects.length) ?? [];
  return nobody.reverse().map((at) => ({
    by: 'rbac',
    summary: `no rights for ${valueAt(subjects[at] as Json, ['name'])}`,
    note: 'who uses them without signing in loses them',
    edits: [remove(['subjects', at])],
    cost: 4,
  }));
}

/** Lists that were seen in other roles under the same key, without stars. */
function seen({ siblings }: FixContext, key: string): { value: Json[]; source: string }[] {
  return siblings
    .filter(({ object }) => RULES.includes(String(object.kind)))
    .flatMap(({ object, file }) =>
      listAt(object, ['rules']).map((rule) => ({
        value: listAt(rule, [key]),
        source: `${titleOf(object)} in ${file}`,
      })),
    )
    .filter(({ value }) => value.length > 0 && !value.includes('*'))
    .slice(0, 4);
}

function stars(context: FixContext): Question[] {
  return listAt(context.object, ['rules']).flatMap((rule, i) =>
    ['verbs', 'resources', 'apiGroups'].flatMap((key): Question[] => {
      if (!listAt(rule, [key]).includes('*')) return [];
      const path = ['rules', i, key];
      const known =
        key === 'verbs'
          ? [
              { value: [...READING], source: 'Kubernetes: what reading takes' },
              { value: [...VERBS], source: 'Kubernetes: all verbs of ordinary resources, spelled out' },
            ]
          : [];
      return [
        {
          question: `Which ${key} does rule ${i + 1} need instead of "*"?`,
          path,
          about: [key.toLowerCase(), 'wildcard', '*'],
          trial: [set(path, ['opsline'])],
          choices: [...known, ...seen(context, key)].map(({ value, source }) => ({
            value,
            source,
            edits: [set(path, value)],
          })),
        },
      ];
    }),
  );
}

function role({ object, siblings }: FixContext): Question[] {
  const path = ['roleRef', 'name'];
  const name = valueAt(object, path);
  if (typeof name !== 'string') return [];
  const others = siblings.filter(
    ({ object: other }) =>
      other.kind === valueAt(object, ['roleRef', 'kind']) && valueAt(other, ['metadata', 'name']) !== name,
  );
  return [
    {
      question: `Which role suffices for these subjects instead of ${name}? A binding's role cannot be changed once it exists: delete it first.`,
      path,
      about: [name.toLowerCase(), 'roleref'],
      trial: [set(path, 'opsline')],
      choices: [
        ...others.slice(0, 4).map(({ object: other, file }) => ({
          value: valueAt(other, ['metadata', 'name']) as Json,
          source: `${titleOf(other)} in ${file}`,
          edits: [set(path, valueAt(other, ['metadata', 'name']) as Json)],
        })),
        ...(valueAt(object, ['roleRef', 'kind']) === 'ClusterRole' ? SMALLER : [])
          .filter((value) => value !== name)
          .map((value) => ({ value, source: "Kubernetes' own role", edits: [set(path, value)] })),
      ],
    },
  ];
}

/** Rights in roles and bindings: nobody's rights go; whose and which are needed is asked. */
export const rbac: Fixer = {
  name: 'rbac',
  propose: (context) => (BINDINGS.includes(String(context.object.kind)) ? anonymous(context) : []),
  ask(context) {
    const kind = String(context.object.kind);
    return RULES.includes(kind) ? stars(context) : BINDINGS.includes(kind) ? role(context) : [];
  },
};
