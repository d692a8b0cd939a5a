/** The end of a name that holds a secret: `DB_PASSWORD`, `client-secret`, `apiToken`; not `secretName` or `tokenCount`. */
export const SECRET_WORD =
  'password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key';

const SECRET_KEY = new RegExp(`(?:${SECRET_WORD})$`, 'i');

/** Names that end like a secret and name something else. */
const HARMLESS_KEY = /^(?:automount.*|.*(?:continue|next|page|count|max|eos|bos|pad|cancel)[_-]?token)$/i;

/** Whether a member or variable of this name holds a secret value. */
export function isSecretKey(key: string): boolean {
  return key.length <= 128 && SECRET_KEY.test(key) && !HARMLESS_KEY.test(key);
}

/** Words that stand where a secret could and tell why something failed. */
const HARMLESS_VALUE =
  /^(?:true|false|yes|no|null|nil|none|undefined|missing|invalid|expired|required|revoked|incorrect|wrong|empty|unset|optional|not|is|was|has|must|cannot|could|the|for|from|in|of|and|or|authentication|auth|string|[*x.•-]+|)$/i;

/** References to a secret instead of the secret: `$(VAR)`, `${VAR}`, `{{ .Values.x }}`, `<set to the key …>`. */
const REFERENCE = /^(?:\$[({A-Za-z_]|\{\{|<|%[({])/;

/** Whether a text begins with a reference to a secret. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** Whether a value under a secret's name is the secret itself. Placeholders are not. */
export function isSecretValue(value: string): boolean {
  const text = value.trim();
  return !HARMLESS_VALUE.test(text) && !isReference(text) && !text.startsWith('[redacted:');
}

/** `client_secret` and its kin hold the secret; `tlsSecret`, `auth_secret` in a manifest hold the name of a Secret object. */
const OWN_SECRET = /(?:client|app|jwt|session|cookie|webhook|shared|oauth|hmac|master|consumer|api)[_.-]?secret$/i;

/**
 * Whether a value under a name that ends in `secret` is the name of a Kubernetes Secret, with or without its namespace: which
 * one is missing is a cause. Such names are words of small letters with hyphens; a random value is not.
 */
export function isObjectName(key: string, value: string): boolean {
  if (!/secret$/i.test(key) || OWN_SECRET.test(key) || value.length > 253) return false;
  const words = value.replace('/', '-').split(/[.-]/);
  return /^[a-z]/.test(value) && words.every((word) => /^[a-z]{1,20}\d{0,2}$|^v?\d{1,2}$/.test(word));
}
