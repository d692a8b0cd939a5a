import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { command, inTurn, piped } from '../../../../src/evidence/commands/shell.ts';
import { type Analyzer, change, look } from '../analyzer.ts';
import { denial } from './denials.ts';
import { proposePatch } from './policy-fix.ts';

const COMMON = {
  kind: 'pod-security-denied',
  title: 'Pod Security admission denies the pod',
  about:
    'The pod violates the Pod Security Standard that its namespace enforces, or fits no SecurityContextConstraint (OpenShift) that its service account may use.',
  remedy: 'Set the security context that the standard requires.',
  confidence: 0.97,
} as const;

const standard = denial({
  ...COMMON,
  pattern: /violates PodSecurity "([^"]+)": ([^\n]+)/,
  says: (match) => `it violates the Pod Security Standard \`${match[1]}\`: ${(match[2] ?? '').slice(0, 240)}`,
  remedies: (match, _message, subject) => [
    look(
      'See what the namespace enforces',
      subject.namespace === undefined
        ? piped(command('kubectl', 'get', 'namespace', '-o', 'yaml'), command('grep', 'pod-security'))
        : get({ kind: 'Namespace', name: subject.namespace }, '-o', 'yaml'),
    ),
    proposePatch(subject, undefined, [
      '--engine',
      'pss',
      '--level',
      /^baseline/.test(match[1] ?? '') ? 'baseline' : 'restricted',
    ]),
    change('Set the security context that the standard requires'),
  ],
});

/** What a constraint refuses itself; of the others it only says that this account may not use them. */
function refusedFields(said: string): string {
  const fields = [...said.matchAll(/([\w.[\]-]+: Invalid value: [^,\]]+(?:, [^:[\]]*)?)/g)].map(([one]) => one);
  return (fields.length > 0 ? fields.join('; ') : said).slice(0, 240);
}

const constraint = denial({
  ...COMMON,
  pattern: /unable to validate against any (security context constraint|pod security policy)s?(?:: ?(\[.*))?/,
  says: (match) => {
    // No list of them, or an empty one: the account may use none at all, or the message was cut.
    const refused = (match[2] ?? '').replace(/^\[\]$/, '');
    return `it fits no ${match[1]} that its service account may use${refused === '' ? '' : `: ${refusedFields(refused)}`}`;
  },
  remedies: (match) => [
    look(
      'See which constraints the account may use',
      /context/.test(match[1] ?? '')
        ? inTurn(command('oc', 'get', 'scc'), command('oc', 'adm', 'policy', 'who-can', 'use', 'scc', 'NAME'))
        : command('kubectl', 'get', 'psp'),
    ),
    change('Remove runAsUser, fsGroup and the like, so that the namespace gives them, or keep within its ranges'),
    change('Let the service account use a constraint that allows it', 'high'),
  ],
});

export const podSecurityDenied: Analyzer = {
  ...standard,
  find: (view) => [...standard.find(view), ...constraint.find(view)],
};
