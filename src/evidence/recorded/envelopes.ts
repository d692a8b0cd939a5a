import { asArray, isObject, type Json, objects, text } from '../../json.ts';
import { jsonObject } from '../tool-call.ts';
import { type Call, commandIn, shellCall } from './call.ts';
import { pythonValue } from './python-literal.ts';

/** Under which names recorders keep the parts of a call; the dotted ones are of OpenTelemetry's and OpenInference's conventions. */
const NAMES = ['tool', 'tool_name', 'toolName', 'function', 'FunctionName', 'gen_ai.tool.name', 'tool.name'];
/** Names that many other things have: only beside what says that it is a call. */
const COMMON_NAMES = ['name', 'action'];
const SAYS_CALL = ['tool_input', 'toolInput', 'action_input'];
export const ARGUMENTS = [
  'arguments',
  'args',
  'params',
  'parameters',
  'input',
  'inputs',
  'Arguments',
  'tool_args',
  'tool_input',
  'toolInput',
  'action_input',
  'match_params',
  'gen_ai.tool.call.arguments',
  'input.value',
];
export const OUTPUTS = [
  'output',
  'outputs',
  'result',
  'Result',
  'response',
  'content',
  'observation',
  'tool_output',
  'tool_result',
  'stdout',
  'gen_ai.tool.call.result',
  'output.value',
  'error',
];
/** Those that stand beside a call that is a member of its own. */
const BESIDE = ['output', 'result', 'response', 'observation', 'tool_output', 'tool_result'];
/** How a result names the call that it answers; a call may have its id under the same name. */
const ANSWERS = ['tool_call_id', 'tool_use_id', 'call_id', 'toolUseId', 'toolCallId', 'CallId'];
/** Where a recorder keeps a command of a shell as it was run. */
const COMMANDS = ['command', 'cmd', 'action', 'invocation'];
const OF_TOOL = /tool|function/i;
const MAX_DEPTH = 16;

/** The first of these members that is there. */
export function member(object: Json, names: readonly string[]): unknown {
  const name = names.find((one) => Object.hasOwn(object, one) && object[one] !== null && object[one] !== undefined);
  return name === undefined ? undefined : object[name];
}

/** What a server logs of the tools that it runs is a log. */
function isLogEntry(object: Json): boolean {
  return ['level', 'severity', 'lvl'].some((key) => key in object);
}

/** A command with what it printed beside it. */
function commandRun(object: Json): Call | undefined {
  const command = COMMANDS.map((name) => commandIn(object[name])).find((said) => said !== undefined);
  const outputs = ['output', 'stdout', 'observation', 'result', 'stderr'].map((name) => object[name]);
  const output = outputs.find((said) => typeof said === 'string' && said.trim() !== '');
  return command === undefined || output === undefined ? undefined : shellCall(command, output);
}

/** What an object is, as recorders say it. */
const typeOf = (object: Json): string =>
  [object.type, object.$type, object.run_type, object.part_kind].map(text).find((said) => said !== undefined) ?? '';

/** Arguments as members: also from a text that holds them, or a list of names with values. */
export function argumentsOf(said: unknown): Json | undefined {
  if (typeof said === 'string') {
    const value = jsonObject(said) ?? (/^\s*\{/.test(said) ? pythonValue(said) : undefined);
    return isObject(value) ? value : { input: said };
  }
  const pairs = objects(said);
  if (pairs.length > 0 && pairs.every((pair) => typeof pair.name === 'string' && 'value' in pair))
    return Object.fromEntries(pairs.map(({ name, value }) => [String(name), value]));
  if (!isObject(said)) return undefined;
  const [only, ...others] = Object.entries(said);
  const whole = others.length === 0 && only?.[0] === 'input' && typeof only[1] === 'string' && /^\s*\{/.test(only[1]);
  return whole ? argumentsOf(only[1]) : said;
}

/** `within`: what the object stands under says that it belongs to a tool. */
function callOf(object: Json, within: boolean): Call | undefined {
  const type = typeOf(object);
  // An object of the API has a name, too.
  if ('apiVersion' in object) return undefined;
  if (!/^tool$/i.test(type) && ('metadata' in object || isLogEntry(object))) return undefined;
  const plainly =
    within ||
    SAYS_CALL.some((key) => key in object) ||
    OF_TOOL.test(type) ||
    (isObject(object.args) && commandIn(object.args.command) !== undefined);
  const named = member(object, plainly ? [...NAMES, ...COMMON_NAMES] : NAMES);
  const inner = isObject(named) ? named : undefined;
  const tool = text(inner === undefined ? named : member(inner, COMMON_NAMES));
  const result = isObject(object.result) ? object.result : {};
  const said = member(inner ?? object, ARGUMENTS) ?? member(result, ['params']);
  const given = argumentsOf(said);
  if (tool === undefined || !/^[A-Za-z][\w./:-]{1,80}$/.test(tool) || given === undefined) return commandRun(object);
  // The schema of a tool's parameters, as a request lists what may be called.
  if (isObject(given.properties)) return undefined;
  const output = member(object, OUTPUTS) ?? (inner === undefined ? undefined : member(inner, OUTPUTS));
  const ran = commandIn(result.invocation);
  return {
    tool,
    given: ran === undefined ? given : { command: ran },
    ...(output === undefined ? {} : { output }),
  };
}

/** Attributes of OTLP (`[{"key": …, "value": {"stringValue": …}}]`) as members. */
function attributesOf(list: unknown): Json {
  return Object.fromEntries(
    objects(list).flatMap(({ key, value }) =>
      typeof key === 'string' && isObject(value) ? [[key, Object.values(value)[0]]] : [],
    ),
  );
}

/** `tool_name_0`, `tool_args_0`, `observation_0`, `tool_name_1` …: the members of each number as an object of their own. */
function numbered(here: Json): Json[] | undefined {
  if (!Object.hasOwn(here, 'tool_name_0')) return undefined;
  const groups = new Map<string, [string, unknown][]>();
  for (const [key, value] of Object.entries(here)) {
    const [, name, number] = /^(\w+)_(\d{1,4})$/.exec(key) ?? [];
    if (name !== undefined && number !== undefined) groups.set(number, [...(groups.get(number) ?? []), [name, value]]);
  }
  return [...groups.values()].map((members) => Object.fromEntries(members));
}

/** What was called in a member of its own, and beside it what came of it: `{"action": {"tool": …, "input": …}, "observation": …}`. */
function besideIts(here: Json): Call | undefined {
  // What a message says stands beside its calls, and answers none.
  const output = 'role' in here ? undefined : member(here, BESIDE);
  if (output === undefined) return undefined;
  const made = Object.entries(here).flatMap(([key, one]) => {
    const [only, ...others] = Array.isArray(one) ? asArray(one) : [one];
    const isApart = isObject(only) && others.length === 0 && one !== output;
    const call = isApart ? callOf(only, OF_TOOL.test(key)) : undefined;
    return call === undefined || call.output !== undefined ? [] : [{ ...call, output }];
  });
  return made.length === 1 ? made[0] : undefined;
}

/** A request of the Model Context Protocol that calls a tool. */
const requested = (here: Json): Json | undefined =>
  here.method === 'tools/call' && isObject(here.params) ? here.params : undefined;

/**
 * All calls of a recording in the order in which they stand. A result that stands apart is put to the call whose id it names, or, where results
 * name none, to the first of this tool that has no answer. Known by structure: the messages of OpenAI (also responses), Anthropic, Gemini,
 * Bedrock, LangChain, AutoGen and Vercel's AI SDK, JSON-RPC of the Model Context Protocol, spans of tools, trajectories.
 */
export function callsIn(value: unknown): Call[] {
  const found: Call[] = [];
  const byId = new Map<string, Call>();
  const byName = new Map<string, Call[]>();
  const answeredBy = (here: Json, within: boolean, under: string): Call | undefined => {
    const names = 'jsonrpc' in here ? ['id'] : 'observation' in here ? [...ANSWERS, 'cause'] : ANSWERS;
    const id = text(member(here, names));
    if (id !== undefined) return byId.get(id);
    if (/invocationOutput$/i.test(under)) return found.at(-1);
    const open = within ? (byName.get(text(here.name) ?? '') ?? []) : [];
    while (open[0]?.output !== undefined) open.shift();
    return open[0];
  };
  const visit = (here: unknown, depth: number, under: string): void => {
    if (depth > MAX_DEPTH) return;
    for (const one of asArray(here)) visit(one, depth + 1, under);
    if (!isObject(here) || 'apiVersion' in here) return;
    const steps = numbered(here);
    if (steps !== undefined) {
      for (const step of steps) visit(step, depth + 1, under);
      return;
    }
    const asked = requested(here);
    const within = OF_TOOL.test(under) || asked !== undefined;
    const call =
      callOf(asked ?? (Array.isArray(here.attributes) ? attributesOf(here.attributes) : here), within) ??
      besideIts(here);
    if (call !== undefined) {
      found.push(call);
      const namesakes = byName.get(call.tool);
      if (namesakes === undefined) byName.set(call.tool, [call]);
      else namesakes.push(call);
      for (const key of ['id', 'Id', ...ANSWERS]) {
        const id = text(here[key]);
        if (id !== undefined) byId.set(id, call);
      }
      return;
    }
    const result = member(here, 'jsonrpc' in here ? ['result', 'error'] : [...OUTPUTS, 'text']);
    const answered =
      result === undefined ? undefined : answeredBy(here, within || /tool|function/.test(String(here.role)), under);
    if (answered !== undefined) {
      answered.output ??= result;
      return;
    }
    const type = typeOf(here);
    for (const [key, one] of Object.entries(here))
      if (typeof one === 'object') visit(one, depth + 1, OF_TOOL.test(type) ? `${type} ${key}` : key);
  };
  visit(value, 0, '');
  return found.filter(({ output }) => output !== undefined);
}
