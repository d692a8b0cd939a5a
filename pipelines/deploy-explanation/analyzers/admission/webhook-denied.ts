import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

export const webhookDenied = denial({
  kind: 'admission-webhook-denied',
  title: 'An admission webhook denies it',
  about: 'A webhook other than Gatekeeper and Kyverno refuses the object.',
  remedy: 'Read its message, and change the manifest accordingly.',
  pattern: /admission webhook "((?!validation\.gatekeeper)(?![\w.-]*kyverno)[^"]+)" denied the request:? ?([^\n]*)/,
  confidence: 0.95,
  says: (match) => `the admission webhook \`${match[1]}\` denies it: ${(match[2] ?? '').slice(0, 240)}`,
  remedies: () => [
    look('Find out who runs the webhook', command('kubectl', 'get', 'validatingwebhookconfigurations')),
    change('Change the manifest as the message says'),
  ],
});
