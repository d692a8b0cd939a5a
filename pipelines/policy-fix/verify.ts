import { isNamespace } from '../../src/policy/namespaces.ts';
import { engineOf } from '../../src/policy/recognise.ts';
import { referential } from '../../src/policy/referential.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';
import type { Step } from '../../src/runs/pipeline.ts';
import type { Asker } from './ask.ts';
import { publish, withoutUnchanged, withUnchanged } from './publish.ts';
import { isExcusable } from './schema-errors.ts';
import type { Progress } from './search.ts';
import { readSources } from './sources/read.ts';
import { noWorse, tally } from './tally.ts';
import { isUnjudged, type Workspace } from './workspace.ts';

export interface Verified {
  readonly kept: readonly Progress[];
  readonly published: ReturnType<typeof publish>;
  readonly verdicts: readonly (readonly Violation[])[];
  readonly reasons: ReadonlyMap<number, string>;
}

/** Whether what is said of one object may change with these edits of others. */
function mayBearOnOthers(kept: readonly Progress[], policies: readonly KubeObject[]): boolean {
  return referential(policies).comparing.length > 0 || kept.some(({ object }) => isNamespace(object));
}

/**
 * Writes the patches, reads the written files and takes the engines' word on their objects: all together where one may
 * bear on another, else each as it was judged in this run by all policies. A patch that does worse there than it did
 * alone is taken back, until what is left holds.
 */
export async function verify(
  workspace: Workspace,
  denied: readonly Progress[],
  baseline: readonly (readonly Violation[])[],
  step: Step,
  { ask, together }: Asker,
): Promise<Verified> {
  const policies = workspace.policies.map(({ json }) => json);
  const reasons = new Map<number, string>();
  let kept = denied.filter(({ accepted }) => accepted.length > 0);
  for (let round = 1; ; round++) {
    // A step keeps what it gives: the texts that stay as they are are there already.
    const written = await step.do(`write-${round}`, () => withoutUnchanged(publish(workspace, kept), workspace.files));
    const published = withUnchanged(written, workspace.files);
    for (const { resource, why } of published.refused) reasons.set(resource, why);
    kept = kept.filter(({ resource }) => !published.refused.some((refusal) => refusal.resource === resource));
    if (kept.length === 0) return { kept, published: publish(workspace, []), verdicts: baseline, reasons };
    const resources = readSources(published.files, workspace)
      .resources.filter((resource) => !isUnjudged(workspace, resource))
      .map(({ object }) => object)
      .filter((object) => engineOf(object) === undefined);
    const name = `verify-${round}`;
    const verdicts = mayBearOnOthers(kept, policies)
      ? // Every edit has passed the schemas by itself, and was judged.
        (await together(name, resources)).map((verdict) => verdict.filter((violation) => !isExcusable(violation)))
      : await ask(
          name,
          resources.map((object, resource) => ({ resource, object })),
        );
    const bad = new Set<number>();
    for (const progress of kept)
      if (!noWorse(tally(verdicts[progress.resource] ?? []), tally(progress.violations))) bad.add(progress.resource);
    const elsewhere = verdicts.some(
      (verdict, at) =>
        !kept.some(({ resource }) => resource === at) && !noWorse(tally(verdict), tally(baseline[at] ?? [])),
    );
    if (bad.size === 0 && !elsewhere) return { kept, published, verdicts, reasons };
    for (const { resource } of kept)
      if (elsewhere || bad.has(resource))
        reasons.set(resource, 'with all files patched together the policies reject the edit that passed alone');
    kept = elsewhere ? [] : kept.filter(({ resource }) => !bad.has(resource));
  }
}
