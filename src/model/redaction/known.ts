import { literally } from '../../literal.ts';
import type { PlaceholderOf } from './placeholders.ts';

/** Shorter ones, and plain words, stand in many places where they are no secret. */
const SHORTEST = 6;
const isTelling = (secret: string): boolean =>
  secret.length >= SHORTEST && !/^[A-Za-z]+$/.test(secret) && !secret.startsWith('[redacted:');

/**
 * Replaces secrets that are known from elsewhere, wherever they stand: a part of a text may lack the name that tells. Those of several
 * lines are known by each of their lines. Plain words and short ones are left to `redactText`.
 */
export function createKnown(secrets: readonly (readonly [secret: string, kind: string])[]) {
  const kinds = new Map(
    secrets.flatMap(([secret, kind]) =>
      secret
        .split(/\r?\n/)
        .map((line) => [line.trim(), kind] as const)
        .filter(([line]) => isTelling(line)),
    ),
  );
  // Longest first: one secret may begin another.
  const all = [...kinds.keys()].sort((a, b) => b.length - a.length);
  if (all.length === 0) return (text: string): string => text;
  const pattern = new RegExp(all.map(literally).join('|'), 'g');
  return (text: string, of: PlaceholderOf): string =>
    text.replace(pattern, (secret) => of(kinds.get(secret) ?? 'secret', secret));
}
