import { OpslineError } from '../../src/errors.ts';
import type { Json } from '../../src/manifest/json.ts';
import { mutated } from '../../src/policy/kyverno-mutate.ts';
import { mutatingPolicies } from '../../src/policy/kyverno-rules.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import type { Step } from '../../src/runs/pipeline.ts';
import type { Edit } from './edits.ts';
import { editsBetween } from './fixers/kyverno-mutate.ts';

interface Question {
  readonly objects: readonly KubeObject[];
  readonly policies: readonly KubeObject[];
}

interface Mutations {
  /** For each object what the mutate rules change in it. */
  readonly edits: readonly (readonly Edit[])[];
  /** Why there are none, where Kyverno could not apply the rules. */
  readonly failed?: string;
}

async function look({ objects, policies }: Question, signal: AbortSignal): Promise<Mutations> {
  try {
    const after = await mutated(objects, policies, signal);
    return {
      edits: objects.map((object, at) => (after[at] ? editsBetween(object as Json, after[at] as Json) : [])),
    };
  } catch (error) {
    // Only a source of edits: without it the others are left.
    if (!(error instanceof OpslineError) || error.code !== 'engine-failed') throw error;
    return { edits: [], failed: `mutate rules were not used: ${error.message}` };
  }
}

/** What Kyverno's mutate rules would change in each object; asked only where there are such rules. */
export async function readMutations(
  objects: readonly KubeObject[],
  policies: readonly KubeObject[],
  step: Step,
): Promise<Mutations> {
  if (objects.length === 0 || mutatingPolicies(policies).length === 0) return { edits: [] };
  return step.read('engine-mutations', { objects, policies }, look);
}
