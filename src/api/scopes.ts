import { z } from 'zod';

/** What a bearer token may do. `admin` implies every other scope. */
export const Scope = z.enum(['runs:write', 'runs:read', 'boards:write', 'boards:read', 'hooks:write', 'admin']);
export type Scope = z.infer<typeof Scope>;

/** Whether a holder of `scopes` may do what needs `needed`. */
export function allows(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.includes('admin') || scopes.includes(needed);
}
