import { command } from '../../../../src/evidence/commands/shell.ts';
import { at, number } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { change, DEPTH, look } from '../analyzer.ts';
import { messageAnalyzer } from '../message-analyzer.ts';

function exhausted(view: View, pod: string) {
  const budgets = view.scene.objects.filter(
    ({ ref, object }) => ref.kind === 'PodDisruptionBudget' && number(at(object, 'status', 'disruptionsAllowed')) === 0,
  );
  return budgets.find(({ ref }) => pod.startsWith(ref.name.replace(/-pdb$/, ''))) ?? budgets[0];
}

export const disruptionBudgetBlocks = messageAnalyzer({
  kind: 'disruption-budget-blocks',
  stage: 'running',
  depth: DEPTH.scheduling - 3,
  title: 'A disruption budget lets no pod be evicted',
  about: 'A drain (or an upgrade of nodes) waits, because a PodDisruptionBudget allows no disruption now.',
  remedy: 'Raise the replicas or relax the budget; then drain again.',
  pattern: /(?:pods\/"([^"]+)"[^\n]*)?Cannot evict pod as it would violate the pod's disruption budget/,
  confidence: 0.93,
  says: (match, _message, view) => {
    const budget = exhausted(view, match[1] ?? '');
    return `${match[1] === undefined ? 'a pod' : `the pod \`${match[1]}\``} may not be evicted: ${budget === undefined ? 'its PodDisruptionBudget' : `the PodDisruptionBudget \`${budget.ref.name}\``} allows no disruption`;
  },
  object: (match, _message, view) => exhausted(view, match[1] ?? '')?.ref,
  remedies: () => [
    look('See what the budgets allow', command('kubectl', 'get', 'pdb', '-A')),
    change('Raise the replicas, or relax minAvailable', 'medium'),
  ],
});
