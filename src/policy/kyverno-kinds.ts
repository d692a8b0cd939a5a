import type { KubeObject } from './violation.ts';

/** Rules for pods are generated for what makes pods, too. */
export const POD_CONTROLLERS = new Set([
  'DaemonSet',
  'Deployment',
  'Job',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
  'CronJob',
]);

/** The kinds that a match block names (`Pod`, `apps/v1/Deployment`, `Pod/exec`), or undefined where it does not tell. */
function kindsOf(match: KubeObject | undefined): string[] | undefined {
  const blocks = match?.any ?? match?.all ?? [match];
  if (!Array.isArray(blocks)) return undefined;
  const lists: unknown[] = blocks.map((block: KubeObject | undefined) => block?.resources?.kinds);
  if (lists.length === 0 || !lists.every(Array.isArray)) return undefined;
  return lists.flat().flatMap((kind) => String(kind).split(/[/.]/));
}

/** Whether a rule of a Kyverno policy names a kind by its own word, not by a wildcard. */
export function namesKind({ spec }: KubeObject, kind: string): boolean {
  const rules: unknown = spec?.rules;
  return Array.isArray(rules) && rules.some((rule: KubeObject | undefined) => kindsOf(rule?.match)?.includes(kind));
}

/** Whether a Kyverno policy may judge objects of a kind at all. Errs on the side of yes. */
export function mayMatchKind({ spec }: KubeObject, kind: string): boolean {
  const rules: unknown = spec?.rules;
  if (!Array.isArray(rules)) return true;
  return rules.some((rule: KubeObject | undefined) => {
    const kinds = kindsOf(rule?.match);
    return (
      kinds === undefined ||
      kinds.some((name) => name === kind || /[*?]/.test(name) || (name === 'Pod' && POD_CONTROLLERS.has(kind)))
    );
  });
}
