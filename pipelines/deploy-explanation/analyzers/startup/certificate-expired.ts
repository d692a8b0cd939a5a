import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

const TLS_URL = /\b(?:https|wss|ldaps|amqps|rediss|grpcs):\/\/(?:[^@\s/"']*@)?([\w.-]+)(?::(\d+))?/g;

/** The host of the one URL of TLS that a line names, whose certificate was looked at, with its port. A server's own log names none. */
function asked({ text }: LogLine): { host: string; port: string | undefined } | undefined {
  const found = [...text.matchAll(TLS_URL)];
  const [host] = found.map((match) => match[1]);
  return host === undefined || found.some((match) => match[1] !== host) ? undefined : { host, port: found[0]?.[2] };
}

export const certificateExpired = logAnalyzer({
  kind: 'certificate-expired',
  title: 'A certificate has expired',
  about: 'The log says that a TLS certificate is past its end, or not yet valid.',
  remedy: 'Renew the certificate where it is kept (Secret, ConfigMap, cert-manager), then restart what uses it.',
  pattern: anyOf(
    /certificate (?:has )?expired|[Cc]ert(?:ificate)?(?: \S+)? (?:is |has )?expired|CERT_HAS_EXPIRED|CertificateExpired|certificate is not yet valid|x509: certificate has expired|ExpiredCert\w*|NotAfter[^\n]{0,40}(?:past|expired)|CertPathValidatorException[^\n]{0,60}NotAfter|CertificateExpiredException|ssl certificate[^\n]{0,20}expired/i,
    /certificate_expired|tls: expired certificate|invalid peer certificate: Expired|chain: NotTimeValid|Fatal - Certificate Expired/,
  ),
  confidence: 0.94,
  says: ({ line }) => {
    const when = /expired on ([\d-]+(?: [\d:]+)?)|current time \S+ is after ([\w:.+-]+)/.exec(line.text);
    const url = asked(line);
    const whose = url === undefined ? 'the SSL/TLS certificate it uses' : `the certificate that \`${url.host}\` shows`;
    return `${whose} has expired${when === null ? '' : ` (${when[1] ?? when[2]})`}`;
  },
  remedies: ({ line }) => {
    const url = asked(line);
    if (url === undefined)
      return [
        look('Read the dates of the certificate', command('openssl', 'x509', '-noout', '-dates', '-in', 'CERT')),
        change('Renew the certificate and restart what uses it', 'medium'),
      ];
    return [
      look(
        'See the certificate that the host shows',
        command('openssl', 's_client', '-connect', operand(`${url.host}:${url.port ?? 443}`)),
      ),
      change(`Have the certificate of \`${url.host}\` renewed by whoever runs it`, 'medium'),
    ];
  },
});
