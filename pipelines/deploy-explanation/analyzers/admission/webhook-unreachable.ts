import { command, operand, piped } from '../../commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

export const webhookUnreachable = denial({
  kind: 'admission-webhook-unreachable',
  title: 'An admission webhook does not answer',
  about:
    'The API server must ask a webhook before it admits the object (or converts it to another version), and cannot reach it.',
  remedy: 'Bring the service behind the webhook up; as a last resort change its failurePolicy.',
  // The webhook that converts a custom resource between its versions is asked before all others.
  pattern:
    /failed calling webhook "([^"]+)": (?:failed to call webhook: )?([^\n]+)|conversion webhook for ([\w./-]+, Kind=\w+) failed: ((?=Post |Get |[^\n]*(?:no endpoints|not found|refused|x509|timeout|deadline))[^\n]+)/,
  confidence: 0.96,
  says: (match) =>
    match[3] === undefined
      ? `the admission webhook \`${match[1]}\` does not answer: ${(match[2] ?? '').slice(0, 200)}`
      : `the webhook that converts \`${match[3]}\` does not answer: ${(match[4] ?? '').slice(0, 200)}`,
  object: (match) => ({ kind: 'Webhook', name: match[1] ?? match[3] ?? '' }),
  remedies: (match) => [
    look(
      'See the configuration and the service behind it',
      match[3] === undefined
        ? piped(
            command(
              'kubectl',
              'get',
              'validatingwebhookconfigurations,mutatingwebhookconfigurations',
              '-o',
              'custom-columns=NAME:.metadata.name,WEBHOOKS:.webhooks[*].name,SERVICES:.webhooks[*].clientConfig.service.name',
            ),
            command('grep', '-F', operand(match[1])),
          )
        : command(
            'kubectl',
            'get',
            'crd',
            '-o',
            'custom-columns=NAME:.metadata.name,CONVERSION:.spec.conversion.webhook.clientConfig.service.name',
          ),
    ),
    change('Bring the service of the webhook up', 'medium'),
    change('Remove the webhook configuration if its service is gone for good', 'high'),
  ],
});
