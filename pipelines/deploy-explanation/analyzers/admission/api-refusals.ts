import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, type View } from '../../view.ts';
import { type Access, canI, grant, resourceOf, scopeOf, scopeWords } from '../access.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { messageAnalyzer } from '../message-analyzer.ts';

export const immutableField = messageAnalyzer({
  kind: 'immutable-field',
  stage: 'admission',
  depth: DEPTH.delivery,
  title: 'An immutable field was changed',
  about:
    'The API server refuses an update of a field that cannot change, such as a selector, a job template or a claim.',
  remedy: 'Restore the field, or delete and create the object anew.',
  pattern:
    /([\w.[\]]+): (?:Invalid value: [\s\S]{0,400}?: |Forbidden: )?(?:field is immutable|updates to [\w ]+ for fields other than (?<others>[^\n]{1,300}?) are forbidden|updates to [\w ]+ for fields other than|\w+ updates may not change fields other than|spec is immutable after creation|field can not be less than|may not (?:be changed|change) (?:once set|in an update))|(?<=([\w.[\]]+): Forbidden: )(?:[\w.]+ is immutable after creation|updates to \w+ are forbidden)|(?:cannot change (\w+)|[Vv]alue is immutable)(?<=Invalid value: [\s\S]{0,500})|(field is immutable)/,
  confidence: 0.96,
  says: ({ 1: asked, 3: forbidden, 4: named, groups }) =>
    groups?.others === undefined
      ? `the field \`${asked ?? forbidden ?? named ?? 'spec'}\` cannot be changed on an existing object`
      : `of its \`${asked}\` only ${groups.others} can be changed on an existing object, and another field was`,
  remedies: () => [
    look('Compare the manifest with the live object', command('kubectl', 'diff', '-f', 'FILE')),
    change('Restore the field'),
    change('Delete and create the object anew (its pods stop meanwhile)', 'high'),
  ],
});

export const schemaInvalid = messageAnalyzer({
  kind: 'manifest-invalid',
  stage: 'admission',
  depth: DEPTH.delivery,
  title: 'The manifest does not fit the schema',
  about: 'The API server does not accept the object: an unknown or missing field, a wrong type, an invalid value.',
  remedy: 'Correct the field that the message names.',
  pattern:
    /unknown field "([^"]+)"|ValidationError\(([\w.]+)\)|([\w.[\]"]+): (Required value|Unsupported value|Invalid value|Duplicate value|Too (?:long|many)(?=:)|Not found(?=: ")|Forbidden(?=: ))|error validating data|problem validating schema|cannot unmarshal (?:string|number|bool|object|array)|error converting YAML to JSON|strict decoding error|no PriorityClass with name \S+ was found|pod rejected: RuntimeClass \S+ not found|is forbidden: the integer value of priority/,
  except:
    /immutable|once set|in an update|cannot change \w+|updates to \w+ are forbidden|may not change fields|can not be less than|admission webhook|(?:exceeded|failed|insufficient) quota|unable to validate against any |updates to statefulset|\bACME\b|:acme:|acme\/v/,
  origins: ['event', 'argocd', 'output'],
  confidence: 0.93,
  says: (match, message) => {
    // Checks of schemas outside of a cluster say where, behind what they checked with.
    const [, where, why] = /problem validating schema.* at '([^']*)': (.+)/.exec(message.text) ?? [];
    if (where !== undefined) return `the manifest does not fit the schema: \`${where}\` ${(why ?? '').slice(0, 200)}`;
    // Strict decoding lists all fields that it does not know, behind a head as long as they are.
    const unknown = [...message.text.matchAll(/unknown field "([^"]+)"/g)].map(([, field]) => `\`${field}\``);
    if (unknown.length > 0)
      return `the API server does not accept the manifest: unknown field${unknown.length === 1 ? '' : 's'} ${[...new Set(unknown)].slice(0, 4).join(', ')}`;
    return `the API server does not accept the manifest${match[3] === undefined ? ` (${message.text.slice(0, 200)})` : `: \`${match[3]}\` is refused (${(match[4] ?? '').toLowerCase()})`}`;
  },
  remedies: () => [
    look('Check the manifest without applying it', command('kubectl', 'apply', '--dry-run=server', '-f', 'FILE')),
    change('Correct the field that the message names'),
  ],
});

function refusedAccess(match: RegExpExecArray, { text: said }: Message): Access {
  const scope = scopeOf(said.slice(match.index));
  return {
    user: match[1] ?? '',
    verb: match[2] ?? 'escalate',
    resource: match[3] === undefined ? 'roles' : resourceOf(match[3], said.slice(match.index)),
    ...(scope === undefined ? {} : { scope }),
  };
}

export const apiForbidden = messageAnalyzer({
  kind: 'api-forbidden',
  stage: 'admission',
  depth: DEPTH.delivery,
  title: 'RBAC forbids the one who deploys',
  about: 'The user or service account that applies the manifests (or a controller) lacks a role.',
  remedy: 'Bind a role that allows it, or deploy with the right account.',
  // To grant what one does not have oneself takes the verbs `escalate` or `bind` (Kubernetes, "Using RBAC Authorization").
  pattern:
    /[Uu]ser "([^"]+)" (?:cannot (\w+) resource "([^"]+)"|\(groups=\[[^\]]*\]\) is attempting to grant RBAC permissions not currently held)/,
  confidence: 0.95,
  says: (match, message) =>
    match[2] === undefined
      ? `\`${match[1]}\` would grant permissions that it does not have itself`
      : `\`${match[1]}\` may not ${match[2]} ${match[3]}${scopeWords(refusedAccess(match, message))}`,
  remedies: (match, message) => [
    look('Ask the API server', canI(refusedAccess(match, message))),
    change(
      match[2] === undefined ? 'Bind a role that allows it' : grant(refusedAccess(match, message), 'that account'),
      'medium',
    ),
  ],
});

const refusesNew = messageAnalyzer({
  kind: 'namespace-terminating',
  stage: 'admission',
  depth: DEPTH.delivery,
  title: 'The namespace is being deleted',
  about: 'Nothing new can be made in a namespace that is terminating; often a finalizer keeps it so.',
  remedy: 'Wait until it is gone, find what holds its deletion, then create it anew.',
  pattern: /unable to create new content in namespace (\S+) because it is being terminated/,
  confidence: 0.97,
  says: (match) => `the namespace \`${match[1]}\` is being deleted and takes nothing new`,
  object: (match) => ({ kind: 'Namespace', name: match[1] ?? '' }),
  remedies: (match) => [
    look('See what holds the deletion', get({ kind: 'Namespace', name: match[1] ?? '' }, '-o', 'yaml')),
  ],
});

/** Conditions with which a namespace says what holds its deletion. */
const HELD =
  /^Namespace(?:DeletionDiscoveryFailure|DeletionContentFailure|DeletionGroupVersionParsingFailure|ContentRemaining|FinalizersRemaining)$/;

/** A namespace that is Terminating, with what it says holds it. */
function heldNamespaces(view: View): Draft[] {
  return view.scene.objects.flatMap((namespace): Draft[] => {
    if (namespace.ref.kind !== 'Namespace' || text(at(namespace.object, 'status', 'phase')) !== 'Terminating')
      return [];
    const held = objects(at(namespace.object, 'status', 'conditions')).filter(
      (condition) => condition.status === 'True' && HELD.test(text(condition.type) ?? ''),
    );
    const why = held.map((condition) => text(condition.message) ?? text(condition.type)).join('; ');
    return [
      {
        object: namespace.ref,
        summary: `Namespace ${namespace.ref.name} is being deleted${why === '' ? '' : `, and cannot be: ${why.slice(0, 300)}`}`,
        confidence: held.length > 0 ? 0.93 : 0.55,
        severity: held.length > 0 ? 'failed' : 'degraded',
        citations: [
          cite(namespace, text(held[0]?.type) ?? 'Terminating') ?? citeAny(namespace),
          cite(namespace, 'Terminating'),
        ],
        remedies: [look('See what holds the deletion', get(namespace.ref, '-o', 'yaml'))],
      },
    ];
  });
}

export const namespaceTerminating: Analyzer = {
  ...refusesNew,
  find: (view) => [...refusesNew.find(view), ...heldNamespaces(view)],
};

export const kindUnknown = messageAnalyzer({
  kind: 'custom-resource-definition-missing',
  stage: 'sync',
  depth: DEPTH.delivery,
  title: 'The cluster does not know this kind',
  about: 'The CustomResourceDefinition is not installed, or its version is not served (any more).',
  remedy: 'Install the definition first (an earlier sync wave), or use a version that the cluster serves.',
  pattern:
    /no matches for kind "([^"]+)" in (?:group|version) "([^"]+)"|[Tt]he Kubernetes API could not find (?:([\w.-]+)\/)?(\w+) for requested resource|could not find the requested resource$|resource mapping not found for name: "([^"]+)"(?!.*no matches for kind)|[Rr]esource [\w./:-]+ [\w"-]* ?is not (?:found|available) in the cluster|Make sure the "([^"]+)" CRD is installed/,
  // A webhook's server may not know a path, too.
  except: /failed calling webhook|conversion webhook/,
  confidence: 0.96,
  says: (match) =>
    `the cluster does not know the kind \`${match[1] ?? match[4] ?? match[6] ?? match[5] ?? 'used'}\`${(match[2] ?? match[3]) === undefined ? '' : ` of \`${match[2] ?? match[3]}\``} (its CustomResourceDefinition is not installed)`,
  object: (match) => (match[1] === undefined ? undefined : { kind: 'CustomResourceDefinition', name: match[1] }),
  remedies: () => [
    look('See which kinds the cluster serves', command('kubectl', 'api-resources')),
    change('Install the CustomResourceDefinition before what uses it', 'medium'),
  ],
});
