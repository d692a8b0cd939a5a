import { command, operand, piped } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

/** What kept a webhook from being asked, by how Go's HTTP client and the API server end such an error. */
const REASONS: readonly (readonly [pattern: RegExp, says: string])[] = [
  [/no endpoints available for service "([^"]+)"/, 'no pod behind its Service `$1` is ready'],
  [/service "([^"]+)" not found/, 'its Service `$1` does not exist'],
  [/x509: certificate has expired or is not yet valid/, 'its certificate has expired'],
  [
    /x509: certificate signed by unknown authority/,
    'its certificate is not signed by the authority (caBundle) that its configuration names',
  ],
  [
    /x509: certificate is (?:valid for|not valid for)|x509: certificate relies/,
    'its certificate is made for another name',
  ],
  [/x509:|tls:/, 'no TLS connection to it comes about'],
  [/context deadline exceeded|i\/o timeout|[Tt]imeout (?:exceeded|awaiting)/, 'it does not answer in time'],
  [/connection refused/, 'the connection to it is refused'],
  [/no such host/, 'its host name does not resolve'],
  [/no route to host|network is unreachable/, 'no network leads to it'],
  [/EOF|connection reset/, 'it breaks the connection off'],
  [/could not find the requested resource/, 'it does not know the path that it is asked at'],
  [/an error on the server|\b50\d\b/, 'it answers with an error of its own'],
];

/** Why a webhook could not be asked in plain words, with the end of the error. */
function reasonOf(error: string): string {
  const told = error.replace(/^(?:Post|Get) "?[^"\s]+"?: /, '').slice(0, 200);
  const [pattern, says] = REASONS.find(([one]) => one.test(told)) ?? [];
  if (pattern === undefined || says === undefined) return told;
  const match = pattern.exec(told);
  return `${says.replace('$1', match?.[1] ?? '')} (${told})`;
}

/** The Service that a webhook's address names: `https://NAME.NAMESPACE.svc:443/…`. */
function serviceIn(error: string): string {
  const [, name, namespace] = /https:\/\/([\w-]+)\.([\w-]+)\.svc\b/.exec(error) ?? [];
  return name === undefined ? '' : ` (Service ${namespace}/${name})`;
}

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
      ? `the admission webhook \`${match[1]}\`${serviceIn(match[2] ?? '')} cannot be asked: ${reasonOf(match[2] ?? '')}`
      : `the webhook that converts \`${match[3]}\`${serviceIn(match[4] ?? '')} cannot be asked: ${reasonOf(match[4] ?? '')}`,
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
