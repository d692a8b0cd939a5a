/*
 * Which names hold a secret, and which values under such a name are one. A name is judged by its end: what stands before only says
 * whose secret it is.
 */

/** Ends of names that hold a secret, whatever stands before them, also run together: `DB_PASSWORD`, `authtoken`. */
const ALWAYS = 'password|passwd|passphrase|passcode|pwd|secret|token';

/** Kinds of keys that are secret. A primary, public, routing, cache or partition key is none. */
const KEYS =
  'api|access|secret|private|account|sign|signing|signature|encrypt|encryption|decryption|crypto|cipher|session|master|hmac|aes|rsa|jwt|auth|authentication|license|shared|preshared|pre[_-]shared|app|application|client|storage|ssh|deploy|server|webhook|service|subscription|consumer|write|admin|root|vault|cookie|csrf|unseal|recovery|tls|ssl|instrumentation|ingestion|integration';

/** What may follow the end: `SECRET_KEY_BASE`, `client-key-data`, `PASSWORD_OLD`, `TOKEN2`. */
const TAIL =
  '(?:[_-]?(?:base|data|value|hash)|[_-](?:old|new|previous|current|primary|secondary|prod|production|staging|dev|live|plain|b64|base64)|_?\\d{1,2}|_v\\d)';

/** A name's end as it stands in a text, for a first look: `isSecretKey` decides. */
export const SECRET_WORD = `(?:${ALWAYS}|credentials?|creds|pass|salt|key|masterauth|dockerconfigjson|dockercfg)${TAIL}?`;

const SECRET_KEY = new RegExp(
  `(?:${ALWAYS}|credentials?|creds|(?:${KEYS})[_-]?key|masterauth|\\.dockerconfigjson|\\.dockercfg)${TAIL}?$`,
  'i',
);

/** `pass` and `salt` are also ends of other words: they are words of their own, by a separator or a capital, or behind a known one. */
const PASS = new RegExp(
  `(?:(?:^|[_.-])(?:pass|PASS|Pass|salt|SALT|Salt)|[a-z0-9](?:Pass|Salt)|(?:^|[^A-Za-z])(?:db|user|smtp|mail|email|root|admin|redis|mysql|pg|postgres|mongo|rabbitmq|ftp|http|proxy|ldap|my|auth|login|require|store|key|trust|basic|ssh|sudo)(?:pass|PASS))${TAIL}?$`,
);

/** Names that end like a secret and name something else. */
const HARMLESS_KEY =
  /^(?:automount.*|(?:allow|with|has|use|access-control-allow)[_-]?credentials|.*(?:continue|next|page|count|max|eos|bos|pad|cancel)[_-]?token|.*(?:by|tests?|checks?|num|total|first|second|third|last|final|multi|single|two|one|render|full|dry)[_.-]?pass)$/i;

/** Whether a member or variable of this name holds a secret value. */
export function isSecretKey(key: string): boolean {
  return key.length <= 128 && (SECRET_KEY.test(key) || PASS.test(key)) && !HARMLESS_KEY.test(key);
}

/** Whether a name is a word that also tells how a test ended or what a dish needs: `pass`, `salt`. */
export function isEverydayWord(key: string): boolean {
  return /^(?:pass|salt)$/i.test(key);
}

/** Words that stand where a secret could and tell why something failed, and which part of a policy it was. */
const HARMLESS_VALUE =
  /^(?:true|false|yes|no|on|off|null|nil|none|undefined|missing|invalid|expired|required|revoked|incorrect|wrong|empty|unset|optional|not|is|are|was|has|must|should|may|can|will|needs|cannot|could|the|for|from|in|of|to|and|or|with|by|via|if|when|flag|option|argument|value|set|given|authentication|auth|string|enabled|disabled|[*x.•-]+|\(sensitive(?: value)?\)?|\(known|validations\[\d{1,4}\]?|)$/i;

/** What an error calls a token: `expired_token`, `invalid-password`. */
const CALLED =
  /^(?:expired|invalid|missing|bad|unknown|malformed|revoked|wrong|unsupported)[_-](?:\w+[_-])?(?:token|secret|password|credentials?|key|grant|client|user)$/i;

/** References to a secret instead of the secret: `$(VAR)`, `${VAR}`, `{{ .Values.x }}`, `<set to the key …>`. */
const REFERENCE = /^(?:\$[({A-Za-z_]|\{\{|<|%[({])/;

/** Where a secret is read from: `/etc/tls/tls.key`. A random value has no such folder in front and no such ending. */
const PATH =
  /^(?:file:\/\/)?(?:~|\.{1,2}|[A-Za-z]:)?[\\/](?:(?:etc|var|run|usr|opt|home|root|tmp|mnt|app|srv|data|config|secrets?|vault|certs?|tls|ssl|proc|dev|workspace|builds?|bitnami|keys?)(?:[\\/]|$)|[\w.\\/-]{0,200}\.(?:key|pem|crt|txt|json|ya?ml|jwt|token|p12|jks|conf|env)$)/;

/** Whether a text begins with a reference to a secret. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** Whether a value under a secret's name is the secret itself. Placeholders are not. */
export function isSecretValue(value: string): boolean {
  const text = value.trim();
  return (
    !HARMLESS_VALUE.test(text) &&
    !CALLED.test(text) &&
    !isReference(text) &&
    !PATH.test(text) &&
    !text.startsWith('[redacted:')
  );
}

/** `client_secret` and its kin hold the secret; `tlsSecret`, `auth_secret` in a manifest hold the name of a Secret object. */
const OWN_SECRET = /(?:client|app|jwt|session|cookie|webhook|shared|oauth|hmac|master|consumer|api)[_.-]?secret$/i;

/**
 * Whether a value under a name that ends in `secret` or `credentials` is the name of a Kubernetes Secret, with or without its namespace: which
 * one is missing is a cause. Such names are words of small letters with hyphens; a random value is not.
 */
export function isObjectName(key: string, value: string): boolean {
  if (!/(?:secret|credentials?|creds)$/i.test(key) || OWN_SECRET.test(key) || value.length > 253) return false;
  const words = value.replace('/', '-').split(/[.-]/);
  return /^[a-z]/.test(value) && words.every((word) => /^[a-z]{1,20}\d{0,2}$|^v?\d{1,2}$/.test(word));
}

/** Whether a value is a plain word under the name of a key that is no variable: `app-key: id` names a field. */
export function isFieldName(key: string, value: string): boolean {
  return /key$/i.test(key) && /[a-z]/.test(key) && /^[a-z]{1,12}$/.test(value);
}
