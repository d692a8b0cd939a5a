import { OpslineError } from '../errors.ts';
import { type KubeObject, nameOf } from './violation.ts';

/** Rego built-ins that reach the network or the host. Gatekeeper's engine runs `http.send` for real. */
const REGO_REFUSED = ['http.send', 'net.lookup_ip_addr', 'opa.runtime'] as const;

/** Kyverno contexts and rules whose answer lies outside the manifests: API servers, registries, URLs. */
const KYVERNO_KEYS: Readonly<Record<string, string>> = {
  apiCall: 'calls the API server or a URL',
  imageRegistry: 'reads an image registry',
  verifyImages: 'verifies signatures against a registry',
  globalReference: 'reads a global context entry',
};
/** CEL libraries of Kyverno's ValidatingPolicy that reach outside. */
const CEL_CALLS =
  /\b(?:http|Http)\s*\.\s*(?:Get|Post|Client)\b|\bimage\s*\.\s*GetMetadata\b|\bresource\s*\.\s*(?:Get|List|Post)\b|\bglobalContext\s*\.\s*Get\b/;

function refuse(document: KubeObject, what: string): never {
  const { kind, name } = nameOf(document);
  throw new OpslineError(
    'policy-refused',
    `${kind} "${name}" ${what}, which opsline does not run. Leave it out of --policies.`,
  );
}

/** Rego without comments, and without the white space that may stand around the dot of a reference. */
function regoText(source: string): string {
  return source
    .split('\n')
    .map((line) => stripComment(line))
    .join('\n');
}

/** Cuts a `#` comment, but not a `#` inside a string. */
function stripComment(line: string): string {
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line[i];
    if (quote) {
      if (char === '\\' && quote === '"') i++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === '`') quote = char;
    else if (char === '#') return line.slice(0, i);
  }
  return line;
}

function* strings(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* strings(item);
  else if (value && typeof value === 'object') for (const item of Object.values(value)) yield* strings(item);
}

function refuseRego(document: KubeObject): void {
  for (const text of strings(document.spec)) {
    const source = `${text}\n${regoText(text)}`;
    for (const builtin of REGO_REFUSED) {
      const [head = '', tail = ''] = builtin.split('.');
      // `http.send`, `http . send`, `http["send"]`, and `import`-free aliases all name the built-in's package first.
      const dotted = new RegExp(`\\b${head}\\s*(?:\\.\\s*${tail}\\b|\\[\\s*["\`]${tail}["\`])`);
      if (dotted.test(source)) refuse(document, `uses the Rego built-in ${builtin}`);
    }
  }
}

function refuseKyverno(document: KubeObject): void {
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (value && typeof value === 'object') {
      for (const [key, item] of Object.entries(value)) {
        const why = KYVERNO_KEYS[key];
        if (why !== undefined && item !== null && typeof item === 'object') refuse(document, `${why} (${key})`);
        walk(item);
      }
    }
  };
  for (const rule of [...(document.spec?.rules ?? []), ...(document.spec?.variables ?? [])]) {
    // Patterns describe objects, whose keys may have any name; only what the rule itself does counts.
    const { validate, match: _match, exclude: _exclude, mutate: _mutate, ...rest } = rule ?? {};
    walk(rest);
    for (const each of Array.isArray(validate?.foreach) ? validate.foreach : []) walk(each?.context);
  }
  for (const text of strings(document.spec)) if (CEL_CALLS.test(text)) refuse(document, 'calls out from CEL');
}

/**
 * Throws `policy-refused` for a policy that could reach the network, the host's settings or a cluster. It runs before
 * any engine sees the policy; what it cannot read (Rego built at run time) Rego does not have.
 */
export function refuseOutside(document: KubeObject): void {
  const group = String(document.apiVersion ?? '').split('/')[0] ?? '';
  if (group.endsWith('gatekeeper.sh')) refuseRego(document);
  else refuseKyverno(document);
}
