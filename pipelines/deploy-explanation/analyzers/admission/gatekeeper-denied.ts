import { command, operand, piped } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';
import { proposePatch } from './policy-fix.ts';

export const gatekeeperDenied = denial({
  kind: 'gatekeeper-denied',
  title: 'An OPA Gatekeeper constraint denies it',
  about: 'The Gatekeeper admission webhook refuses the object; the constraint stands in brackets before the message.',
  remedy: 'Change the manifest so that it satisfies the constraint (`opsline fix` proposes a patch).',
  pattern: /admission webhook "validation\.gatekeeper\.sh" denied the request: \[([\w.-]+)\] ([^\n]+)/,
  confidence: 0.97,
  says: (match) => `the Gatekeeper constraint \`${match[1]}\` denies it: ${(match[2] ?? '').slice(0, 240)}`,
  remedies: (match, _message, subject) => [
    look(
      'Read the constraint',
      piped(command('kubectl', 'get', 'constraints', '-o', 'yaml'), command('grep', '-F', '-A20', operand(match[1]))),
    ),
    proposePatch(subject, ['constrainttemplates,constraints']),
    change('Change the manifest so that it satisfies the constraint'),
  ],
});
