import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Lower-case hex SHA-256 of bytes or of a string's UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** The RFC 8785 canonical JSON text of a value; `undefined` members are left out as `JSON.stringify` does. */
export function canonicalJson(value: unknown): string {
  return canonicalize(value) ?? 'null';
}

/** SHA-256 over the RFC 8785 canonical JSON of a value: equal for equal JSON, whatever the order of its keys. */
export function digest(value: unknown): string {
  return sha256(canonicalJson(value));
}
