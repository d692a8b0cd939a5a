import { change, look } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

const PATTERN = /User \\?"(system:serviceaccount:[\w:.-]+)\\?" cannot (\w+) resource \\?"?([\w.*/]+)/;

export const rbacForbidden = logAnalyzer({
  kind: 'rbac-forbidden',
  title: 'The service account may not do it',
  about: 'The program asks the Kubernetes API for something that its service account has no role for.',
  remedy: 'Bind a Role with that verb and resource to the service account.',
  pattern: PATTERN,
  confidence: 0.93,
  says: ({ match }) => `its service account \`${match[1]}\` may not ${match[2]} ${match[3]}`,
  remedies: ({ match }) => [
    look('Ask the API server', `kubectl auth can-i ${match[2]} ${match[3]} --as=${match[1]}`),
    change('Bind a Role that allows it to the service account', 'medium'),
  ],
});
