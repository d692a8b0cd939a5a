import { posix } from 'node:path';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { inFolder, type TextTree } from './files.ts';

/** Marks an object whose name gets a hash of its content in the cluster; no annotation of kustomize itself. */
export const HASHED = 'opsline.dev/name-suffix-hash';

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** `KEY=value` lines, as `envs` files and `literals` hold them. */
function pair(line: string): [string, string] | undefined {
  const at = line.indexOf('=');
  if (at <= 0) return undefined;
  const value = line.slice(at + 1);
  return [line.slice(0, at).trim(), /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value];
}

/**
 * The ConfigMap or Secret that an entry of `configMapGenerator` or `secretGenerator` makes, without the hash in its name. A
 * Secret's values are what their files are (`identity`), never their content. `read` is told every file.
 */
export function generate(
  kind: 'ConfigMap' | 'Secret',
  entry: JsonObject,
  folder: string,
  tree: TextTree,
  told: { read(path: string): void; missing(path: string): void },
): JsonObject {
  const data: JsonObject = {};
  const file = (path: string): string | undefined => {
    const found = inFolder(folder, path);
    if (found !== undefined && tree.identity(found) !== undefined) {
      told.read(found);
      return found;
    }
    told.missing(path);
    return undefined;
  };
  const set = (line: string): void => {
    const found = line.trim().startsWith('#') ? undefined : pair(line);
    if (found !== undefined) data[found[0]] = found[1];
  };
  for (const path of [...strings(entry.envs), ...(typeof entry.env === 'string' ? [entry.env] : [])]) {
    const found = file(path);
    for (const line of found === undefined ? [] : (tree.text(found) ?? '').split(/\r?\n/)) set(line);
  }
  for (const text of strings(entry.files)) {
    const at = text.indexOf('=');
    const found = file(at < 0 ? text : text.slice(at + 1));
    const key = at < 0 ? posix.basename(text) : text.slice(0, at);
    if (found !== undefined) data[key] = tree.text(found) ?? `file ${tree.identity(found) ?? ''}`;
  }
  for (const literal of strings(entry.literals)) set(literal);
  const options = isObject(entry.options) ? entry.options : {};
  const hashed = options.disableNameSuffixHash !== true;
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name: String(entry.name ?? ''),
      ...(typeof entry.namespace === 'string' ? { namespace: entry.namespace } : {}),
      ...(isObject(options.labels) ? { labels: { ...options.labels } } : {}),
      ...(hashed ? { annotations: { [HASHED]: 'true' } } : {}),
    },
    [kind === 'Secret' ? 'stringData' : 'data']: data,
  };
}
