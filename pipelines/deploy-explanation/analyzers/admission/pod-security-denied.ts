import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';
import { proposePatch } from './policy-fix.ts';

export const podSecurityDenied = denial({
  kind: 'pod-security-denied',
  title: 'Pod Security admission denies the pod',
  about: 'The pod violates the Pod Security Standard that its namespace enforces.',
  remedy: 'Set the security context that the standard requires.',
  pattern: /violates PodSecurity "([^"]+)": ([^\n]+)/,
  confidence: 0.97,
  says: (match) => `it violates the Pod Security Standard \`${match[1]}\`: ${(match[2] ?? '').slice(0, 240)}`,
  remedies: (match, _message, subject) => [
    look('See what the namespace enforces', 'kubectl get namespace -o yaml | grep pod-security'),
    proposePatch(
      subject,
      undefined,
      `--engine pss --level ${/^baseline/.test(match[1] ?? '') ? 'baseline' : 'restricted'}`,
    ),
    change('Set the security context that the standard requires'),
  ],
});
