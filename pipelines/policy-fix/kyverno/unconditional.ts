import { isObject, type Json } from '../../../src/manifest/json.ts';

/** What stands in conditions that is known of every request for a new object. */
const OF_REQUEST = /\{\{\s*request\.operation\b[^{}]*\}\}/g;

/**
 * Whether a `deny` looks at nothing of an object (`deny: {}`): it denies whatever its preconditions let through, or its loop comes to,
 * so that these say what is not wanted.
 */
export const deniesWhatever = (deny: Json | undefined): boolean =>
  isObject(deny) &&
  !JSON.stringify(deny.conditions ?? null)
    .replaceAll(OF_REQUEST, '')
    .includes('{{');
