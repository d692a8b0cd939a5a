import { isObject } from '../../json.ts';
import { calledTool } from '../tool-call.ts';
import { type Call, commandIn, shellCall } from './call.ts';

/** Whether a text may be such an object: its first key ends a call, or is a command. */
export const mayBeKeyed = (source: string): boolean =>
  /^\s*\{\s*"(?:[^"\\\n]{1,300}\)|(?:\d{1,4}[.:)]? )?(?:kubectl|oc|helm|argocd|flux|curl|ssh) [^"\\\n]{1,300})"\s*:/.test(
    source,
  );

/**
 * Calls of a recording that is one object, keyed by what was called: `{"001 get_pods(namespace='shop')": "…", "kubectl get svc -n shop": "…"}`.
 * Empty where a key is anything else.
 */
export function keyedCalls(value: unknown): Call[] {
  if (!isObject(value)) return [];
  const calls = Object.entries(value).map(([key, output]): Call | undefined => {
    const said = key.replace(/^\d{1,4}[.:)]? /, '').trim();
    const command = commandIn(said);
    if (command !== undefined) return shellCall(command, output);
    const called = calledTool(`# ${said}`, true);
    return called === undefined ? undefined : { tool: called.tool, given: called.params, output };
  });
  return calls.every((call) => call !== undefined) ? calls : [];
}
