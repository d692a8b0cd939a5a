import { kindOf } from '../kinds.ts';

/** What a caller points at: `shop/api`, `deployment/web`, `shop/deployment/web`, `app/shop`. */
export interface Aim {
  readonly name: string;
  readonly kind?: string;
  readonly namespace?: string;
}

/** Reads a target. A first word that is no known kind is a namespace; of three words the second is a kind, known or not. */
export function aimOf(target: string | undefined): Aim | undefined {
  const words = (target ?? '').split(/[\s/]+/).filter((word) => word !== '');
  const name = words.pop();
  if (name === undefined) return undefined;
  const [first, second] = words.slice(-2);
  if (first === undefined) return { name };
  if (second !== undefined) {
    const kind = kindOf(second) ?? (kindOf(first) === undefined ? second : undefined);
    return kind === undefined
      ? { name, namespace: second, kind: kindOf(first) as string }
      : { name, namespace: first, kind };
  }
  const kind = kindOf(first);
  return kind === undefined ? { name, namespace: first } : { name, kind };
}
