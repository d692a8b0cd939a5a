import { at, isObject, type Json, text } from '../json.ts';
import type { ObjectRef } from './model.ts';

/** The ref of an object in the API's shape; `undefined` without kind or name. */
export function refOfObject(object: Json): ObjectRef | undefined {
  const kind = text(object.kind);
  // A status without a name still says that something is unwell; a fragment without either is nothing.
  const name =
    text(at(object, 'metadata', 'name')) ??
    (isObject(object.status) && text(object.apiVersion) !== undefined ? '(unnamed)' : undefined);
  if (kind === undefined || name === undefined || name === '') return undefined;
  const namespace = text(at(object, 'metadata', 'namespace'));
  const apiVersion = text(object.apiVersion);
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
  };
}
