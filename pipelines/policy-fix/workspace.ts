import { OpslineError } from '../../src/errors.ts';
import { isSafeFileName } from '../../src/manifest/diff.ts';
import { isObject, type JsonObject } from '../../src/manifest/json.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { namedConfigMaps, withConfigMaps } from '../../src/policy/kyverno-config-maps.ts';
import { namesKind } from '../../src/policy/kyverno-kinds.ts';
import { namespacesIn, type Values, valuesIn, withValues } from '../../src/policy/kyverno-values.ts';
import { podSecurity, standardsOf } from '../../src/policy/pss.ts';
import { engineOf, parameterTest } from '../../src/policy/recognise.ts';
import { refuseOutside, withoutOutside } from '../../src/policy/refuse.ts';
import { type EngineName, type KubeObject, nameOf } from '../../src/policy/violation.ts';
import { beyondObjects } from './requests.ts';
import { FIX_LIMITS, type FixRequest } from './schema.ts';
import { applicationNotes } from './sources/argocd.ts';
import { readSources, type SourceText } from './sources/read.ts';

/** One object of the manifests, and where it stands. */
export interface Resource {
  readonly file: string;
  /** Index of the document in its file. */
  readonly document: number;
  /** Pointer of the object inside its document: '' except for the items of a `List` and the object of an AdmissionReview. */
  readonly base: string;
  /** What an AdmissionReview asks to do with it (`UPDATE`). */
  readonly operation?: string;
  readonly line: number;
  /** In the namespace that an Application of Argo CD brings it to, where its file says none. */
  readonly object: JsonObject;
  /** Present where a kustomization makes it: `file` and its place are then those it is read from before it is changed. */
  readonly rendered?: { readonly root: string; readonly position: number };
}

/** Whether two are one piece of the files, which Applications bring to several namespaces. */
export const isSame = (one: Resource, other: Resource): boolean =>
  one.file === other.file &&
  one.document === other.document &&
  one.base === other.base &&
  one.rendered?.root === other.rendered?.root &&
  one.rendered?.position === other.rendered?.position;

/** Whether an object is one of those that nobody judges. */
export const isUnjudged = ({ unjudged }: Pick<Workspace, 'unjudged'>, resource: Resource): boolean =>
  unjudged.some((other) => isSame(other.resource, resource));

export interface PolicyDocument {
  readonly file: string;
  readonly engine: EngineName;
  readonly json: KubeObject;
}

/** The file in which a policy stands, as far as it was given. */
export function fileOfPolicy(
  { policies }: Workspace,
  { kind, name }: { readonly kind: string; readonly name: string },
): string | undefined {
  return policies.find(({ json }) => json.kind === kind && json.metadata?.name === name)?.file;
}

export interface Workspace {
  readonly files: readonly SourceText[];
  readonly resources: readonly Resource[];
  /** Objects of requests that nobody can judge as if they were created now, and why. */
  readonly unjudged: readonly { readonly resource: Resource; readonly why: string }[];
  /** Namespaces that are made for the objects, and stand in no file. */
  readonly namespaces: readonly KubeObject[];
  /** What was not read or not built as a reader may expect. */
  readonly notes: readonly string[];
  /** Of the notes, those on what nobody judged: charts, rules that read something outside. */
  readonly notJudged: readonly string[];
  readonly policies: readonly PolicyDocument[];
  /** Policy files that are no YAML, or hold something that cannot be read, and why. */
  readonly unreadable: readonly { readonly file: string; readonly message: string }[];
}

/** The documents of a policy file; one that cannot be parsed holds none and is noted in `unreadable`. */
function policyDocuments(file: string, text: string, unreadable: { file: string; message: string }[]) {
  try {
    // A List is what `kubectl get -o yaml` gives.
    return parseManifest(file, text).documents.flatMap(({ json }) =>
      json.kind === 'List' && Array.isArray(json.items) ? json.items.filter(isObject) : [json],
    );
  } catch (error) {
    if (!(error instanceof OpslineError) || error.code !== 'manifest-invalid') throw error;
    unreadable.push({ file, message: error.message });
    return [];
  }
}

/** What stands in the policy files. */
interface PolicyFiles {
  readonly documents: readonly { readonly file: string; readonly json: JsonObject }[];
  /** What Kyverno's rules would read outside. */
  readonly values: readonly Values[];
}

function readPolicies({ policies }: FixRequest, unreadable: { file: string; message: string }[]): PolicyFiles {
  const all = policies.flatMap(({ file, text }) =>
    policyDocuments(file, text, unreadable).map((json) => ({ file, json, values: valuesIn(json, file) })),
  );
  return {
    documents: all.filter(({ values }) => values === undefined),
    values: all.flatMap(({ values }) => values ?? []),
  };
}

/** What is not judged here, with who could: the webhooks of a cluster know what lies outside. */
export const withJudge = (note: string, { cluster }: Pick<FixRequest, 'cluster'>): string =>
  cluster === undefined ? `${note}; a cluster that enforces it judges it: --engine cluster` : note;

/**
 * Documents of the policy files, sorted by engine, with values and ConfigMaps beside them that rules name put in their place. Rules of
 * Kyverno's that read something outside are left out and noted in `outside`. Throws `policy-refused` and `invalid-input` (none
 * that an engine takes).
 */
function sortPolicies(
  request: FixRequest,
  { documents, values }: PolicyFiles,
  objects: readonly JsonObject[],
  outside: string[],
): PolicyDocument[] {
  const isParameter = parameterTest(documents.map(({ json }) => json));
  const configMaps = namedConfigMaps(documents.map(({ json }) => json));
  const found: PolicyDocument[] = [];
  const strangers: string[] = [];
  for (const { file, json: written } of documents) {
    const engine = engineOf(written);
    const given = engine === 'kyverno' ? withValues(written, values) : written;
    const { policy: json, left } = engine === 'kyverno' ? withoutOutside(given) : { policy: given, left: [] };
    outside.push(...left.map((note) => withJudge(note, request)));
    if (json === undefined) continue;
    if (engine) refuseOutside(json);
    if (engine === 'kyverno') found.push({ file, engine, json: withConfigMaps(json, [...configMaps, ...objects]) });
    else if (engine || isParameter(json)) found.push({ file, engine: engine ?? 'vap', json });
    else if (!configMaps.includes(json)) strangers.push(`${json.kind ?? 'a document without kind'} in ${file}`);
  }
  if (strangers.length > 0) {
    throw new OpslineError(
      'invalid-input',
      `no engine takes ${strangers.slice(0, 5).join(', ')}. opsline runs Gatekeeper ConstraintTemplates and Constraints, Kyverno's policies, and ValidatingAdmissionPolicies with their bindings and parameters.`,
    );
  }
  return found;
}

/** The policies to judge by: those given, the parameters of theirs that stand among the manifests, and what the engine pss needs. */
function policiesOf(
  request: FixRequest,
  files: PolicyFiles,
  resources: readonly Resource[],
  unreadable: readonly { file: string; message: string }[],
  outside: string[],
): PolicyDocument[] {
  const { engines, level } = request;
  // A cluster alone judges by its own policies; those given beside it are judged by as well.
  const named = engines?.filter((engine) => engine !== 'cluster');
  const objects = resources.map(({ object }) => object);
  const sorted = sortPolicies(request, files, objects, outside);
  const given = named?.length ? sorted.filter(({ engine }) => engines?.includes(engine)) : sorted;
  const isParameter = parameterTest(given.map(({ json }) => json));
  const parameters = resources
    .filter(({ object }) => isParameter(object))
    .map(({ file, object }): PolicyDocument => ({ file, engine: 'vap', json: object }));
  const configured = given.some(({ engine }) => engine === 'pss');
  if (configured && level)
    throw new OpslineError('invalid-input', 'give a level or a PodSecurityConfiguration, not both');
  const standard: PolicyDocument[] =
    engines?.includes('pss') && !configured
      ? [{ file: '', engine: 'pss', json: podSecurity(level ?? 'privileged') }]
      : [];
  if (standard.length > 0 && !level) {
    if (standardsOf(objects, objects, [podSecurity('privileged')]).every((name) => name === undefined))
      throw new OpslineError(
        'invalid-input',
        'no Pod Security level holds for any object: give a level, or manifests of namespaces with the label pod-security.kubernetes.io/enforce',
      );
  }
  const all = [...given, ...parameters, ...standard];
  for (const engine of named ?? [])
    if (!all.some((policy) => policy.engine === engine) && unreadable.length + outside.length === 0)
      throw new OpslineError('invalid-input', `the policy files hold no policy of the engine ${engine}`);
  if (all.length === 0 && unreadable.length + outside.length === 0 && !engines?.includes('cluster'))
    throw new OpslineError('invalid-input', 'the policy files hold no policy');
  return all;
}

/** Whether a namespace is one of the manifests, whose labels then hold. */
const stands = (namespace: KubeObject, resources: readonly Resource[]): boolean =>
  resources.some(({ object }) => object.kind === 'Namespace' && nameOf(object).name === namespace.metadata?.name);

/**
 * Parses the request. A policy that stands among the manifests is not judged with, only those of `policies` are; it is left out
 * unless a rule of theirs names its kind (exceptions have to say for how long). Throws `manifest-invalid`, `payload-too-large`, `policy-refused` (a policy that would reach outside)
 * and `invalid-input` (no usable policy).
 */
export function openWorkspace(request: FixRequest & { readonly notes?: readonly string[] }): Workspace {
  for (const { file } of request.manifests) {
    if (!isSafeFileName(file))
      throw new OpslineError('invalid-input', `"${file}" is not a relative file name without ".."`);
  }
  const files = request.manifests;
  const sources = readSources(files);
  const unreadable: { file: string; message: string }[] = [];
  const policyFiles = readPolicies(request, unreadable);
  const isJudged = (object: JsonObject): boolean =>
    engineOf(object) === undefined || policyFiles.documents.some(({ json }) => namesKind(json, String(object.kind)));
  const given = sources.resources.filter(({ object }) => isJudged(object));
  const names = files.map(({ file }) => file);
  const applications = given.flatMap(({ object }) => applicationNotes(object, names));
  const outside: string[] = [];
  const policies = policiesOf(request, policyFiles, given, unreadable, outside);
  const unjudged = beyondObjects(given, policies);
  const resources = given.filter((resource) => !isUnjudged({ unjudged }, resource));
  if (resources.length > FIX_LIMITS.resources) {
    throw new OpslineError(
      'payload-too-large',
      `${resources.length} objects, at most ${FIX_LIMITS.resources} are judged in one run. Split the request.`,
    );
  }
  return {
    files,
    resources,
    unjudged,
    namespaces: [...sources.namespaces, ...namespacesIn(policyFiles.values).filter((one) => !stands(one, resources))],
    notes: [...(request.notes ?? []), ...sources.notes, ...applications, ...outside, ...unjudged.map(({ why }) => why)],
    notJudged: [...sources.notJudged, ...applications, ...outside, ...unjudged.map(({ why }) => why)],
    policies,
    unreadable,
  };
}
