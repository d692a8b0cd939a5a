import { isObject, type Json } from '../../../src/manifest/json.ts';
import { objectsIn } from '../../../src/manifest/kustomize/files.ts';
import { redact } from '../../../src/model/redaction.ts';

const MIN_SECRET = 3;

function scalars(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(scalars);
  if (isObject(value)) return Object.values(value).flatMap(scalars);
  return value === undefined || value === null ? [] : String(value).split('\n');
}

/** Values that a file gives to Secrets, in the clear or not: of Secret objects, and of a kustomization's `secretGenerator`. */
function secretsIn(path: string, text: string): string[] {
  if (!/Secret|secretGenerator/.test(text)) return [];
  try {
    return objectsIn(path, text).flatMap((object) => {
      const generated = Array.isArray(object.secretGenerator) ? object.secretGenerator : [];
      const literals = generated.flatMap((entry) => (isObject(entry) ? scalars(entry.literals) : []));
      const own = object.kind === 'Secret' ? [...scalars(object.data), ...scalars(object.stringData)] : [];
      return [...own, ...literals.map((literal) => literal.slice(literal.indexOf('=') + 1))];
    });
  } catch {
    return [];
  }
}

/**
 * A file's lines with secrets replaced: what redaction knows, and every line that holds a value of a Secret in the file. The
 * number of lines stays. `taken` are placeholders that mean other secrets already.
 */
export function maskedLines(path: string, text: string, taken: readonly string[]): string[] {
  const secrets = secretsIn(path, text).filter((secret) => secret.trim().length >= MIN_SECRET);
  const { value } = redact({ taken, text });
  return value.text
    .split('\n')
    .map((line) =>
      secrets.some((secret) => line.includes(secret)) ? `${/^\s*/.exec(line)?.[0] ?? ''}[redacted]` : line,
    );
}
