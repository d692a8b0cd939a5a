import { isObject, type Json } from '../../json.ts';

/** A taint as the API has it, or in the one word that kubectl prints: `dedicated=batch:NoSchedule`. None for anything else. */
export function taintsIn(said: unknown): Json[] {
  if (isObject(said)) return [said];
  const [, key, value = '', effect] =
    /^([\w./-]+)(?:=([\w.-]*))?:(NoSchedule|NoExecute|PreferNoSchedule)$/.exec(String(said).trim()) ?? [];
  return key === undefined ? [] : [{ key, effect, ...(value === '' ? {} : { value }) }];
}

/** What the STATUS of a node says of it: `Ready`, `NotReady,SchedulingDisabled`. Undefined where it says nothing of readiness. */
export function readyCondition(status: string): Json | undefined {
  const [word = ''] = status.split(/,\s*/);
  if (!/^(?:(?:Not)?Ready|Unknown)$/.test(word)) return undefined;
  return { type: 'Ready', status: word === 'Ready' ? 'True' : word === 'NotReady' ? 'False' : 'Unknown' };
}
