import { asArray, isObject, type Json, strings, text } from '../json.ts';
import { openedObjects } from './parse/client-objects.ts';
import { printedTable } from './recorded-values.ts';
import { commandOfTool, jsonObject } from './tool-call.ts';

/** Under which names recorders keep the parts of a call. */
const NAMES = ['tool', 'tool_name', 'toolName', 'function'];
/** Names that many other things have: only beside what says that it is a call. */
const COMMON_NAMES = ['name', 'action'];
const SAYS_CALL = ['tool_input', 'toolInput', 'action_input'];
const ARGUMENTS = [
  'arguments',
  'args',
  'params',
  'parameters',
  'input',
  'tool_input',
  'toolInput',
  'action_input',
  'match_params',
];
const OUTPUTS = ['output', 'result', 'response', 'observation', 'tool_output', 'tool_result', 'stdout', 'content'];
/** How a result names the call that it answers. */
const ANSWERS = ['tool_call_id', 'tool_use_id', 'call_id'];
const MAX_CHARS = 64 * 1024 * 1024;
const MAX_DEPTH = 12;

interface Call {
  readonly tool: string;
  readonly given: Json;
  output?: unknown;
}

function member(object: Json, names: readonly string[]): unknown {
  const name = names.find((one) => Object.hasOwn(object, one) && object[one] !== null && object[one] !== undefined);
  return name === undefined ? undefined : object[name];
}

/** What a server logs of the tools that it runs is a log. */
function isLogEntry(object: Json): boolean {
  return ['level', 'severity', 'lvl'].some((key) => key in object);
}

function callOf(object: Json): Call | undefined {
  // An object of the API has a name, too.
  if ('apiVersion' in object || 'metadata' in object || isLogEntry(object)) return undefined;
  const plainly = SAYS_CALL.some((key) => key in object) || /tool|function/.test(text(object.type) ?? '');
  const named = member(object, plainly ? [...NAMES, ...COMMON_NAMES] : NAMES);
  const inner = isObject(named) ? named : undefined;
  const tool = text(inner === undefined ? named : member(inner, COMMON_NAMES));
  const said = member(inner ?? object, ARGUMENTS);
  const given = typeof said === 'string' ? jsonObject(said) : said;
  if (tool === undefined || !/^[A-Za-z][\w./:-]{1,80}$/.test(tool) || !isObject(given)) return undefined;
  const output = member(object, OUTPUTS);
  return { tool, given, ...(output === undefined ? {} : { output }) };
}

/** All calls in the order in which they stand; a result that stands apart is put to the call whose id it names. */
function callsIn(value: unknown): Call[] {
  const found: Call[] = [];
  const byId = new Map<string, Call>();
  const visit = (here: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    for (const one of asArray(here)) visit(one, depth + 1);
    if (!isObject(here) || 'apiVersion' in here) return;
    const call = callOf(here);
    if (call !== undefined) {
      found.push(call);
      const id = text(here.id);
      if (id !== undefined) byId.set(id, call);
      return;
    }
    const answered = byId.get(text(member(here, ANSWERS)) ?? '');
    if (answered !== undefined) {
      answered.output ??= member(here, OUTPUTS);
      return;
    }
    for (const one of Object.values(here)) if (typeof one === 'object') visit(one, depth + 1);
  };
  visit(value, 0);
  return found.filter(({ output }) => output !== undefined);
}

/** Lines of logs that a tool gives as lists of texts, whatever it sorts them by. Entries with members of their own are left as they are. */
function linesIn(output: unknown, depth = 0): string[] {
  const list = asArray(output);
  if (list.length > 0 && list.every((line) => typeof line === 'string')) return list.map(String);
  if (!isObject(output) || depth > 3) return [];
  return Object.values(output).flatMap((value) => linesIn(value, depth + 1));
}

/** What a tool printed: a text, parts of texts, streams, or a value, which is then written as `-o json` would. */
function printed({ output: told, tool, given }: Call): string {
  // What goes through a conversation is a text, also where it is JSON.
  const output = typeof told === 'string' && /^\s*[[{]/.test(told) ? (parsed(told) ?? told) : told;
  if (typeof output === 'string') return output;
  const lines = /log/i.test(tool) ? linesIn(output) : [];
  if (lines.length > 0) return lines.join('\n');
  const parts = asArray(output);
  if (parts.length > 0 && parts.every((part) => isObject(part) && typeof part.text === 'string'))
    return parts.map((part) => (isObject(part) ? String(part.text) : '')).join('\n');
  if (isObject(output)) {
    const streams = [output.stdout, output.stderr].filter((stream) => typeof stream === 'string' && stream !== '');
    if (streams.length > 0) return streams.join('\n');
    const inner = member(output, ['content', 'text', 'data']);
    if (typeof inner === 'string' && !('apiVersion' in output)) return inner;
  }
  const listed = /^kubectl (?:get|top) /.test(commandOfTool({ tool, params: strings(given) }))
    ? printedTable(output)
    : undefined;
  return listed ?? JSON.stringify(openedObjects(output) ?? output, null, 2);
}

function parsed(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

function document(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    // One object a line.
    const lines = source.split('\n').filter((line) => line.trim() !== '');
    const values = lines.map(jsonObject);
    return values.every((value) => value !== undefined) ? values : undefined;
  }
}

/**
 * Calls of an agent's tools that were recorded as JSON (a list of calls with their outputs, messages with calls and results, one call a line),
 * written as a text: before each output a line of JSON with the tool and its arguments. Undefined for any other text.
 */
export function unpackedCalls(source: string): string | undefined {
  if (source.length > MAX_CHARS || !/^\s*[[{]/.test(source)) return undefined;
  if (!/"(?:arguments|args|params|parameters|\w*input|match_params)"\s*:/i.test(source)) return undefined;
  const calls = callsIn(document(source));
  if (calls.length === 0) return undefined;
  return calls
    .map((call) => `${JSON.stringify({ tool: call.tool, arguments: call.given })}\n${printed(call).trimEnd()}\n`)
    .join('\n');
}
