import { equalJson, isObject, type Json, listAt, valueAt } from '../../../src/manifest/json.ts';
import { append, type Path, remove, set } from '../edits.ts';
import { isAllAbout, saidOf, statedWishes } from '../statements.ts';
import { keysOf } from '../wish.ts';
import { type FixContext, type Fixer, type Proposal, type Question, titleOf } from './fixer.ts';

const isHost = (host: Json | undefined): host is string =>
  typeof host === 'string' && host !== '' && !host.includes('*');

/** Host names that the object's own TLS and other Ingresses have. */
function hostsSeen({ object, siblings }: FixContext): { value: string; source: string }[] {
  const found = new Map<string, string>();
  for (const { object: from, source } of [
    { object, source: 'its own manifest' },
    ...siblings
      .filter(({ object: other }) => other.kind === 'Ingress')
      .map(({ object: other, file }) => ({ object: other, source: `${titleOf(other)} in ${file}` })),
  ]) {
    const hosts = [
      ...listAt(from, ['spec', 'tls']).flatMap((entry) => listAt(entry, ['hosts'])),
      ...listAt(from, ['spec', 'rules']).map((rule) => valueAt(rule, ['host'])),
    ];
    for (const host of hosts) if (isHost(host) && !found.has(host)) found.set(host, source);
  }
  return [...found].slice(0, 6).map(([value, source]) => ({ value, source }));
}

/** How a policy wants a host to end, as far as it says so of the one that stands there, or would say of any other. */
function endingOf(context: FixContext, path: Path, another: string): string | undefined {
  const patterns = [...statedWishes(context), ...saidOf(context, path, another)].flatMap(({ wish }) =>
    wish.kind === 'present' && equalJson([...wish.path], [...path]) ? [wish.pattern] : [],
  );
  return patterns.find((pattern) => /^\*[a-z0-9.-]+$/i.test(pattern))?.slice(1);
}

/** The host's own first word under the domain that a policy wants. */
export function movedHost(host: Json | undefined, ending: string | undefined): { value: string; source: string }[] {
  if (!isHost(host) || !ending?.startsWith('.') || host.endsWith(ending)) return [];
  const value = `${host.split('.')[0]}${ending}`;
  return [{ value, source: 'its first word under the domain that the policy accepts; DNS has to know it' }];
}

function hosts(context: FixContext): Question[] {
  return listAt(context.object, ['spec', 'rules']).flatMap((rule, i): Question[] => {
    const host = valueAt(rule, ['host']);
    const path = ['spec', 'rules', i, 'host'];
    const disputed =
      context.policies.some(({ messages }) => /host/i.test(messages)) ||
      isAllAbout(context, (at) => keysOf(at) === 'spec.rules.host');
    if (isHost(host) && !disputed) return [];
    const others = listAt(context.object, ['spec', 'rules']).map((other) => valueAt(other, ['host']));
    const own = `${valueAt(context.object, ['metadata', 'name'])}-${i}`;
    const anywhere = `${own}.opsline.example.com`;
    const ending = endingOf(context, path, anywhere);
    const instead = typeof host === 'string' && host !== '' ? ` instead of ${host}` : '';
    return [
      {
        question: `Under which host name is this Ingress reached${instead}?${ending ? ` The policy accepts what ends in ${ending}.` : ''}`,
        path,
        about: ['host', 'wildcard'],
        // Of its own, in case a policy wants no host twice.
        trial: [set(path, ending === undefined ? anywhere : `${own}${ending}`)],
        choices: [...hostsSeen(context), ...movedHost(host, ending)]
          // Instead of one that is refused, none that another rule of the Ingress is for.
          .filter(({ value }) => value !== host && !(isHost(host) && others.includes(value)))
          .map(({ value, source }) => ({ value, source, edits: [set(path, value)] })),
      },
    ];
  });
}

/** The Secret with the certificate; the hosts it is for are those of the rules. */
function certificates(context: FixContext): Question[] {
  const { object, siblings } = context;
  if (listAt(object, ['spec', 'tls']).some((entry) => valueAt(entry, ['secretName']) !== undefined)) return [];
  const names = listAt(object, ['spec', 'rules']).flatMap((rule) => valueAt(rule, ['host']) ?? []);
  const asked = hosts(context).flatMap(({ trial }) =>
    trial.flatMap((edit) => (edit.op === 'set' && !names.includes(edit.value) ? [edit.value] : [])),
  );
  const entry = (secretName: string, own: readonly Json[]): Json => ({
    ...(own.length > 0 ? { hosts: [...own] } : {}),
    secretName,
  });
  const seen = new Map<string, string>();
  for (const { object: other, file } of siblings) {
    const secrets =
      other.kind === 'Ingress'
        ? listAt(other, ['spec', 'tls']).map((tls) => valueAt(tls, ['secretName']))
        : other.kind === 'Secret' && other.type === 'kubernetes.io/tls'
          ? [valueAt(other, ['metadata', 'name'])]
          : other.kind === 'Certificate'
            ? [valueAt(other, ['spec', 'secretName'])]
            : [];
    for (const secret of secrets)
      if (typeof secret === 'string' && !seen.has(secret)) seen.set(secret, `${titleOf(other)} in ${file}`);
  }
  const edits = (secret: string, own: readonly Json[] = names) =>
    listAt(object, ['spec', 'tls']).length === 0
      ? [append(['spec', 'tls'], entry(secret, own))]
      : [set(['spec', 'tls', 0, 'secretName'], secret)];
  return [
    {
      question: 'Which Secret holds the certificate of this Ingress?',
      path: ['spec', 'tls'],
      about: ['tls', 'https'],
      // Whichever hosts are asked for beside it, the certificate is for these as well.
      trial: edits('opsline', [...names, ...asked]),
      choices: [...seen].slice(0, 6).map(([value, source]) => ({ value, source, edits: edits(value) })),
    },
  ];
}

/** The hosts that a certificate is for, where its entry, the only one, names none and so means those of the rules (API reference: IngressTLS). */
function covered({ object }: FixContext): Question[] {
  const [entry, ...more] = listAt(object, ['spec', 'tls']);
  const names = listAt(object, ['spec', 'rules']).flatMap((rule) => valueAt(rule, ['host']) ?? []);
  if (entry === undefined || more.length > 0 || listAt(entry, ['hosts']).length > 0 || names.length === 0) return [];
  const edits = [set(['spec', 'tls', 0, 'hosts'], names)];
  return [
    {
      question: `Is the certificate of Secret ${String(valueAt(entry, ['secretName']) ?? '')} for ${names.join(', ')}?`,
      path: ['spec', 'tls', 0, 'hosts'],
      about: ['tls'],
      trial: edits,
      choices: [{ value: names, source: 'the hosts of its rules', edits }],
    },
  ];
}

/** Where the class of an Ingress stood before it had a field. Kubernetes does not take both (API reference: IngressSpec). */
export const CLASS_ANNOTATION: Path = ['metadata', 'annotations', 'kubernetes.io/ingress.class'];

/** The class moves from the annotation into its field. */
function classIntoField({ object }: FixContext): Proposal[] {
  const [old, now] = [valueAt(object, CLASS_ANNOTATION), valueAt(object, ['spec', 'ingressClassName'])];
  if (typeof old !== 'string' || old === '' || (now !== undefined && now !== old)) return [];
  return [
    {
      by: 'ingress',
      summary: `class ${old} in its field, not in an annotation`,
      note: `an IngressClass called ${old} has to be there`,
      edits: [...(now === undefined ? [set(['spec', 'ingressClassName'], old)] : []), remove(CLASS_ANNOTATION)],
      cost: 3,
    },
  ];
}

/** Host names and certificates of an Ingress: nobody but its owner knows them. */
export const ingress: Fixer = {
  name: 'ingress',
  propose: (context) => (context.object.kind === 'Ingress' ? classIntoField(context) : []),
  ask(context) {
    if (context.object.kind !== 'Ingress' || !isObject(context.object.spec)) return [];
    return [...hosts(context), ...certificates(context), ...covered(context)];
  },
};
