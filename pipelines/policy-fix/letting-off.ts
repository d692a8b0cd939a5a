import { literally } from '../../src/literal.ts';
import { equalJson, isObject, type Json, valueAt } from '../../src/manifest/json.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { demandedKeys } from './demanded.ts';
import { askedOfAll } from './demanded-by-code.ts';
import type { Edit, Path } from './edits.ts';
import type { FixContext } from './fixers/fixer.ts';
import { deniesWhatever } from './kyverno/unconditional.ts';
import { isLabel, pathOfWish, type Stated, type Way } from './wish.ts';

/** Domains whose labels and annotations programs of the cluster and of clouds read: such a key does something by itself. */
const OF_PROGRAMS =
  /(?:^|\.)(?:k8s\.io|kubernetes\.io|x-k8s\.io|k8s\.aws|istio\.io|linkerd\.io|hashicorp\.com|cilium\.io|projectcalico\.org|nginx\.org|traefik\.io|haproxy\.org|konghq\.com|prometheus\.io|grafana\.com|datadoghq\.com|elastic\.co|newrelic\.com|dynatrace\.com|opentelemetry\.io|jaegertracing\.io|cert-manager\.io|external-secrets\.io|argoproj\.io|fluxcd\.io|crossplane\.io|helm\.sh|karpenter\.sh|keda\.sh|velero\.io|stakater\.com|amazonaws\.com|azure\.com|workload\.identity|google\.com|gke\.io|openshift\.io|knative\.dev|tekton\.dev|kubevirt\.io|rook\.io|strimzi\.io|longhorn\.io|emberstack\.com|dapr\.io|keel\.sh)$/;

/** What looks at more of an object than its metadata: Kyverno's conditions, CEL, Rego. */
const LOOKS_FURTHER =
  /(?<![\w-])object\.\??(?!metadata\b)|review\.object\b(?!\.(?:metadata|kind)\b)|\belement\b|\bimages\b/;

/** Words before which a policy says what it wants, and after which what it lets off. */
const EXCEPT = String.raw`\b(?:unless|except\w*|exempt\w*|other than|apart from)\b[^.;\n]*`;

/** Policies are hostile: of longer messages the rest is not read. */
const MOST_OF_MESSAGES = 4_000;

const ruleNames = (rule: string): string => rule.replace(/^autogen-(?:cronjob-)?/, '');

/** Whether a denial of Kyverno's looks at nothing but metadata, as do loops over its items; one without conditions has its preconditions. */
function looksAtMetadata({ deny, foreach }: KubeObject = {}, preconditions?: Json): boolean {
  const said = JSON.stringify((deniesWhatever(deny) ? preconditions : deny) ?? foreach ?? 'element');
  const loops: KubeObject[] = Array.isArray(foreach) ? foreach : [];
  const within = loops.length > 0 && loops.every(({ list }) => /request\.object\.metadata\b/.test(String(list)));
  return !LOOKS_FURTHER.test(within ? said.replaceAll(/\belement\b/g, '') : said);
}

/** Whether a violated rule or policy that speaks of a key is nothing but a pattern, which says what it wants, or looks at metadata alone. */
function isPlain({ policies }: FixContext, key: string): boolean {
  const naming = policies.filter(({ words }) => words.includes(key.toLowerCase()));
  return (naming.length > 0 ? naming : policies).some(({ documents, rules }) => {
    const names = new Set(rules.map(ruleNames));
    const ofKyverno = documents.flatMap(({ spec }): KubeObject[] => (Array.isArray(spec?.rules) ? spec.rules : []));
    if (ofKyverno.length === 0) return !LOOKS_FURTHER.test(JSON.stringify(documents.map(({ spec }) => spec)));
    return ofKyverno.some(({ name, validate, preconditions }) => {
      const { pattern, anyPattern } = validate ?? {};
      return names.has(String(name)) && Boolean(pattern ?? anyPattern ?? looksAtMetadata(validate, preconditions));
    });
  });
}

/** Whether what a violated policy says to people speaks of a key, whole or as words (`cost center`), and not of whom it lets off. */
function isTold({ policies }: FixContext, key: string): boolean {
  const words = (key.split('/').at(-1) ?? key).split(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/).filter(Boolean);
  const spoken = String.raw`(?<![\w-])(?:${literally(key)}|${words.map(literally).join(String.raw`[\s_.-]*`)})(?![\w-])`;
  const [told, excepted] = [spoken, EXCEPT + spoken].map((source) => new RegExp(source, 'i'));
  return policies.some(({ messages }) => {
    const said = messages.slice(0, MOST_OF_MESSAGES);
    return told?.test(said) === true && excepted?.test(said) !== true;
  });
}

const documentsOf = new WeakMap<FixContext, readonly KubeObject[]>();

/** The violated policies' documents, one list of them for a context. */
function violated(context: FixContext): readonly KubeObject[] {
  const known = documentsOf.get(context) ?? context.policies.flatMap(({ documents }) => documents);
  documentsOf.set(context, known);
  return known;
}

const known = new WeakMap<FixContext, Map<string, boolean>>();

function isExempting(context: FixContext, path: Path): boolean {
  const key = String(path.at(-1));
  if (!isLabel(path) || OF_PROGRAMS.test(key.split('/')[0] ?? '')) return false;
  const all = known.get(context) ?? new Map<string, boolean>();
  known.set(context, all);
  const found = all.get(key) ?? isUnasked(context, key);
  all.set(key, found);
  return found;
}

function isUnasked(context: FixContext, key: string): boolean {
  if (isPlain(context, key) || isTold(context, key)) return false;
  const policies = violated(context);
  return !demandedKeys(policies).has(key) && !askedOfAll(policies, context.object).has(key);
}

/** The places that an edit writes: of all labels at once each. */
const written = (edit: Edit): Path[] =>
  edit.op === 'set' && isObject(edit.value) && /^(?:labels|annotations)$/.test(String(edit.path.at(-1)))
    ? Object.keys(edit.value).map((key) => [...edit.path, key])
    : edit.op === 'remove'
      ? []
      : [edit.path];

/**
 * Whether edits give an object a label or annotation that no violated policy asks for, but by which one lets off whoever has it: the
 * key stands beside what the object does (`labels.batch == "yes" || has(livenessProbe)`), no program reads it, and no message tells
 * people to set it. Whether the object is such an exception only people know.
 */
export const letsOff = (context: FixContext, edits: readonly Edit[]): boolean =>
  edits.some((edit) =>
    written(edit).some(
      (path) =>
        isExempting(context, path) &&
        !('value' in edit && equalJson(valueAt(context.object, edit.path) ?? null, edit.value)),
    ),
  );

/** Wishes without the ways that only let an object off, where there is another. */
export function obeying(context: FixContext, wishes: readonly Stated[]): Stated[] {
  const off = (way: Way): boolean =>
    way.some((wish) => !(wish.kind === 'edit' && wish.edit.op === 'remove') && isExempting(context, pathOfWish(wish)));
  return wishes.flatMap((one): Stated[] => {
    const { way, ways, unread } = one;
    if (!way || !ways || ways.length < 2) return [one];
    const rest = ways.filter((other) => !off(other));
    if (rest.length === ways.length || rest.length === 0) return [one];
    if (off(way)) return [];
    return [{ ...one, ways: rest, ...(rest.length === 1 ? { sole: unread !== true } : {}) }];
  });
}
