/** Why a read gave nothing. `missing`: the cluster has no such API or object, which alarms nobody. */
export type Why =
  | 'forbidden'
  | 'unauthorized'
  | 'missing'
  | 'expired'
  | 'timeout'
  | 'unreachable'
  | 'too-large'
  | 'failed';

/** A read that gave nothing, and why. `message` holds no header and no credential. */
export class ReadFailure extends Error {
  readonly why: Why;
  /** What an expired list gives to go on with (`metadata.continue` of the refusal). */
  readonly resume: string | undefined;

  constructor(why: Why, message: string, options: { cause?: unknown; resume?: string | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ReadFailure';
    this.why = why;
    this.resume = options.resume;
  }
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve now',
  ETIMEDOUT: 'the connection gets no answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  EPIPE: 'the connection was cut',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself, and not the one that the kubeconfig trusts',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that the kubeconfig does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that the kubeconfig does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that the kubeconfig does not trust',
  CERT_SIGNATURE_FAILURE: 'its certificate is signed by an authority that the kubeconfig does not trust',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate',
  EPROTO: 'it speaks no TLS',
};

/** What a broken connection means, in words. */
export function connectionFailure(cause: NodeJS.ErrnoException, server: string): ReadFailure {
  const code = cause.code ?? '';
  const what = UNREACHABLE[code] ?? (/^ERR_SSL|^ERR_TLS/.test(code) ? 'TLS fails' : 'the connection fails');
  const shown = code === '' ? '' : ` (${code})`;
  return new ReadFailure('unreachable', `${server}: ${what}${shown}`, { cause });
}
