import { isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { applyEdits, type Path, set } from '../edits.ts';
import type { Wish } from '../wish.ts';
import type { FixContext, Question } from './fixer.ts';
import { aboutOf } from './stated-words.ts';

/** What a probe or hook does; it does one thing (Kubernetes' API: Probe, LifecycleHandler). */
export const ACTIONS: ReadonlySet<string> = new Set(['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep']);

/** Whether a probe or hook may do what a policy asks for instead of what it does: both it cannot. */
export function otherAction({ object }: FixContext, wish: Wish): Question[] {
  if (wish.kind !== 'edit' || wish.edit.op !== 'set') return [];
  const at = wish.edit.path.findIndex((key) => /Probe$|^(?:preStop|postStart)$/.test(String(key)));
  const path: Path = wish.edit.path.slice(0, at + 1);
  const action = String(wish.edit.path[at + 1]);
  const now = at === -1 ? undefined : valueAt(object, path);
  const others = isObject(now) ? Object.keys(now).filter((key) => ACTIONS.has(key) && key !== action) : [];
  if (!ACTIONS.has(action) || !isObject(now) || others.length === 0) return [];
  const without: Json = Object.fromEntries(Object.entries(now).filter(([key]) => !ACTIONS.has(key)));
  const value = valueAt(applyEdits(object, [set(path, without), wish.edit]), path) ?? null;
  const edits = [set(path, value)];
  return [
    {
      question: `Will ${JSON.stringify(value)} do for ${path.join('.')} instead of ${others.join(' and ')}?`,
      path,
      about: aboutOf(path),
      whole: true,
      trial: edits,
      choices: [{ value, source: 'the policy, which accepts it', edits }],
    },
  ];
}
