import { change } from '../analyzer.ts';
import { schedulingAnalyzer } from './scheduling.ts';

export const podAffinityMismatch = schedulingAnalyzer({
  kind: 'pod-affinity-mismatch',
  title: 'Pod affinity or anti-affinity excludes every node',
  about: 'Required pod (anti-)affinity leaves no node: often more replicas than nodes with anti-affinity by host.',
  remedy: 'Make the rule preferred instead of required, lower the replicas, or add nodes.',
  clause:
    /didn't (?:match|satisfy) (?:existing )?(?:[Pp]od'?s? )?(?:pod )?(?:anti-)?affinity(?: rules| \/)?|didn't match pod (?:anti-)?affinity(?:\/anti-affinity)?(?: rules)?/,
  confidence: 0.93,
  field: 'affinity',
  applies: (_pod, message) =>
    /pod (?:anti-)?affinity|pods? anti-affinity/i.test(message.replace(/node affinity/gi, '')),
  says: (match) =>
    /anti/.test(match[0])
      ? 'its required pod anti-affinity excludes every node'
      : 'its required pod affinity matches no node',
  remedies: () => [change('Make the rule preferred, lower the replicas, or add nodes', 'medium')],
});
