import { at, type Json, text } from './json.ts';
import type { ObjectRef } from './model.ts';

/** The ref of an object in the API's shape; `undefined` without kind or name. */
export function refOfObject(object: Json): ObjectRef | undefined {
  const kind = text(object.kind);
  const name = text(at(object, 'metadata', 'name'));
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
