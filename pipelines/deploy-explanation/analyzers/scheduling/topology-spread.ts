import { change } from '../analyzer.ts';
import { schedulingAnalyzer } from './scheduling.ts';

export const topologySpread = schedulingAnalyzer({
  kind: 'topology-spread-unsatisfiable',
  title: 'Topology spread constraints exclude every node',
  about: 'A topologySpreadConstraint with DoNotSchedule leaves no node.',
  remedy: 'Allow a larger skew or ScheduleAnyway, or add nodes in the missing zone.',
  clause: /didn't match pod topology spread constraints/,
  confidence: 0.93,
  field: 'topologySpreadConstraints',
  says: () => 'its topology spread constraints exclude every node',
  remedies: () => [change('Raise maxSkew, use ScheduleAnyway, or add nodes in the missing zone', 'medium')],
});
