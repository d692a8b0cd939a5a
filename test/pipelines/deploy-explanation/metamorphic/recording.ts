import { repr } from '../../../helpers/python.ts';
import type { Change } from './case.ts';
import { commands } from './noise.ts';
import { texts } from './time.ts';

interface Call {
  readonly id: string;
  readonly command: string;
  readonly output: string;
}

const SYSTEM =
  'Find out why a deploy failed. For example: Warning  Failed  pod/old-1  Failed to pull image "old:v2": not found';
const ASKED = 'Something is wrong with our deploy, can you find out?';
/** A wrong one: what a model supposes is no evidence. */
const GUESS = 'I suspect that the memory limit is too low, and that the container gets OOMKilled (exit code 137).';
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const jsonl = (values: readonly unknown[]) => `${values.map((value) => JSON.stringify(value)).join('\n')}\n`;

/** The calls of a transcript, each behind a shell's prompt. The first fails and is made again. */
function callsOf(text: string): Call[] | undefined {
  const calls = commands(text)?.map((part, index) => {
    const [command = '', ...output] = part.trimEnd().split('\n');
    return { id: `call_${index}`, command: command.slice(2), output: output.join('\n') };
  });
  const first = calls?.[0];
  if (calls === undefined || first === undefined || calls.some(({ command }) => /[<>]{2}|\\$/.test(command)))
    return undefined;
  return [{ ...first, id: 'call_early', output: 'Error: command timed out after 30 seconds' }, ...calls];
}

type Frame = (calls: readonly Call[]) => string;

const args = ({ command }: Call) => ({ command });
const recorded =
  (head: readonly unknown[], each: (call: Call) => readonly unknown[], tail: readonly unknown[]) =>
  (calls: readonly Call[]) => [...head, ...calls.flatMap(each), ...tail];
const spoken = (each: (call: Call) => string, end: string) => (calls: readonly Call[]) =>
  `${calls.map(each).join('\n')}\n${end}\n`;

const openai = recorded(
  [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: ASKED },
  ],
  (call) => [
    {
      role: 'assistant',
      content: GUESS,
      tool_calls: [
        { id: call.id, type: 'function', function: { name: 'bash', arguments: JSON.stringify(args(call)) } },
      ],
    },
    { role: 'tool', tool_call_id: call.id, content: call.output },
  ],
  [{ role: 'assistant', content: GUESS }],
);

const frames: Readonly<Record<string, Frame>> = {
  openai: (calls) => json({ model: 'x', messages: openai(calls) }),
  'openai-python': (calls) => `${openai(calls).map(repr).join('\n')}\n`,
  responses: (calls) =>
    jsonl(
      recorded(
        [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: ASKED }] }],
        (call) => [
          { type: 'reasoning', summary: [{ type: 'summary_text', text: GUESS }] },
          {
            type: 'function_call',
            id: `fc_${call.id}`,
            call_id: call.id,
            name: 'bash',
            arguments: JSON.stringify(args(call)),
          },
          { type: 'function_call_output', call_id: call.id, output: call.output },
        ],
        [],
      )(calls),
    ),
  gemini: (calls) =>
    json({
      contents: recorded(
        [{ role: 'user', parts: [{ text: ASKED }] }],
        (call) => [
          { role: 'model', parts: [{ text: GUESS }, { functionCall: { name: 'bash', args: args(call) } }] },
          { role: 'user', parts: [{ functionResponse: { name: 'bash', response: { output: call.output } } }] },
        ],
        [],
      )(calls),
    }),
  mcp: (calls) =>
    jsonl(
      calls.flatMap((call, id) => [
        { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'bash', arguments: args(call) } },
        { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: call.output }], isError: false } },
      ]),
    ),
  notebook: (calls) =>
    json({
      nbformat: 4,
      cells: recorded(
        [{ cell_type: 'markdown', source: [GUESS] }],
        ({ command, output }) => [
          {
            cell_type: 'code',
            source: [`!${command}`],
            outputs: [{ output_type: 'stream', name: 'stdout', text: output }],
          },
        ],
        [],
      )(calls),
    }),
  cast: (calls) =>
    jsonl([
      { version: 2, width: 200, height: 50 },
      ...calls.map(({ command, output }, at) => [
        at,
        'o',
        `me@host:~$ ${command}\r\n${output.replaceAll('\n', '\r\n')}\r\n`,
      ]),
    ]),
  react: spoken(
    (call) =>
      `Thought: ${GUESS}\nAction: bash\nAction Input: ${JSON.stringify(args(call))}\nObservation: ${call.output}`,
    `Final Answer: ${GUESS}`,
  ),
  crewai: spoken(
    (call) =>
      `# Agent: SRE\n## Thought: ${GUESS}\n## Using tool: bash\n## Tool Input: \n${JSON.stringify(JSON.stringify(args(call)))}\n## Tool Output: \n${call.output}`,
    `# Agent: SRE\n## Final Answer: \n${GUESS}`,
  ),
  autogen: spoken(
    (call) =>
      `***** Suggested tool call (${call.id}): bash *****\nArguments: \n${JSON.stringify(args(call))}\n${'*'.repeat(60)}\nexecutor (to sre):\n\n***** Response from calling tool (${call.id}) *****\n${call.output}\n${'*'.repeat(60)}\n${'-'.repeat(80)}`,
    `sre (to executor):\n\n${GUESS}`,
  ),
  chat: spoken(
    ({ command, output }) => `Ada Kern  10:31 AM\n${GUESS}\nJo Weber  10:32 AM\n${command}\n${output}`,
    `Ada Kern  10:40 AM\n${GUESS}`,
  ),
};

/** The same commands with what they printed, as an agent's framework, a notebook, a recorder or a chat keeps them. */
export const recordings: readonly Change[] = Object.entries(frames).map(([name, frame]) => ({
  name: `recorded-${name}`,
  apply: (given) =>
    texts(given, (text) => {
      const calls = text.includes('\u001b') ? undefined : callsOf(text);
      return calls === undefined ? text : frame(calls);
    }),
}));
