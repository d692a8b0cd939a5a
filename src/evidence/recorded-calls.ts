import { parse } from 'yaml';
import { asArray, isObject, strings } from '../json.ts';
import { toolOfFile } from './called-file.ts';
import { openedObjects } from './parse/client-objects.ts';
import { type Call, callLine, withoutRetried } from './recorded/call.ts';
import { shownInCast } from './recorded/cast.ts';
import { chatTranscript } from './recorded/chat.ts';
import { callsIn, member } from './recorded/envelopes.ts';
import { failuresPrinted } from './recorded/failed-call.ts';
import { callsByTool, keyedCalls, mayBeKeyed, mayBeOfTools } from './recorded/keyed.ts';
import { loggedCalls } from './recorded/logged.ts';
import { notebookCalls } from './recorded/notebook.ts';
import { pythonValue } from './recorded/python-literal.ts';
import { lineRows, separatedRows } from './recorded/rows.ts';
import { pastedTexts } from './recorded/said.ts';
import { spokenCalls } from './recorded/spoken.ts';
import { printedTable } from './recorded-values.ts';
import { commandOfTool } from './tool-call.ts';

const MAX_CHARS = 64 * 1024 * 1024;

/** Lines of logs that a tool gives as lists of texts, whatever it sorts them by. Entries with members of their own are left as they are. */
function linesIn(output: unknown, depth = 0): string[] {
  const list = asArray(output);
  if (list.length > 0 && list.every((line) => typeof line === 'string')) return list.map(String);
  if (!isObject(output) || depth > 3) return [];
  return Object.values(output).flatMap((value) => linesIn(value, depth + 1));
}

/** Under which names a result holds what was printed. */
const WRAPPED = ['content', 'text', 'data', 'output', 'result', 'value', 'error'];

/** Streams and an exit code between tags. */
const TAGGED = /^\s*<(?:stdout|output|returncode|exit_code)>/;
const TAG = /^<(?:returncode|exit_code)>.*$|<\/?(?:stdout|stderr|output)>/gm;

/** What a tool printed: a text, parts of texts, streams, or a value, which is then written as `-o json` would. */
function printed({ output: told, tool, given }: Call): string {
  // What goes through a conversation is a text, also where it is JSON.
  const output = typeof told === 'string' && /^\s*[[{]/.test(told) ? (parsed(told) ?? inPython(told) ?? told) : told;
  if (typeof output === 'string') return TAGGED.test(output) ? output.replace(TAG, '') : output;
  const lines = /log/i.test(tool) ? linesIn(output) : [];
  if (lines.length > 0) return lines.join('\n');
  const parts = asArray(output);
  if (parts.length > 0 && parts.every((part) => isObject(part) && typeof part.text === 'string'))
    return parts.map((part) => (isObject(part) ? String(part.text) : '')).join('\n');
  if (isObject(output)) {
    const streams = [output.stdout, output.stderr].filter((stream) => typeof stream === 'string' && stream !== '');
    if (streams.length > 0) return streams.join('\n');
    const inner = 'apiVersion' in output ? undefined : member(output, WRAPPED);
    if (typeof inner === 'string' || Array.isArray(inner)) return printed({ tool, given, output: inner });
  }
  // Columns of kubectl show no targets, rules or taints; these stand in what the tool said.
  const listed =
    /^kubectl (?:top |get (?!(?:services?|svc|endpoints?|ep|ingress(?:es)?|nodes?|netpol|networkpolic(?:y|ies)|jobs?)\b))/.test(
      commandOfTool({ tool, params: strings(given) }),
    )
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

/** A list or map as `str()` makes a text of it. */
const inPython = (source: string): unknown =>
  /^\s*[[{]+\s*'[\w./-]+'\s*[:,]/.test(source) ? pythonValue(source) : undefined;

/** The values of a text: one, or one a line. Undefined where not all of it is read. */
function valuesIn(source: string, read: (text: string) => unknown): unknown {
  const whole = read(source);
  if (whole !== undefined) return whole;
  const values: unknown[] = [];
  for (const line of source.split('\n')) {
    if (line.trim() === '') continue;
    const value = /^\s*[[{]/.test(line) ? read(line) : undefined;
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** How a recording that holds calls names their arguments, or what was called. */
const NAMED =
  /["'](?:[\w.]*(?:arguments|args|params|parameters|inputs?|tool_args_0)|input\.value|cmd|action|cell_type)["']\s*:|"gen_ai\.tool\.call\./i;
const IN_PYTHON = /["'](?:tool_calls|tool_use|function_call|arguments|args|input)["']\s*:|\btool_calls=/;

/** A conversation dumped as YAML, or a list of calls with their outputs. */
const isYaml = (source: string) =>
  source.length < MAX_YAML &&
  (/^[ -]*(?:tool_calls|tool_call_id|tool_use_id):/m.test(source)
    ? /^[ -]*role: \w+$/m.test(source)
    : CALL_IN_YAML.test(source.slice(0, YAML_HEAD)));
const MAX_YAML = 2 * 1024 * 1024;
const YAML_HEAD = 4096;
/** A tool by its name, and on the next line its arguments. */
const CALL_IN_YAML =
  /^[ -]*(?:tool|tool_?name|toolName|function|name): ["']?[A-Za-z][\w./:-]*["']?\n {0,40}(?:arguments|args|params|parameters|inputs?|tool_args|tool_input):/m;
/** A row of such a table with a line for each column. */
const CALLS_IN_LINES = /^ *\w+ = .*\n(?: *\w+ = .*\n){0,8}? *\w{0,20}(?:arg|param|input)\w{0,20} = [^\n]*\n/i;
/** The first line of a table of calls: what was called, with what, and what came of it. */
const CALLS_IN_ROWS =
  /^(?=.*\btool)(?=.*(?:arg|param|input))(?=.*(?:output|result|response|observation))["\w]+(?:[,;\t]["\w. ]+){2,20}\r?\n/i;

function yamlValue(source: string): unknown {
  try {
    return parse(source);
  } catch {
    return undefined;
  }
}

function recordedCalls(source: string, file: string): Call[] {
  if (/^\s*[[{]/.test(source)) {
    const keyed = mayBeKeyed(source)
      ? keyedCalls(parsed(source))
      : mayBeOfTools(source)
        ? callsByTool(parsed(source))
        : [];
    if (keyed.length > 0) return keyed;
    const value = NAMED.test(source) ? valuesIn(source, parsed) : undefined;
    const found = value === undefined ? [] : (notebookCalls(value) ?? callsIn(value));
    const tool = toolOfFile(file);
    if (found.length === 0 && tool !== undefined && Array.isArray(value)) return callsByTool({ [tool]: value });
    if (value !== undefined) return found;
    const calls = IN_PYTHON.test(source) ? callsIn(valuesIn(source, pythonValue)) : [];
    if (calls.length > 0) return calls;
  }
  if (CALLS_IN_LINES.test(source)) return callsIn(lineRows(source));
  if (CALLS_IN_ROWS.test(source)) return callsIn(separatedRows(source));
  if (isYaml(source)) return callsIn(yamlValue(source));
  if (source.includes('"jsonrpc"')) return loggedCalls(source, parsed);
  return source.includes('arguments=') ? loggedCalls(source, pythonValue) : [];
}

/** What people pasted into a conversation that is kept as JSON. */
function pasted(source: string): string | undefined {
  if (!/^\s*[[{]/.test(source) || !/"role"\s*:/.test(source)) return undefined;
  return pastedTexts(valuesIn(source, parsed));
}

/**
 * What an agent's tools printed, out of a recording: calls as JSON or in Python's notation (a list of calls with their outputs, messages with
 * calls and results, one a line), a notebook, or the text of a conversation. Before each output stands a line of JSON with the tool and
 * its arguments; what people and models said is left out. `file` may be named after the tool of all calls. What a recorded terminal showed is its
 * text. Undefined for any other text.
 */
export function unpackedCalls(source: string, file = ''): string | undefined {
  if (source.length > MAX_CHARS) return undefined;
  const calls = withoutRetried(recordedCalls(source, file));
  if (calls.length === 0)
    return (
      shownInCast(source) ?? pasted(source) ?? spokenCalls(source) ?? chatTranscript(source) ?? failuresPrinted(source)
    );
  return calls.map((call) => `${callLine(call)}\n${printed(call).trimEnd()}\n`).join('\n');
}
