import { OpslineError } from '../errors.ts';
import { isNeverRun } from './kyverno-rules.ts';
import { celTokens, isField, isSign, type Lexer, tokensOf } from './tokens.ts';
import { type KubeObject, nameOf } from './violation.ts';

/** Kyverno contexts and rules whose answer lies outside the manifests: API servers, registries, URLs. */
const KYVERNO_KEYS: Readonly<Record<string, string>> = {
  apiCall: 'calls the API server or a URL',
  imageRegistry: 'reads an image registry',
  globalReference: 'reads a global context entry',
};
/** CEL variables of Kyverno's ValidatingPolicy (and `jwks.Fetch`) through which an expression reaches outside. */
const CEL_REFUSED = new Set(['http', 'Http', 'resource', 'image', 'globalContext', 'jwks']);

function refuse(document: KubeObject, what: string): never {
  const { kind, name } = nameOf(document);
  throw new OpslineError(
    'policy-refused',
    `${kind} "${name}" ${what}, which opsline does not run. Leave it out of --policies; a cluster that enforces it judges by it (--engine cluster).`,
  );
}

/** As OPA's scanner reads. A template string (`$"{…}"`) holds code and is therefore no string here. */
export const REGO: Lexer = [
  [undefined, /[ \t\r\n]+|#[^\n]*/y],
  ['sign', /\$["`]/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /[0-9]+(?:\.[0-9]+)?/y],
  ['sign', /:=|[=!<>]=|[\s\S]/y],
];

/** Names below which OPA keeps built-ins that reach the network or the host; Gatekeeper runs `http.send` for real. */
const REGO_REFUSED = new Set(['http', 'net', 'opa']);

/**
 * What in a Rego text reaches outside: `http`, `net` or `opa` as the head of a reference, whatever follows (but the sums
 * of `net.cidr_…`), or as a value that nothing in the text binds; and Gatekeeper's `external_data`.
 */
function regoReaching(text: string): string | undefined {
  const tokens = tokensOf(text, REGO);
  const template = tokens.some((token) => isSign(token, '$"', '$`'));
  if (template && /\b(?:http|net|opa|external_data)\b/.test(text)) return 'template strings beside http, net or opa';
  const uses = new Map<string, { readonly bound: boolean; readonly seen: number }>();
  for (const [at, { kind, text: name }] of tokens.entries()) {
    if (kind !== 'name' || isField(tokens, at)) continue;
    const [before, next, after] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]];
    if (name === 'external_data' && isSign(next, '(')) return name;
    // `package http.x` opens a module; anywhere else the word may be a field.
    if (!REGO_REFUSED.has(name) || (at === 1 && before?.text === 'package')) continue;
    if (isSign(next, '.', '[')) {
      if (name === 'net' && isSign(next, '.') && after?.kind === 'name' && after.text.startsWith('cidr_')) continue;
      return isSign(next, '.') && after?.kind === 'name' ? `${name}.${after.text}` : name;
    }
    const known = uses.get(name) ?? { bound: false, seen: 0 };
    // The right side of `:=` binds nothing; that of `=` may, once the name stands somewhere else too.
    const bound = known.bound || !isSign(before, ':=', '=') || (isSign(before, '=') && known.seen > 0);
    uses.set(name, { bound, seen: known.seen + 1 });
  }
  return [...uses].find(([, { bound }]) => !bound)?.[0];
}

const CEL_LOOPS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter']);

/** Which of the CEL variables that reach outside an expression names, but as a field, a function or a loop's variable. */
function celReaching(text: string): string | undefined {
  const tokens = celTokens(text);
  /** The open brackets: the variable that a loop binds in them, or that they hold the fields of a typed object. */
  const open: { readonly loop?: string; readonly fields?: boolean }[] = [];
  for (const [at, token] of tokens.entries()) {
    const [before, next] = [tokens[at - 1], tokens[at + 1]];
    if (isSign(token, '(', '[', '{')) {
      const loops = isSign(token, '(') && before && CEL_LOOPS.has(before.text) && isField(tokens, at - 1);
      if (loops && next?.kind === 'name' && isSign(tokens[at + 2], ',')) open.push({ loop: next.text });
      else open.push({ fields: isSign(token, '{') && before?.kind === 'name' && before.text !== 'in' });
    } else if (isSign(token, ')', ']', '}')) open.pop();
    if (token.kind !== 'name' || !CEL_REFUSED.has(token.text) || isField(tokens, at)) continue;
    if (open.some(({ loop }) => loop === token.text) && !isSign(before, '.')) continue;
    if (token.text === 'image' && isSign(next, '(') && !isSign(before, '.')) continue;
    if (open.at(-1)?.fields && isSign(before, '{', ',') && isSign(next, ':')) continue;
    return token.text;
  }
  return undefined;
}

/** Every string below `value` with the key it stands under; items of a list stand under the list's key. */
function* strings(value: unknown, key = ''): Generator<readonly [key: string, text: string]> {
  if (typeof value === 'string') yield [key, value];
  else if (Array.isArray(value)) for (const item of value) yield* strings(item, key);
  else if (value && typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) yield* strings(item, name);
  }
}

/** What of a template's code blocks is no Rego: CEL of the API server, which reaches nothing, and words for people. */
const NOT_REGO = new Set(['target', 'engine', 'name', 'message', 'expression', 'messageExpression']);

function refuseRego(document: KubeObject): void {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...body } = document;
  const { crd: _crd, ...spec } = body.spec ?? {};
  for (const [key, text] of strings({ ...body, spec })) {
    const use = NOT_REGO.has(key) ? undefined : regoReaching(text);
    if (use !== undefined) refuse(document, `uses Rego's ${use}`);
  }
}

/** The contexts of a rule's loops, which may nest. */
function* loopContexts(part: KubeObject | undefined): Generator<unknown> {
  for (const each of Array.isArray(part?.foreach) ? part.foreach : []) {
    yield each?.context;
    yield* loopContexts(each);
  }
}

/** How a rule of Kyverno's, or the variables of a policy in CEL, reach outside by what they read. */
function reading(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(reading).find((why) => why !== undefined);
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, item] of Object.entries(value)) {
    const what = KYVERNO_KEYS[key];
    const why = what !== undefined && item !== null && typeof item === 'object' ? `${what} (${key})` : reading(item);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** How CEL below a part of a policy reaches outside. */
function expressing(part: unknown): string | undefined {
  for (const [key, text] of strings(part)) {
    const name = /expression$/i.test(key) ? celReaching(text) : undefined;
    if (name !== undefined) return `reaches outside from CEL (${name})`;
  }
  return undefined;
}

/** How a rule of Kyverno's reaches outside; undefined where it does not. */
function ruleReaching(rule: KubeObject | undefined): string | undefined {
  // Patterns describe objects, whose keys may have any name; only what the rule itself does counts.
  // Rules that verify images never reach the engine.
  const { validate, match: _match, exclude: _exclude, mutate, verifyImages: _images, ...rest } = rule ?? {};
  return reading([rest, ...loopContexts(validate), ...loopContexts(mutate)]) ?? expressing(rule);
}

const rulesOf = ({ spec }: KubeObject): KubeObject[] => (Array.isArray(spec?.rules) ? spec.rules : []);

function refuseKyverno(document: KubeObject): void {
  const why =
    rulesOf(document)
      .map(ruleReaching)
      .find((found) => found !== undefined) ??
    reading(document.spec?.variables) ??
    expressing(document.spec);
  if (why !== undefined) refuse(document, why);
}

/**
 * A policy of Kyverno's without the rules that reach outside, each of which is named with how it does, for people. What is left is
 * undefined where all of it does.
 */
export function withoutOutside(document: KubeObject): {
  readonly policy?: KubeObject;
  readonly left: readonly string[];
} {
  if (isNeverRun(document)) return { policy: document, left: [] };
  const { kind, name } = nameOf(document);
  const told = (why: string, rule: string): string =>
    `cannot be judged here, since it ${why}: ${kind} "${name}"${rule}`;
  const { rules: _rules, ...rest } = document.spec ?? {};
  const whole = reading(rest.variables) ?? expressing(rest);
  if (whole !== undefined) return { left: [told(whole, '')] };
  const rules = rulesOf(document).map((rule) => ({ rule, why: ruleReaching(rule) }));
  const left = rules.flatMap(({ rule, why }) => (why === undefined ? [] : [told(why, `, rule "${rule?.name}"`)]));
  if (left.length === 0) return { policy: document, left };
  const kept = rules.flatMap(({ rule, why }) => (why === undefined ? [rule] : []));
  return kept.length === 0 ? { left } : { policy: { ...document, spec: { ...document.spec, rules: kept } }, left };
}

/**
 * Throws `policy-refused` for a policy that could reach the network, the host's settings or a cluster. It runs before
 * any engine sees the policy and reads Rego and CEL as tokens, so spelling, white space, comments and strings make no
 * difference: in both languages a built-in is reached only through its bare name, which cannot be made at run time. It
 * is stricter than the engines (a loop variable called `http` is refused in Rego). `execute` takes the network away
 * from the engines besides, where the system allows it.
 */
export function refuseOutside(document: KubeObject): void {
  const group = String(document.apiVersion ?? '').split('/')[0] ?? '';
  // A constraint holds parameters, which are data.
  if (group === 'constraints.gatekeeper.sh') return;
  // What never reaches the engine reaches nothing.
  if (isNeverRun(document)) return;
  if (group.endsWith('gatekeeper.sh')) refuseRego(document);
  else refuseKyverno(document);
}
