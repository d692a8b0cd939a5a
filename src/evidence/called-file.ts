import { kindOf } from './kinds.ts';
import { callLine } from './recorded/call.ts';

/** A folder that is called as tools are: a verb, and what it is done to. */
const TOOL =
  /^(?:(?:Get|List|Describe|Check|Fetch|Read|Show|Query)[A-Z]\w{1,50}|(?:get|list|describe|check|fetch|read|show|query)_\w{1,50})$/;
const GENERATED = /-(?:\d{1,4}|[a-z0-9]*\d[a-z0-9]*|[b-df-hj-np-tv-xz2-9]{5})$/;

/** `kind=pods__namespace=shop`: arguments that are named. */
function namedArguments(base: string): Record<string, string> | undefined {
  const pairs = base.split(/__|[,;&]/).map((part) => /^([A-Za-z]\w*?)=(.+)$/.exec(part));
  return pairs.includes(null) ? undefined : Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** `pod_web-0_shop`, `pods_shop`: values alone, in the order in which such tools take them. No name of Kubernetes has a `_`. */
function argumentsInTurn(tool: string, base: string): Record<string, string> {
  const values = base.split('_').filter((value) => value !== '');
  const numbers = values.filter((value) => /^\d+$/.test(value));
  const [first = '', ...rest] = values.filter((value) => !numbers.includes(value));
  const within = rest.at(-1) === undefined ? {} : { namespace: rest.at(-1) ?? '' };
  if (/log/i.test(tool)) return { [GENERATED.test(first) ? 'pod' : 'service']: first, ...within };
  if (/connect|reach|ping/i.test(tool))
    return { host: first, ...(numbers[0] === undefined ? {} : { port: numbers[0] }) };
  if (/node/i.test(tool)) return { node: first, ...(rest[0] === undefined ? {} : { service: rest[0] }) };
  if (kindOf(first) === undefined) return {};
  const isOne = rest.length > 1 || (rest.length === 1 && /describe/i.test(tool));
  const space = rest[isOne ? 1 : 0];
  return {
    kind: first,
    ...(isOne ? { name: rest[0] ?? '' } : {}),
    ...(space === undefined ? {} : { namespace: space }),
  };
}

/** The tool that a file of calls is named after: `GetResources.json`. */
export function toolOfFile(file: string): string | undefined {
  const name = /(?:^|\/)([A-Za-z]\w+)\.json$/.exec(file)?.[1] ?? '';
  return TOOL.test(name) ? name : undefined;
}

/**
 * The line that names a call before its output (`recorderCommand`), where a recorder keeps each output in a file of its own, in a folder named after
 * the tool: `GetResources/pods_shop.json`, `GetResources/kind=pods__namespace=shop.txt`. Undefined for any other name of a file.
 */
export function callOfFile(file: string): string | undefined {
  const [, tool = '', base = ''] = /(?:^|\/)([A-Za-z]\w+)\/([^/]+?)\.(?:json|ya?ml|txt|log|out)$/.exec(file) ?? [];
  if (!TOOL.test(tool)) return undefined;
  return callLine({ tool, given: namedArguments(base) ?? argumentsInTurn(tool, base) });
}
