import { type Access, canI, grant, resourceOf, scopeOf, scopeWords } from '../access.ts';
import { type Analyzer, change, look } from '../analyzer.ts';
import { refusedByStatus } from './api-refuses.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';

const PATTERN = /User \\*"(system:serviceaccount:[\w:.-]+)\\*" cannot (\w+) resource \\*"?([\w.*/-]+)/;

function refused({ match, line }: LogHit): Access {
  const said = line.raw.slice(Math.max(0, line.raw.indexOf(match[0])));
  const scope = scopeOf(said);
  return {
    user: match[1] ?? '',
    verb: match[2] ?? '',
    resource: resourceOf(match[3] ?? '', said),
    ...(scope === undefined ? {} : { scope }),
  };
}

const said = logAnalyzer({
  kind: 'rbac-forbidden',
  title: 'The service account may not do it',
  about: 'The program asks the Kubernetes API for something that its service account has no role for.',
  remedy:
    'Bind a Role with that verb and resource to the service account; a ClusterRole, with a ClusterRoleBinding, where it was asked at the cluster scope.',
  pattern: PATTERN,
  confidence: 0.93,
  says: (hit) =>
    `its service account \`${hit.match[1]}\` may not ${hit.match[2]} ${hit.match[3]}${scopeWords(refused(hit))}`,
  remedies: (hit) => [
    look('Ask the API server', canI(refused(hit))),
    change(grant(refused(hit), 'the service account'), 'medium'),
  ],
});

export const rbacForbidden: Analyzer = { ...said, find: (view) => [...said.find(view), ...refusedByStatus(view)] };
