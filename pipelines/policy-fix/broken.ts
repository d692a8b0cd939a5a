import type { PolicyProblem } from '../../src/policy/violation.ts';
import { objectOf } from './outcome.ts';
import type { FixResult } from './schema.ts';
import { folderText } from './sources/read.ts';
import { fileOfPolicy, type Resource, type Workspace } from './workspace.ts';

export type Engines = Pick<FixResult['verified'], 'engine' | 'version' | 'isolated' | 'schema'>;

/** An object as results name it, and where it stands. */
export function headOf(resource: Resource) {
  const { file, line, rendered } = resource;
  const kustomization = rendered === undefined ? {} : { kustomization: folderText(rendered.root) };
  return { object: objectOf(resource), file, line, ...kustomization };
}

/** The result where nothing could be judged. */
export function brokenPolicies(workspace: Workspace, problems: readonly PolicyProblem[], verified: Engines): FixResult {
  return {
    outcome: 'policy-error',
    resources: workspace.resources.map((resource) => ({
      ...headOf(resource),
      outcome: 'policy-error',
      violations: [],
      decisions: [],
      edits: [],
      patched: [],
      afterMerge: [],
    })),
    patches: [],
    verified: { ...verified, before: 0, after: 0 },
    notes: [...workspace.notes],
    notJudged: [...workspace.notJudged],
    policyErrors: [
      ...workspace.unreadable.map(({ file, message }) => ({ kind: 'file', name: file, file, message })),
      ...errorsOf(workspace, problems),
    ],
  };
}

/** The workspace with the policies of those engines alone that have no broken one; undefined where none has only whole ones. */
export function soundPart(workspace: Workspace, problems: readonly PolicyProblem[]): Workspace | undefined {
  const broken = enginesOfProblems(workspace, problems);
  const policies = workspace.policies.filter(({ engine }) => !broken.has(engine));
  const known = problems.every((problem) => engineOfProblem(workspace, problem) !== undefined);
  return known && policies.length > 0 ? { ...workspace, policies } : undefined;
}

const engineOfProblem = ({ policies }: Workspace, { policy }: PolicyProblem) =>
  policies.find(({ json }) => json.kind === policy.kind && json.metadata?.name === policy.name)?.engine;

const enginesOfProblems = (workspace: Workspace, problems: readonly PolicyProblem[]) =>
  new Set(problems.map((problem) => engineOfProblem(workspace, problem)));

/** The result of the engines whose policies are whole, in which nothing is green that others did not judge. */
export function withProblems(result: FixResult, workspace: Workspace, problems: readonly PolicyProblem[]): FixResult {
  if (problems.length === 0) return result;
  const silent = [...enginesOfProblems(workspace, problems)].join(' and ');
  return {
    ...result,
    outcome: 'policy-error',
    resources: result.resources.map((resource) =>
      resource.outcome === 'compliant' ? { ...resource, outcome: 'not-judged' } : resource,
    ),
    notes: [
      ...result.notes,
      `${silent} judged nothing, since a policy of its own is broken: its denials are not known`,
    ],
    policyErrors: [...errorsOf(workspace, problems), ...result.policyErrors],
  };
}

function errorsOf(workspace: Workspace, problems: readonly PolicyProblem[]): FixResult['policyErrors'] {
  return problems.map(({ policy, message }) => {
    const file = fileOfPolicy(workspace, policy);
    return { ...policy, ...(file ? { file } : {}), message };
  });
}
