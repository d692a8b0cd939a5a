import type { Json } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import { remarkAt } from '../../src/manifest/remark.ts';
import { parameterTest } from '../../src/policy/recognise.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';
import type { Path } from './edits.ts';
import type { FixContext, PolicyFacts } from './fixers/fixer.ts';
import type { Progress } from './search.ts';
import { type FieldFinder, fieldFinder } from './sources/find.ts';
import { isSame, type PolicyDocument, type Resource, type Workspace } from './workspace.ts';

/** The violated policy; behind a Gatekeeper constraint its template, beside an admission policy its bindings and parameters. */
function documentsOf(policies: readonly Pick<PolicyDocument, 'json'>[], kind: string, name: string): KubeObject[] {
  const documents = policies.map(({ json }) => json);
  const isParameter = parameterTest(documents.filter((json) => json.kind === kind && json.metadata?.name === name));
  return documents.filter(
    (json) =>
      (json.kind === kind && json.metadata?.name === name) ||
      (json.kind === 'ConstraintTemplate' && json.spec?.crd?.spec?.names?.kind === kind) ||
      (json.kind === 'ValidatingAdmissionPolicyBinding' && json.spec?.policyName === name) ||
      isParameter(json),
  );
}

/** Everything the violated policies say, gathered per policy. */
export function factsOf(
  policies: readonly Pick<PolicyDocument, 'json'>[],
  violations: readonly Pick<Violation, 'policy' | 'message' | 'rule'>[],
): PolicyFacts[] {
  const groups = Map.groupBy(violations, ({ policy }) => `${policy.kind}|${policy.name}`);
  return [...groups.values()].map((group) => {
    const { kind, name } = (group[0] as Pick<Violation, 'policy'>).policy;
    const documents = documentsOf(policies, kind, name);
    const constraint = documents.find((document) => document.kind === kind);
    const messages = group.map(({ message }) => message).join('\n');
    return {
      name,
      documents,
      rules: [...new Set(group.flatMap(({ rule }) => (rule === undefined ? [] : [rule])))],
      parameters: (constraint?.spec?.parameters ?? null) as Json,
      words: `${messages}\n${documents.map((document) => JSON.stringify(document)).join('\n')}`.toLowerCase(),
      messages,
    };
  });
}

const REMARKS = new WeakMap<Workspace['files'], (resource: Resource, path: Path) => string | undefined>();

/** Finds comments beside fields of the files as given, which are read when one that has comments is first asked about. */
function remarksOf({ files }: Workspace): (resource: Resource, path: Path) => string | undefined {
  const known = REMARKS.get(files);
  if (known) return known;
  const lines = new Map(files.map(({ file, text }) => [file, text.includes('#') ? text.split(/\r?\n/) : []]));
  const silent = [...lines.values()].every((list) => list.length === 0);
  let find: FieldFinder | undefined;
  const remark = (resource: Resource, path: Path): string | undefined => {
    if (silent || (!resource.rendered && lines.get(resource.file)?.length === 0)) return undefined;
    find ??= fieldFinder(files);
    const { file = resource.file, line } = find(resource, formatPointer(path));
    return remarkAt(lines.get(file) ?? [], line, String(path.at(-1)));
  };
  REMARKS.set(files, remark);
  return remark;
}

const FINDERS = new WeakMap<Workspace['files'], FieldFinder>();

/** Finds the files that give fields their values; they are read when one is first asked for. */
function filesOf({ files }: Workspace): (resource: Resource, path: Path) => string {
  const find = FINDERS.get(files) ?? fieldFinder(files);
  FINDERS.set(files, find);
  return (resource, path) => find(resource, formatPointer(path)).file ?? resource.file;
}

/** What the fixers may look at for one object in its present state. */
export function contextOf(
  workspace: Workspace,
  resource: Resource,
  { object, violations, mutation }: Pick<Progress, 'object' | 'violations' | 'mutation'>,
): FixContext {
  return {
    object,
    violations,
    ...(mutation ? { mutation } : {}),
    policies: factsOf(workspace.policies, violations),
    siblings: workspace.resources
      .filter((other) => !isSame(other, resource))
      .map((other) => ({
        file: other.file,
        object: other.object,
        ...(other.rendered ? { fileOf: (path: Path) => filesOf(workspace)(other, path) } : {}),
      })),
    remarkAt: (path) => remarksOf(workspace)(resource, path),
  };
}
