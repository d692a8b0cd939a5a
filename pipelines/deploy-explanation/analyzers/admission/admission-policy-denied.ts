import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';
import { proposePatch } from './policy-fix.ts';

export const admissionPolicyDenied = denial({
  kind: 'admission-policy-denied',
  title: 'A ValidatingAdmissionPolicy denies it',
  about: "The API server's own CEL policy refuses the object.",
  remedy: 'Change the manifest so that it satisfies the policy.',
  pattern: /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: ([^\n]+)/,
  confidence: 0.97,
  says: (match) =>
    `the ValidatingAdmissionPolicy \`${match[1]}\` (binding \`${match[2]}\`) denies it: ${(match[3] ?? '').slice(0, 240)}`,
  remedies: (match, _message, subject) => [
    look('Read the policy', get({ kind: 'ValidatingAdmissionPolicy', name: match[1] ?? '' }, '-o', 'yaml')),
    proposePatch(subject, ['validatingadmissionpolicies,validatingadmissionpolicybindings']),
    change('Change the manifest so that it satisfies the policy'),
  ],
});
