import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

export const webhookUnreachable = denial({
  kind: 'admission-webhook-unreachable',
  title: 'An admission webhook does not answer',
  about: 'The API server must ask a webhook before it admits the object, and cannot reach it.',
  remedy: 'Bring the service behind the webhook up; as a last resort change its failurePolicy.',
  pattern: /failed calling webhook "([^"]+)": (?:failed to call webhook: )?([^\n]+)/,
  confidence: 0.96,
  says: (match) => `the admission webhook \`${match[1]}\` does not answer: ${(match[2] ?? '').slice(0, 200)}`,
  object: (match) => ({ kind: 'Webhook', name: match[1] ?? '' }),
  remedies: (match) => [
    look(
      'See the configuration and the service behind it',
      `kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations | grep ${(match[1] ?? '').split('.')[0]}`,
    ),
    change('Bring the service of the webhook up', 'medium'),
    change('Remove the webhook configuration if its service is gone for good', 'high'),
  ],
});
