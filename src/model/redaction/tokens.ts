import type { PlaceholderOf } from './placeholders.ts';

/** Secrets that show what they are, whatever name stands before them. Each pattern begins with a literal behind a boundary. */
const TOKENS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  // JSON web tokens: two base64url parts that begin like JSON, and a signature.
  ['token', /(?<![\w-])eyJ[\w-]{5,}\.eyJ[\w-]{2,}(?:\.[\w-]*)?/g],
  // `{"auths":` of a Docker configuration, in base64.
  ['secret', /(?<![A-Za-z0-9+/])(?:eyJhdXRocyI6|eyAiYXV0aHMi|ewogICJhdXRocyI|ewoJImF1dGhzI)[A-Za-z0-9+/]{16,}={0,2}/g],
  ['token', /(?<![\w-])(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|gl(?:pat|rt|dt|cbt|ptt|ft|soat|agent|imt)-[\w-]{20,})/g],
  ['token', /(?<![\w-])xox[abceoprs]-[\w-]{10,}/g],
  ['token', /(?<![\w-])xapp-\d-[\w-]{10,}/g],
  ['token', /(?<=hooks\.slack\.com\/(?:services|workflows)\/)[\w/]{10,}/g],
  ['key', /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g],
  ['key', /(?<![\w-])AIza[\w-]{35}/g],
  ['token', /(?<![\w-])ya29\.[\w-]{20,}/g],
  ['key', /(?<![\w-])GOCSPX-[\w-]{20,}/g],
  ['key', /(?<![\w-])sk-(?:ant-|proj-|svcacct-|admin-)?[\w-]{20,}/g],
  ['key', /(?<![\w-])(?:[srp]k_(?:live|test)_\w{16,}|whsec_[\w+/=]{16,})/g],
  [
    'token',
    /(?<![\w-])(?:npm_\w{36}|hf_\w{30,}|do[opr]_v1_\w{40,}|hv[sb]\.[\w-]{20,}|pypi-AgE[\w-]{40,}|SG\.[\w-]{16,}\.[\w-]{16,}|dckr_pat_[\w-]{20,}|shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}|dapi[0-9a-f]{32}|glsa_\w{32,}|rubygems_[0-9a-f]{40,})/g,
  ],
  // Client secrets of Microsoft Entra.
  ['key', /(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])/g],
  ['key', /(?<![\w-])AGE-SECRET-KEY-1[0-9A-Z]{40,}/g],
];

/** Replaces tokens and keys that are known by their shape. */
export function hideTokens(text: string, of: PlaceholderOf): string {
  let result = text;
  for (const [kind, pattern] of TOKENS) result = result.replace(pattern, (secret) => of(kind, secret));
  return result;
}
