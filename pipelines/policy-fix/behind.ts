import type { Allowance } from './allowance.ts';
import { type Decided, findDecisions } from './decide.ts';
import type { Ask } from './minimise.ts';
import { applyProposals } from './propose.ts';
import { type Progress, searchByRules } from './search.ts';
import { noWorse, tally } from './tally.ts';
import type { Workspace } from './workspace.ts';

/** As many denials, one behind the other, are looked behind by answers. */
const MOST_LAYERS = 5;

interface Imagined {
  readonly progress: Progress;
  readonly shadow: Progress;
}

/** The objects as they would be with the first choice of each question, where all questions have one. */
function answered(open: readonly Progress[], decided: ReadonlyMap<Progress, Decided>): Imagined[] {
  return open.flatMap((progress) => {
    const { decisions = [] } = decided.get(progress) ?? {};
    const first = decisions.flatMap(({ choices }) => choices.slice(0, 1));
    if (first.length === 0 || first.length < decisions.length) return [];
    const answers = first.map(({ edits }) => ({ by: 'choice', summary: '', cost: 0, edits }));
    const object = applyProposals(progress.object, answers);
    return object ? [{ progress, shadow: { ...progress, object, accepted: [] } }] : [];
  });
}

/**
 * A cluster names one denial at a time: what is asked may hide what can be mended. With the first choices standing in for the answers,
 * what the cluster says then is looked into as well; edits that it insists on there belong to the patch, and further questions to those
 * that are asked. The choices themselves are not taken. Changes `denied` and `decided`.
 */
export async function lookBehind(
  workspace: Workspace,
  denied: readonly Progress[],
  decided: Map<Progress, Decided>,
  ask: Ask,
  allowance: Allowance,
): Promise<void> {
  let open = denied.filter(({ violations }) => violations.some(({ engine }) => engine === 'cluster'));
  for (let layer = 1; layer <= MOST_LAYERS && open.length > 0; layer++) {
    const asked: Ask = (name, candidates) => ask(`behind-${layer}-${name}`, candidates);
    const imagined = answered(open, decided);
    if (imagined.length === 0) return;
    const candidates = imagined.map(({ shadow: { resource, object } }) => ({ resource, object }));
    const verdicts = await asked('answered', candidates);
    const hiding = imagined.flatMap(({ progress, shadow }, at): Imagined[] => {
      const violations = verdicts[at] ?? [];
      if (violations.length === 0) return [];
      return [{ progress, shadow: { ...shadow, violations, before: tally(violations) } }];
    });
    const shadows = hiding.map(({ shadow }) => shadow);
    await searchByRules(workspace, shadows, asked, allowance);
    const left = shadows.filter(({ violations }) => violations.length > 0);
    const further = left.length === 0 ? undefined : await findDecisions(workspace, left, asked);
    const patched = hiding.map(({ progress, shadow }) => ({
      progress,
      shadow,
      object: applyProposals(progress.object, shadow.accepted),
    }));
    const alone = await asked(
      'patched',
      patched.map(({ progress, object }) => ({ resource: progress.resource, object: object ?? progress.object })),
    );
    open = patched.flatMap(({ progress, shadow, object }, at) => {
      const violations = alone[at] ?? [];
      if (object === undefined || !noWorse(tally(violations), tally(progress.violations))) return [];
      progress.object = object;
      progress.accepted = [...progress.accepted, ...shadow.accepted];
      progress.violations = violations;
      const [own, more] = [decided.get(progress), further?.get(shadow)];
      if (own === undefined || more === undefined) return [];
      decided.set(progress, {
        decisions: [...own.decisions, ...more.decisions],
        covered: new Set([...own.covered, ...more.covered]),
      });
      return [progress];
    });
  }
}
