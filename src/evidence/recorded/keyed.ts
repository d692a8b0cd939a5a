import { asArray, isObject, strings } from '../../json.ts';
import { calledTool, commandOfTool, jsonObject } from '../tool-call.ts';
import { type Call, commandIn, shellCall } from './call.ts';
import { ARGUMENTS, argumentsOf, member, OUTPUTS } from './envelopes.ts';

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

/** Whether a text may be an object keyed by tools: below its first key stand arguments, as a key or a member. */
export const mayBeOfTools = (source: string): boolean =>
  /^\s*\{\s*"[A-Za-z][\w.-]{2,60}"\s*:\s*(?:\{\s*"(?:\{|[\w.-]+\()|\[\s*\{)/.test(source);

/** What one tool was called with and brought: by the arguments as a key, or in a list of arguments with their results. */
function callsOf(tool: string, value: unknown): (Call | undefined)[] {
  if (isObject(value))
    return Object.entries(value).map(([key, output]) => {
      const given = key === '' ? {} : jsonObject(key);
      return given === undefined ? undefined : { tool, given, output };
    });
  return asArray(value).map((one) => {
    const given = isObject(one) ? argumentsOf(member(one, ARGUMENTS)) : undefined;
    const output = isObject(one) ? member(one, OUTPUTS) : undefined;
    return given === undefined || output === undefined ? undefined : { tool, given, output };
  });
}

/**
 * Calls of a recording that is kept by tools: `{"GetResources": {"{\"kind\": \"pods\"}": "…"}}`, or with a list of
 * `{"params": …, "response": …}` under each. Empty where anything else stands there, or none of them looks into a cluster.
 */
export function callsByTool(value: unknown): Call[] {
  if (!isObject(value)) return [];
  const calls = Object.entries(value).flatMap(([tool, told]) => callsOf(tool, told));
  const known = calls.filter((call) => call !== undefined);
  const looks = known.some(({ tool, given }) => commandOfTool({ tool, params: strings(given) }) !== '');
  return looks && known.length === calls.length ? known : [];
}
