import { isSecretValue } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';

/*
 * Secrets in URLs, data source names and HTTP headers. Every pattern is linear: see text.ts.
 */

/** The authority of a URL up to its last `@`; a raw `/` in a password is rare, but then what follows is no port. */
const USERINFO =
  /(:(?:\\{0,3}\/){2}[^\s/@:"'<>[\]]{0,128}:)(?!\d{1,5}[/\s"'])([^\s"'<>@]{1,256}(?:@[^\s"'<>@/]{1,256}){0,4})(?=@[\w[.$])/g;

/** The same where a screen broke the line within the password. */
const BROKEN_USERINFO =
  /(:\/\/[\w.%-]{0,64}:)(?!\d{1,5}\s)([^\s/"'<>@]{1,128})(\r?\n[ \t]{0,8})([^\s/"'<>@:]{1,128})(?=@[\w[.$])/g;
/** The same percent-encoded, as a parameter of another URL. */
const ENCODED_USERINFO = /(%3A%2F%2F[\w.-]{0,64}%3A)([^\s"'<>&@]{1,256}?)(?=%40)/gi;
/** A host and its port behind an `@`: what is rare is looked for first. */
const AT_HOST = /@(?:\/\/)?[\w.-]{1,253}:\d{2,5}(?:[/\s"',]|$)/g;
/** The same without a scheme: `app:x@db:5432/shop`; and Oracle's `app/x@//db:1521/shop`. */
const BARE_USERINFO = /(?:^|[^\w.:/@%[-])[A-Za-z][\w.-]{0,63}:([^\s"'@/:,;=[\]]{4,128})$/;
const ORACLE = /(?:jdbc:oracle:\w{1,8}:|(?:^|[^\w./@-]))[A-Za-z][\w$#]{0,63}\/([^\s"'@/]{1,128})$/;

/** A token in place of a user: long, and with digits. */
const TOKEN_AS_USER = /(\bhttps?:\/\/)(?=[\w.-]{0,64}\d)([\w.-]{20,256})(?=@[\w[])/g;

/** What stands alone before the host of a Redis URL is its password (`redis-cli -u`); `default` is the name of its user. */
const REDIS_PASSWORD =
  /(\b(?:redis|rediss|valkey|valkeys):(?:\\{0,3}\/){2})(?!default@)([^\s/@:"'<>[\]]{1,256})(?=@[\w[.$])/g;
/** A password with blanks, which belong encoded: what follows its host tells that it is a URL and no sentence. */
const SPACED_USERINFO =
  /(:(?:\\{0,3}\/){2}[\w.%-]{1,64}:)(?!\d{1,5}\s)([^\s/"'<>@]{1,64}(?: [^\s/"'<>@]{1,64}){1,4})(?=@[\w.-]{1,253}(?::\d|\/))/g;

/** Go's MySQL data source names: `user:password@tcp(host:3306)/db`. */
const GO_DSN = /(?<![\w.-])([\w.-]{1,64}:)([^\s@"']{1,256})(?=@(?:tcp|udp|unix)\()/g;

/** Parameters of signed URLs (AWS, Google, Azure, CloudFront), and the signature in AWS's `Authorization` header. */
const SIGNED =
  /((?:[?&]|\\u0026|&amp;|%26|%3F)(?:x-(?:amz|goog)-(?:signature|credential|security-token)|signature|sig|policy)(?:=|%3D)|\bSignature=)([\w%+/=~.-]{16,4096})/gi;

/** `Authorization: Bearer …`, `authorization=Basic …`, or a bare `Bearer …` of some length. */
const AUTHORIZATION =
  /(\bauthorization\\{0,15}["']?\s{0,4}[:=]\s{0,4}(?:\\{0,15}["'])?(?:basic|bearer|token|digest|negotiate|apikey)\s{1,4})([^\s"',;\\]{1,8192})/gi;
const BEARER = /(\bbearer\s{1,4})([\w.~+/-]{16,}={0,2})/gi;
/** An `Authorization` header of no scheme: one word of some length, with digits. */
const BARE_AUTHORIZATION =
  /(\bauthorization\\{0,15}["']?\s{0,4}[:=]\s{0,4}(?:\\{0,15}["'])?)(?=[\w.~+/=-]{0,64}\d)([\w.~+/=-]{16,8192})(?=[\s"',;\\]|$)/gi;

/** `Cookie: a=1; b=2` and `Set-Cookie: a=1; Path=/`. */
const COOKIES =
  /(\b(set-)?cookie\\{0,15}["']?\s{0,4}[:=]\s{0,4}(?:\\{0,15}["'])?)([\w!#$%&*+.^`|~-]{1,128}=[^\r\n"'\\]{1,8192})/gi;

/** What `auth` of a Docker and `_auth` of an npm configuration hold: a user and a password in base64. */
const DOCKER_AUTH =
  /((?:\\{0,15}["']auth\\{0,15}["']\s{0,4}:\s{0,8}|\b_auth\s{0,4}=\s{0,4})(?:\\{0,15}["'])?)([A-Za-z0-9+/]{6,8192}={0,2})/g;

/** Hides passwords in URLs and data source names, and signatures of signed URLs. */
export function hideInUrls(text: string, of: PlaceholderOf): string {
  const password = keepHead('password', of);
  let result = text;
  if (text.includes('@')) {
    result = result
      .replace(USERINFO, password)
      .replace(BROKEN_USERINFO, (whole, head: string, first: string, gap: string, rest: string) =>
        isSecretValue(first) ? head + of('password', first) + gap + of('password', rest) : whole,
      )
      .replace(SPACED_USERINFO, password)
      .replace(REDIS_PASSWORD, password)
      .replace(TOKEN_AS_USER, keepHead('token', of))
      .replace(GO_DSN, password);
    result = hideBeforeHosts(result, of);
  }
  if (/%3A%2F%2F/i.test(text)) result = result.replace(ENCODED_USERINFO, password);
  return result.replace(SIGNED, keepHead('token', of));
}

/** Hides passwords that stand before a host and its port without a scheme. */
function hideBeforeHosts(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  for (const { index, 0: host } of text.matchAll(AT_HOST)) {
    const before = text.slice(Math.max(from, index - 224), index);
    const isOracle = host.startsWith('@//') || /:1[56]\d\d\b/.test(host);
    const secret = (BARE_USERINFO.exec(before) ?? (isOracle ? ORACLE.exec(before) : null))?.[1];
    if (secret === undefined || !isSecretValue(secret)) continue;
    result += text.slice(from, index - secret.length) + of('password', secret);
    from = index;
  }
  return result + text.slice(from);
}

/** Hides credentials in headers: `Authorization`, cookies, and `auth` of Docker configurations. */
export function hideInHeaders(text: string, of: PlaceholderOf): string {
  const token = keepHead('token', of);
  return text
    .replace(AUTHORIZATION, token)
    .replace(BEARER, token)
    .replace(BARE_AUTHORIZATION, token)
    .replace(COOKIES, (_, head: string, set: string | undefined, pairs: string) => {
      const [first = '', ...others] = pairs.split(/(?=;)/);
      // What follows the first pair of Set-Cookie are attributes.
      return head + [first, ...(set === undefined ? others : [])].map(hidePair).join('') + (set ? others.join('') : '');
    })
    .replace(DOCKER_AUTH, (whole, head: string, encoded: string) =>
      isUserAndPassword(encoded) ? head + of('password', encoded) : whole,
    );

  function hidePair(pair: string): string {
    const at = pair.indexOf('=') + 1;
    const value = pair.slice(at).trim();
    if (at === 0 || value.length < 4 || !isSecretValue(value)) return pair;
    const start = pair.indexOf(value, at);
    return pair.slice(0, start) + of('token', value) + pair.slice(start + value.length);
  }
}

/** Whether a text is `user:password` in base64, which `auth` of a Docker configuration holds; `auth: enabled` is not. */
export function isUserAndPassword(encoded: string): boolean {
  if (!/^[A-Za-z0-9+/]{6,}={0,2}$/.test(encoded)) return false;
  return /^[\x20-\x39\x3b-\x7e]{1,256}:[\x20-\x7e]+$/.test(Buffer.from(encoded, 'base64').toString('latin1'));
}

function keepHead(kind: string, of: PlaceholderOf) {
  return (whole: string, head: string, secret: string): string =>
    isSecretValue(secret) ? `${head}${of(kind, secret)}` : whole;
}
