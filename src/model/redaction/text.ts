import { isObjectName, isReference, isSecretKey, isSecretValue, SECRET_WORD } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';
import { hideVariables } from './variables.ts';

/*
 * Every pattern is linear: it starts at a literal or at a boundary that cannot begin inside its own match, and its
 * quantifiers are bounded or run over a class that the next character cannot continue.
 */

/** Secrets that show what they are, whoever's name stands before them. */
const TOKENS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  // JSON web tokens: two base64url parts that begin like JSON, and a signature.
  ['token', /(?<![\w-])eyJ[\w-]{5,}\.eyJ[\w-]{2,}(?:\.[\w-]*)?/g],
  ['token', /(?<![\w-])(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|glrt-[\w-]{20,})/g],
  ['token', /(?<![\w-])xox[abeoprs]-[\w-]{10,}/g],
  ['token', /(?<![\w-])xapp-\d-[\w-]{10,}/g],
  ['token', /(?<=hooks\.slack\.com\/(?:services|workflows)\/)[\w/]{10,}/g],
  ['key', /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g],
  ['key', /(?<![\w-])AIza[\w-]{35}/g],
  ['token', /(?<![\w-])ya29\.[\w-]{20,}/g],
  ['key', /(?<![\w-])GOCSPX-[\w-]{20,}/g],
  ['key', /(?<![\w-])sk-(?:ant-|proj-|svcacct-)?[\w-]{20,}/g],
  ['key', /(?<![\w-])[srp]k_(?:live|test)_\w{16,}/g],
  [
    'token',
    /(?<![\w-])(?:npm_\w{36}|hf_\w{30,}|dop_v1_\w{40,}|hvs\.[\w-]{20,}|pypi-AgE[\w-]{40,}|SG\.[\w-]{16,}\.[\w-]{16,})/g,
  ],
  ['key', /(?<![\w-])AGE-SECRET-KEY-1[0-9A-Z]{40,}/g],
];

/** `Authorization: Bearer …`, `authorization=Basic …`, or a bare `Bearer …` of some length. */
const AUTHORIZATION =
  /(\bauthorization["']?\s{0,4}[:=]\s{0,4}["']?(?:basic|bearer|token|digest|negotiate|apikey)\s{1,4})([^\s"',;]{1,8192})/gi;
const BEARER = /(\bbearer\s{1,4})([\w.~+/-]{16,}={0,2})/gi;

/** The authority of a URL up to its last `@`; a raw `/` in a password is rare, but then what follows is no port. */
const USERINFO =
  /(:\/\/[^\s/@:"'<>[\]]{0,128}:)(?!\d{1,5}[/\s"'])([^\s"'<>@]{1,256}(?:@[^\s"'<>@/]{1,256}){0,4})(?=@[\w[.$])/g;

/** Go's MySQL data source names: `user:password@tcp(host:3306)/db`. */
const GO_DSN = /(?<![\w.-])([\w.-]{1,64}:)([^\s@"']{1,256})(?=@(?:tcp|udp|unix)\()/g;

/** `name=value`, `name: value`, `"name":"value"`, with JSON's escaped quotes, too. */
const ASSIGNMENT = new RegExp(`(${SECRET_WORD})(\\\\{0,3}["']?\\s{0,8}(?:=|:(?!:))[ \\t]{0,8})(\\\\{0,3}["'])?`, 'gi');

/** `--password value`, and curl's `-u user:password`. */
const FLAG = new RegExp(
  `(?<![\\w-])(--[\\w-]{0,40}?(?:${SECRET_WORD})[ \\t]{1,4})([^\\s"'\\\\-][^\\s"'\\\\]{0,511})`,
  'gi',
);
const CURL_USER = /(?<![\w-])((?:-u|--user)[ \t]{1,4}["']?[\w.-]{1,64}:)([^\s"']{1,256})/g;

/** What stands behind the name in an address. It begins with a character that is rare, and so is looked for first. */
const AT_DOMAIN = /@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g;
const MAX_NAME = 64;

/** Top-level names that exist only inside clusters and networks: `app@db.prod.svc` is a user on a host. */
const INTERNAL_HOST = /\.(?:svc|local|internal|lan|cluster|localdomain|intra|corp|home|localhost)$/i;
const ROBOT = /^(?:git|noreply|no-reply|svc|root|nobody|system)@/i;

/** Replaces the secrets of one text. See `redact` for what stays. */
export function redactText(text: string, of: PlaceholderOf): string {
  let result = hidePrivateKeys(text, of);
  result = hideSecretManifests(result, of);
  for (const [kind, pattern] of TOKENS) result = result.replace(pattern, (secret) => of(kind, secret));
  const keepHead = (kind: string) => (whole: string, head: string, secret: string) =>
    isSecretValue(secret) ? `${head}${of(kind, secret)}` : whole;
  result = result.replace(USERINFO, keepHead('password')).replace(GO_DSN, keepHead('password'));
  result = result.replace(AUTHORIZATION, keepHead('token')).replace(BEARER, keepHead('token'));
  result = result.replace(FLAG, keepHead('secret')).replace(CURL_USER, keepHead('password'));
  result = hideVariables(result, of);
  result = hideAssignments(result, of);
  return hideEmails(result, of);
}

const BEGIN_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END_KEY = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** The body of every private key; one that is cut off is hidden to the end of the text. */
function hidePrivateKeys(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  BEGIN_KEY.lastIndex = 0;
  for (let begin = BEGIN_KEY.exec(text); begin !== null; begin = BEGIN_KEY.exec(text)) {
    const body = begin.index + begin[0].length;
    END_KEY.lastIndex = body;
    const end = END_KEY.exec(text);
    const stop = end?.index ?? text.length;
    const secret = text.slice(body, stop);
    const shown = isSecretValue(secret.replaceAll('\\n', '')) ? of('key', secret) : secret;
    result += text.slice(from, body) + shown;
    from = stop;
    BEGIN_KEY.lastIndex = stop;
  }
  return result + text.slice(from);
}

/** The values of `data` and `stringData` where a text holds a Kubernetes Secret as YAML or as one line of JSON. */
function hideSecretManifests(text: string, of: PlaceholderOf): string {
  if (!/kind["']?\s{0,4}:\s{0,4}["']?Secret\b/.test(text)) return text;
  const inJson = text.replace(
    /(\\?"(?:data|stringData)\\?"\s{0,4}:\s{0,4}\{)([^{}]*)/g,
    (_, head: string, body: string) => {
      const hidden = body.replace(/(:\s{0,4}\\?")([^"\\]+)/g, (whole, colon: string, secret: string) =>
        isSecretValue(secret) ? `${colon}${of('secret', secret)}` : whole,
      );
      return head + hidden;
    },
  );
  let inside = -1;
  const lines = inJson.split('\n').map((line) => {
    const indent = line.length - line.trimStart().length;
    const block = /^\s*(?:data|stringData):\s*$/.test(line);
    if (block) inside = indent;
    else if (line.trim() !== '' && indent <= inside) inside = -1;
    if (block || inside < 0) return line;
    const colon = line.indexOf(': ');
    // A folded value continues on lines without a name.
    const start = colon < 0 ? indent : colon + 2;
    const secret = line.slice(start).trim();
    if (secret === '' || secret.endsWith(':') || /^[|>][+-]?$/.test(secret) || !isSecretValue(secret)) return line;
    return `${line.slice(0, start)}${of('secret', secret)}`;
  });
  return lines.join('\n');
}

/** Values behind names of secrets. Quoted ones end at their quote, bare ones at white space or a separator. */
function hideAssignments(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  ASSIGNMENT.lastIndex = 0;
  for (let match = ASSIGNMENT.exec(text); match !== null; match = ASSIGNMENT.exec(text)) {
    const [whole, word = '', separator = '', quote] = match;
    const start = match.index + whole.length;
    const name = (/[\w.-]{0,64}$/.exec(text.slice(Math.max(from, match.index - 64), match.index))?.[0] ?? '') + word;
    const secret = valueAt(text, start, quote);
    if (secret === '' || !isSecretKey(name) || !isSecretValue(secret) || isReference(text.slice(start, start + 8)))
      continue;
    // `secret=word` of a command line or URL is a value; `secret: word` and `secret="word"` name an object.
    const namesObject = (quote !== undefined || separator.includes(':')) && isObjectName(name, secret);
    if (namesObject || (quote === undefined && isProse(name, separator, secret))) continue;
    result += text.slice(from, start) + of(/pass|pwd/i.test(name) ? 'password' : 'secret', secret);
    from = start + secret.length;
    ASSIGNMENT.lastIndex = from;
  }
  return result + text.slice(from);
}

const LONGEST_VALUE = 4096;

function valueAt(text: string, start: number, quote: string | undefined): string {
  const ahead = text.slice(start, start + LONGEST_VALUE);
  if (quote === undefined) return /^(?:[^\s"'`,;&>)}\]\\]|\\(?![nrt"'\\]))*/.exec(ahead)?.[0] ?? '';
  const mark = quote.slice(-1);
  for (let at = 0; at < ahead.length; at += 1) {
    const character = ahead[at];
    if (character === '\n' || character === '\r') return ahead.slice(0, at);
    if (character !== mark) continue;
    // A quote behind more backslashes than the opening one belongs to the value.
    let backslashes = 0;
    while (backslashes < at && ahead[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes < quote.length) return ahead.slice(0, at - backslashes);
  }
  return ahead;
}

/** `invalid token: unexpected EOF`, `pull secret: regcred`: a sentence goes on behind the colon. */
function isProse(name: string, separator: string, value: string): boolean {
  if (!/^(?:secret|token)$/i.test(name) || !separator.includes(':')) return false;
  return value.length < 8 || (value.length < 24 && /^[A-Z]?[a-z.-]+$/.test(value));
}

function hideEmails(text: string, of: PlaceholderOf): string {
  let shown = '';
  let done = 0;
  for (const { 0: domain, index } of text.matchAll(AT_DOMAIN)) {
    const name = /[\w.+%-]+$/.exec(text.slice(Math.max(done, index - MAX_NAME - 1), index))?.[0] ?? '';
    if (name === '' || name.length > MAX_NAME) continue;
    const [from, address] = [index - name.length, name + domain];
    if (INTERNAL_HOST.test(address) || ROBOT.test(address) || inUrl(text, from)) continue;
    shown += text.slice(done, from) + of('email', address);
    done = index + domain.length;
  }
  return shown + text.slice(done);
}

/** Whether the text before `at` is the beginning of a URL's authority: `postgres://` before `app@db.example.com`. */
function inUrl(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 256), at);
  return /:\/\/[^\s/"'<>]*$/.test(before.slice(before.lastIndexOf('://')));
}
