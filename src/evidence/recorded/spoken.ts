import { isObject, type Json, strings } from '../../json.ts';
import { undrawn } from '../legible.ts';
import { promptCommand } from '../prompt.ts';
import { commandOfTool, jsonObject } from '../tool-call.ts';
import { type Call, callLine, commandIn, flat, shellCall, withoutRetried } from './call.ts';
import { pythonValue } from './python-literal.ts';

/**
 * What a line of a conversation begins: the name of a tool, its arguments, both (`call`), both or a command above what it printed (`run`), what
 * a tool printed, or words of a person or model, which are no evidence. The first group is what stands on the line itself (for `call` the
 * name, and the second the arguments).
 */
type Role = 'tool' | 'arguments' | 'call' | 'run' | 'output' | 'words';

/** How one way to log a conversation marks its parts. A text with none of the hints is not looked through for the marks. */
interface Way {
  readonly hints: readonly string[];
  readonly marks: readonly (readonly [Role, RegExp])[];
  /** Nothing but calls may stand in such a log: a tool, its arguments and its result, each under a label of its own. */
  readonly wordless?: true;
}

/** What loggers put before a message: a time, a level, a name. */
const STAMP = String.raw`(?:\[?\d{4}-\d{2}-\d{2}[T ][\d:.,]+(?:Z|[+-]\d{2}:?\d{2})?\]? +)?(?:[-|:] *)?(?:\[?(?:DEBUG|INFO|NOTICE)\]? *[-|:]? *)?(?:\[?[\w.]+(?:\]|:|\b) *[-|:]? +)?`;

/** `Tool result:`, `TOOL OUTPUT` …, short: a long text is looked through for each. */
const RESULTS = ['ool result', 'ool output', 'ool respo', 'ool Re', 'ool Out', 'OOL RES', 'OOL OUT'];

const WAYS: readonly Way[] = [
  // ReAct (Yao et al., "ReAct: Synergizing Reasoning and Acting in Language Models", 2023), as LangChain, LlamaIndex and others print it
  {
    hints: ['Input:'],
    marks: [
      ['tool', /^(?:Action|Tool): ?(.*)$/],
      ['arguments', /^(?:Action Input|Tool Input|Input): ?(.*)$/],
      ['output', /^(?:Observation|Tool Output|Output): ?(.*)$/],
      ['words', /^(?:Thought|Question|Final Answer|Answer):|^> (?:Entering new|Finished) /],
    ],
  },
  // CrewAI
  {
    hints: ['# Tool Output:', '# Tool output:'],
    marks: [
      ['tool', /^#+ Using tool: ?(.*)$/i],
      ['arguments', /^#+ Tool Input: ?(.*)$/i],
      ['output', /^#+ Tool Output: ?(.*)$/i],
      ['words', /^#+ (?:Agent|Task|Thought|Final Answer)\b.*:/i],
    ],
  },
  // AutoGen 0.2 and AG2
  {
    hints: ['***** Response from calling'],
    marks: [
      ['tool', /^\*{5} Suggested (?:tool|function) call(?: \([^)]*\))?: (\S+) \*{5,}$/i],
      ['arguments', /^Arguments: ?(.*)$/],
      ['output', /^\*{5} Response from calling (?:tool|function).* \*{5,}$/i],
      // A rule is as long as the heading above it; programs draw shorter ones.
      ['words', /^\*{36,}$|^-{60,}$|^>{4,} |^\S.{0,80} \(to [^)]{1,80}\):$/],
    ],
  },
  // LangChain's `pretty_print`
  {
    hints: [' Message ='],
    marks: [
      ['tool', /^ {2}(\S+) \([\w-]+\)$/],
      ['arguments', /^ {2}Args:()$/],
      ['output', /^=+ (?:Tool|Function) Message =+$/],
      ['words', /^=+ \w+ Message =+$|^Tool Calls:$|^ Call ID: /],
    ],
  },
  // LlamaIndex
  {
    hints: ['Got output:'],
    marks: [
      ['call', /^Calling function: (\w+) with args: (.*)$/],
      ['output', /^Got output: ?(.*)$/],
      ['words', /^={20,}$|^=== Calling Function ===$|^Added user message to memory: /],
    ],
  },
  // smolagents
  {
    hints: ['│ Calling tool:'],
    marks: [
      ['call', /^│ Calling tool: '(\w+)' with arguments: (.*?)\s*│$/],
      ['output', /^Observations: ?(.*)$/],
      ['words', /^[━─╭╰]{3}|^[╭╰]─|^\[Step \d+: /],
    ],
  },
  // Templates of chats (ChatML as Hermes and Qwen use it), with calls as JSON between tags
  {
    hints: ['<tool_call>'],
    marks: [
      ['call', /^<tool_call>()(.*)$/],
      ['output', /^<tool_response>(.*)$/],
      ['words', /^<\/tool_(?:call|response)>|^<\|im_(?:start|end)\|>/],
    ],
  },
  // Conversations exported as Markdown
  {
    hints: RESULTS,
    marks: [
      ['call', /^#{1,6} (?:\S )?Tool (?:call|use):? \x60?(\w+)\x60?:?()$/i],
      ['output', /^#{1,6} (?:\S )?Tool (?:result|output|response)\b.{0,60}$()/i],
      ['words', /^(?:#{1,6} |\*\*)(?:user|assistant|system|human|you|ai)\b/i],
    ],
  },
  // LangChain's agents of OpenAI functions
  {
    hints: ['Invoking: `'],
    marks: [
      ['run', /^Invoking: \x60(\S+)\x60 with \x60(.*)\x60$/],
      ['words', /^responded: |^> (?:Entering new|Finished) /],
    ],
  },
  // kubectl-ai
  {
    hints: ['Running: '],
    marks: [
      ['run', /^\s*Running: (.+)$/],
      ['words', /^>>> /],
    ],
  },
  // Agents that log with their program's logger
  {
    hints: RESULTS,
    marks: [
      [
        'call',
        new RegExp(
          String.raw`^${STAMP}(?:calling|invoking|executing|running|using)(?: the)?(?: tool)?:? \x60?(\w+)\x60? (?:with )?(?:args|arguments|input|params|parameters)[:=]? *(.*)$`,
          'i',
        ),
      ],
      ['output', new RegExp(String.raw`^${STAMP}tool (?:result|output|response)(?: from \S+?)?: ?(.*)$`, 'i')],
      ['words', new RegExp(`^${STAMP}(?:assistant|user|system|human|ai|thought|final answer)(?: message)?: `, 'i')],
    ],
  },
];

/** `[step 3] `, `Step 3: `, `3. ` before a label. */
const STEP = String.raw`(?:\[?(?:step|call)? ?#?\d{1,4}[\]:.)]?[ :-]{1,3})?`;
const labelled = (role: Role, label: string): [Role, RegExp] => [role, new RegExp(`^${STEP}(?:${label}): ?(.*)$`, 'i')];

/** Programs that write down their calls alone: the first stands at the head of the text. */
const CALLS_ALONE: Way = {
  hints: [],
  marks: [
    labelled('tool', 'tool(?: name)?|function'),
    labelled('arguments', 'args|arguments|params|parameters'),
    labelled('output', 'result|output|observation|response'),
  ],
  wordless: true,
};
const FIRST_ALONE = new RegExp(
  `^${STEP}(?:tool(?: name)?|function): .*\\n${STEP}(?:args|arguments|params|parameters): `,
  'im',
);
const HEAD = 4096;

const HINTS = [...new Set(WAYS.flatMap(({ hints }) => hints))];

/** `key: value` a line, as arguments stand below `Args:`. */
function listed(lines: readonly string[]): Json | undefined {
  const pairs = lines.map((line) => /^\s+([A-Za-z_]\w{0,40}): (.*)$/.exec(line));
  return pairs.length === 0 || pairs.includes(null)
    ? undefined
    : Object.fromEntries(
        pairs.map((pair) => {
          const value = pair?.[2] ?? '';
          return [pair?.[1] ?? '', /^\[/.test(value) ? (pythonValue(value) ?? value) : value];
        }),
      );
}

/** The arguments that a text is: JSON (also as a text within JSON, or fenced), Python's notation, lines of keys, or the command itself. */
function argumentsIn(lines: readonly string[]): Json {
  const told = lines.filter((line) => !/^\s*(?:```\w*)?\s*$/.test(line));
  const said = told.join('\n').trim();
  const inner = /^"/.test(said) ? pythonValue(said) : said;
  const source = typeof inner === 'string' ? inner : said;
  const value = jsonObject(source) ?? (/^\{/.test(source) ? pythonValue(source) : undefined) ?? listed(told);
  if (isObject(value)) return value;
  const command = commandIn(source.replace(/^`(.*)`$/, '$1'));
  return command === undefined ? { input: source } : { command };
}

interface Part {
  readonly role: Role;
  readonly first: string;
  readonly more: string;
  readonly at: number;
}

function partsOf(lines: readonly string[], marks: Way['marks']): Part[] {
  return lines.flatMap((line, at): Part[] => {
    // Marks are short; what loggers and models put behind them may be long.
    const head = line.slice(0, 4000);
    for (const [role, mark] of marks) {
      const found = mark.exec(head);
      if (found === null) continue;
      const rest = line.slice(head.length);
      const [, first = '', more = ''] = found;
      return [
        { role, first: role === 'call' || role === 'run' ? first : `${first}${rest}`, more: `${more}${rest}`, at },
      ];
    }
    return [];
  });
}

/** A call whose name stands among its arguments. */
function named(tool: string, given: Json): Call {
  const inner = given.arguments ?? given.parameters;
  return tool === '' && typeof given.name === 'string' && isObject(inner)
    ? { tool: given.name, given: inner }
    : { tool, given };
}

interface Answered extends Call {
  /** The line of what stands first of it, and the lines of its output, `to` excluded. */
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly head: string;
}

/** Whether the parts are tools with their arguments and results in turn, and nothing else. */
const isInTurn = (parts: readonly Part[]) =>
  parts.every(({ role }, index) => role === (['tool', 'arguments', 'output'] as const)[index % 3]);
const isWords = ({ role }: Part) => role === 'words';

/** How many lines are left of an output without an indented paragraph at its end, as terminals set what a model says. */
function withoutWords(lines: readonly string[]): number {
  let end = lines.length;
  while (lines[end - 1] === '') end--;
  let begin = end;
  while (begin > 0 && /^ {2}\S/.test(lines[begin - 1] ?? '')) begin--;
  return begin < end && lines[begin - 1] === '' ? begin : end;
}

/** The calls of a conversation with the lines of their outputs, results in the order of the calls. */
function answeredCalls(lines: readonly string[], parts: readonly Part[]): Answered[] {
  const open: Call[] = [];
  const found: Answered[] = [];
  let tool: string | undefined;
  for (const [index, { role, first, more, at }] of parts.entries()) {
    const end = parts[index + 1]?.at ?? lines.length;
    const below = lines.slice(at + 1, end);
    if (role === 'tool') tool = first.trim();
    if (role === 'call') open.push(named(first, argumentsIn([more, ...below])));
    if (role === 'arguments' && tool !== undefined) {
      open.push({ tool: tool.replaceAll('`', ''), given: argumentsIn([first, ...below]) });
      tool = undefined;
    }
    const command = role === 'run' ? commandIn(first) : undefined;
    const ran =
      role !== 'run' ? undefined : command === undefined ? named(first, argumentsIn([more])) : shellCall(command);
    if (ran !== undefined) {
      const to = at + 1 + withoutWords(below);
      found.push({ ...ran, output: below.join('\n'), line: at, from: at + 1, to, head: '' });
    }
    if (role !== 'output') continue;
    const call = open.shift();
    if (call === undefined) continue;
    // The heading of a result may name the tool once more, above a blank line.
    const titled = /^Name: \S+$/.test(lines[at + 1] ?? '') && lines[at + 2] === '' ? 2 : 0;
    const output = [first, ...lines.slice(at + 1 + titled, end)].join('\n');
    found.push({ ...call, output, line: first === '' ? at : at - 1, from: at + 1 + titled, to: end, head: first });
  }
  return found;
}

/**
 * The text of a conversation as it is logged (ReAct, CrewAI, AutoGen, LangChain), with each call in a line of JSON above what it printed, and
 * blank lines for what people and models said: their guesses are no evidence. Lines keep their numbers. Undefined for any other text: nothing
 * was called there that looks into a cluster, or commands of a shell stand above the first call, which then was printed by one of them.
 */
export function spokenCalls(source: string): string | undefined {
  const seen = new Map(HINTS.map((hint) => [hint, source.includes(hint)]));
  const ways = WAYS.filter(({ hints }) => hints.some((hint) => seen.get(hint) === true));
  if (FIRST_ALONE.test(source.slice(0, HEAD))) ways.push(CALLS_ALONE);
  if (ways.length === 0) return undefined;
  const lines = undrawn(source)
    .split('\n')
    .map((line) => line.trimEnd());
  for (const { marks, wordless } of ways) {
    const parts = partsOf(lines, marks);
    if (!parts.some(({ role }) => role === 'output' || role === 'run')) continue;
    if (wordless === true ? !isInTurn(parts) : !parts.some(isWords)) continue;
    const calls = answeredCalls(lines, parts);
    if (!calls.some(({ tool, given }) => commandOfTool({ tool, params: strings(flat(given)) }) !== '')) continue;
    if (lines.slice(0, parts[0]?.at).some((line) => promptCommand(line) !== undefined)) continue;
    const kept = lines.map(() => '');
    for (const call of withoutRetried(calls)) {
      kept[Math.max(call.line, 0)] = callLine(call);
      if (call.head !== '') kept[call.from - 1] = call.head;
      for (let at = call.from; at < call.to; at++) kept[at] = lines[at] ?? '';
    }
    return kept.join('\n');
  }
  return undefined;
}
