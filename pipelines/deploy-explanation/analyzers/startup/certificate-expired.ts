import { servicesIn } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import type { Remedy } from '../../schema.ts';
import type { View } from '../../view.ts';
import { type Analyzer, change, type Draft, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { peerIn } from './named-in-line.ts';

/** What is told by the other side, which does not accept the program's own certificate. */
const OWN = /remote error|\balert\b|client certificate/i;

/** What Go says of both ends of a certificate's time, and of a clock that is before its beginning. */
const EITHER = /has expired or is not yet valid/i;
const BEFORE = /current time \S+ is before /;
const isNotYet = (said: string): boolean =>
  EITHER.test(said) ? BEFORE.test(said) : /not yet valid|not valid yet/i.test(said);
/** How it is told that a certificate is not yet valid. */
const NOT_YET = 'is not yet valid by the clock of who checks it';

/** What a client's library says of the certificate that the other side showed it. */
const VERIFIES = /x509: certificate has expired|CERT_HAS_EXPIRED|certificate verify failed|CertPathValidatorException/;

/** The host on which a program runs, as loggers of Node (pino, bunyan) put it beside its process into every line. */
const OWN_HOST = /(?<="pid":\s?\d+,\s?)"hostname":\s?"[^"]*",?|"hostname":\s?"[^"]*",\s?(?="pid":\s?\d)/;

/** Whose certificate a line is about: that of the host the program speaks to, with its port where it is told; undefined for its own. */
const peerOf = ({ text, raw }: LogLine): string | undefined =>
  OWN.test(text) ? undefined : (peerIn(text) ?? peerIn(raw.replace(OWN_HOST, '')));

/** What to do about the certificate of somebody who is called. */
function atPeer(peer: string): Remedy[] {
  const [host = '', port = '443'] = peer.split(':');
  return [
    look(
      'See the certificate that the host shows',
      command('openssl', 's_client', '-connect', operand(`${host}:${port}`)),
    ),
    change(`Have the certificate of \`${host}\` renewed by whoever runs it`, 'medium'),
  ];
}

const inLogs = logAnalyzer({
  kind: 'certificate-expired',
  title: 'A certificate has expired',
  about:
    'The log, or a check that was refused because of it, says that a TLS certificate is past its end, or not yet valid.',
  remedy: 'Renew the certificate where it is kept (Secret, ConfigMap, cert-manager), then restart what uses it.',
  pattern: anyOf(
    /certificate (?:has )?expired|[Cc]ert(?:ificate)?(?: \S+)? (?:is |has )?expired|CERT_HAS_EXPIRED|CertificateExpired|certificate is not yet valid|x509: certificate has expired|ExpiredCert\w*|NotAfter[^\n]{0,40}(?:past|expired)|CertPathValidatorException[^\n]{0,60}NotAfter|CertificateExpiredException|ssl certificate[^\n]{0,20}expired|cert(?:ificate)? is not valid anymore/i,
    /certificate_expired|tls: expired certificate|\bnot valid anymore\. Expired on |\bnot valid yet\. Starts on |invalid peer certificate: Expired|chain: NotTimeValid|Fatal - Certificate Expired/,
  ),
  confidence: 0.94,
  says: ({ line }) => {
    const when = /expired on ([\d-]+(?: [\d:]+)?)|current time \S+ is after ([\w:.+-]+)/.exec(line.text);
    const peer = peerOf(line);
    const whose = `the SSL/TLS certificate ${peer === undefined ? (VERIFIES.test(line.raw) && !OWN.test(line.text) ? 'that it was shown' : 'it uses') : `of \`${peer}\``}`;
    if (isNotYet(line.text)) return `${whose} is not yet valid`;
    return `${whose} has expired${when === null ? '' : ` (${when[1] ?? when[2]})`}`;
  },
  remedies: ({ line }) => {
    const peer = peerOf(line);
    if (peer !== undefined) return atPeer(peer);
    return [
      look('Read the dates of the certificate', command('openssl', 'x509', '-noout', '-dates', '-in', 'CERT')),
      change('Renew the certificate and restart what uses it', 'medium'),
    ];
  },
});

/** Checks (`curl` …) to which a server showed a certificate past its end. A Certificate that is seen tells by itself why it was not renewed. */
function inChecks(view: View): Draft[] {
  if (view.scene.objects.some(({ ref }) => ref.kind === 'Certificate')) return [];
  return view.checks.flatMap((check): Draft[] => {
    const peer = peerIn(check.said);
    if (check.outcome !== 'untrusted' || !/has expired/.test(check.said) || peer === undefined) return [];
    const [service] = servicesIn(view.scene, check.said).map(({ ref }) => ref);
    return [
      {
        object: service ?? { kind: 'Host', name: peer.split(':')[0] ?? peer },
        summary: `The SSL/TLS certificate that \`${peer}\` shows ${isNotYet(check.said) ? NOT_YET : 'has expired'}`,
        confidence: 0.9,
        severity: 'failed',
        citations: [check.cite()],
        involves: service === undefined ? [] : [service],
        remedies: atPeer(peer),
      },
    ];
  });
}

/** What kubectl says of the API server's certificate, which it does not accept any more. */
const REFUSED = /^Unable to connect to the server: .*x509: certificate has expired or is not yet valid/;

/** The API server that kubectl does not reach because the certificate is past its end. */
function atApiServer(view: View): Draft[] {
  for (const item of view.scene.items) {
    if (!item.text.includes('Unable to connect to the server: ')) continue;
    const lines = item.text.split('\n');
    const index = lines.findIndex((line) => REFUSED.test(line));
    if (index < 0) continue;
    const state = isNotYet(lines[index] ?? '') ? NOT_YET : 'has expired';
    return [
      {
        object: { kind: 'Server', name: 'kube-apiserver' },
        summary: `The certificate that the API server shows ${state}, so no client reaches the cluster`,
        confidence: 0.95,
        severity: 'failed',
        citations: [citeLines(item, index)],
        remedies: [
          look(
            'Read the dates of the certificates of the control plane',
            command('kubeadm', 'certs', 'check-expiration'),
          ),
          change('Renew the certificates of the control plane, and restart it', 'high'),
        ],
      },
    ];
  }
  return [];
}

export const certificateExpired: Analyzer = {
  ...inLogs,
  find: (view) => [...inLogs.find(view), ...inChecks(view), ...atApiServer(view)],
};
