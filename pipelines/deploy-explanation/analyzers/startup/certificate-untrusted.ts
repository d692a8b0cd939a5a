import { change } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { peerIn } from './named-in-line.ts';

export const certificateUntrusted = logAnalyzer({
  kind: 'certificate-untrusted',
  title: 'A certificate is not trusted',
  about: 'TLS fails because the authority is unknown or the name does not match.',
  remedy: 'Mount the right authority, or use the host name the certificate is for.',
  pattern: anyOf(
    /x509: certificate signed by unknown authority|certificate verify failed|SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|unable to get local issuer|x509: certificate is valid for [^\n]{1,200}, not [\w.:-]+|x509: certificate is valid for|PKIX path building failed|certificate is not trusted|hostname mismatch|self[- ]signed certificate in certificate chain|(?:error|problem|failed)[^\n]{0,40}: self[- ]signed certificate|certificate relies on legacy Common Name|remote certificate (?:is|was) (?:invalid|rejected)|ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/i,
    /tls: (?:unknown certificate authority|bad certificate|unknown ca)\b|doesn't match any of the subject alternative names|No subject alternative (?:DNS )?names?|unable to verify the first certificate|cannot validate certificate for|invalid peer certificate: (?!Expired)\w+|Fatal - (?:Unknown CA|Bad Certificate)/,
  ),
  // A server that tells of a client which goes away says nothing of its own.
  except: /expired|NotTimeValid|TLS handshake error from/i,
  confidence: 0.9,
  says: ({ match, line }) => {
    const peer = peerIn(line.text) ?? peerIn(line.raw);
    return `it does not trust the certificate of ${peer === undefined ? 'what it connects to' : `\`${peer}\``} (\`${match[0]}\`)`;
  },
  remedies: () => [change('Mount the authority that signed the certificate, or correct the host name', 'medium')],
});
