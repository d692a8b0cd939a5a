import fc from 'fast-check';
import { expect, test } from 'vitest';
import { legible } from '../../src/evidence/legible.ts';
import { parseTable } from '../../src/evidence/parse/table.ts';
import { pythonValue } from '../../src/evidence/recorded/python-literal.ts';
import { unpackedCalls } from '../../src/evidence/recorded-calls.ts';
import { split } from '../../src/evidence/split.ts';
import { repr } from '../helpers/python.ts';

const COMMAND = 'kubectl get pods -n shop';
const PODS = 'NAME    READY   STATUS    RESTARTS   AGE\nweb-0   1/1     Running   0          4d';
const TOLD = `${PODS.split('\n')[1]}`;
const args = { command: COMMAND };
const lines = (...values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');
const GUESS = 'I suspect that web-0 was OOMKilled.';

/** The sections of a text that a command says, with their lines. */
const read = (text: string) =>
  split(legible(unpackedCalls(text) ?? text)).map(({ command, lines: own }) => [command, own.join('\n')]);

test.each<[string, string]>([
  [
    'Bedrock',
    lines(
      { role: 'assistant', content: [{ text: GUESS }, { toolUse: { toolUseId: 't1', name: 'bash', input: args } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 't1', content: [{ text: PODS }], status: 'success' } }] },
    ),
  ],
  [
    'the AI SDK',
    lines(
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c', toolName: 'bash', input: args }] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'c', toolName: 'bash', output: { type: 'text', value: PODS } }],
      },
    ),
  ],
  [
    'spans',
    JSON.stringify({
      spans: [
        {
          spanId: 'a',
          attributes: [
            { key: 'gen_ai.tool.name', value: { stringValue: 'bash' } },
            { key: 'gen_ai.tool.call.arguments', value: { stringValue: JSON.stringify(args) } },
            { key: 'gen_ai.tool.call.result', value: { stringValue: PODS } },
          ],
        },
      ],
    }),
  ],
  [
    'a trajectory of actions',
    JSON.stringify({ trajectory: [{ action: `${COMMAND}\n`, observation: PODS, thought: GUESS }] }),
  ],
  [
    'a trajectory of numbered members',
    JSON.stringify({ thought_0: GUESS, tool_name_0: 'bash', tool_args_0: args, observation_0: PODS }),
  ],
  [
    'a shell called with its words',
    lines(
      {
        type: 'function_call',
        call_id: 'c',
        name: 'shell',
        arguments: JSON.stringify({ command: ['bash', '-lc', COMMAND] }),
      },
      {
        type: 'function_call_output',
        call_id: 'c',
        output: JSON.stringify({ output: PODS, metadata: { exit_code: 0 } }),
      },
    ),
  ],
  [
    'messages of LangChain in Python',
    `{'messages': [HumanMessage(content='Why?'), AIMessage(content='', tool_calls=${repr([{ name: 'bash', args, id: 'c' }])}), ToolMessage(content=${repr(PODS)}, name='bash', tool_call_id='c')]}`,
  ],
  [
    'tags',
    `<tool_call>\n${JSON.stringify({ name: 'bash', arguments: args })}\n</tool_call>\n<tool_response>\n${PODS}\n</tool_response>`,
  ],
  [
    'Markdown',
    `## Assistant\n\n${GUESS}\n\n### Tool call: \`bash\`\n\n\`\`\`json\n${JSON.stringify(args)}\n\`\`\`\n\n### Tool result\n\n\`\`\`\n${PODS}\n\`\`\`\n`,
  ],
  [
    'a server of tools',
    `2026-03-04 [k8s] [info] from client: ${lines({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'bash', arguments: args } })}\n2026-03-04 [k8s] [info] from server: ${lines({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: PODS }] } })}\n`,
  ],
  [
    'a shell that reads keys',
    `\u001b[?2004hme@host:~$ kubc\b\u001b[Kectl get pods -n shop\r\n\u001b[?2004l\r${PODS.replaceAll('\n', '\r\n')}\r\n`,
  ],
  [
    'YAML',
    `messages:\n  - role: assistant\n    tool_calls:\n      - id: c\n        name: bash\n        args: {command: ${COMMAND}}\n  - role: tool\n    tool_call_id: c\n    content: |\n      ${PODS.replaceAll('\n', '\n      ')}\n`,
  ],
])('a recording as %s is read as its commands with what they printed', (_, text) => {
  expect(read(text)).toEqual([[COMMAND, PODS]]);
});

test('what GitHub folds up below a command is what it printed', () => {
  const told = read(`<details>\n<summary><code>${COMMAND}</code></summary>\n\n\`\`\`\n${PODS}\n\`\`\`\n</details>\n`);
  expect(told).toContainEqual([COMMAND, PODS]);
});

test('what people and models say between calls is blank, and lines keep their numbers', () => {
  const text = `Question: why?\nThought: ${GUESS}\nAction: bash\nAction Input: ${COMMAND}\nObservation: ${PODS}\nThought: ${GUESS}\nFinal Answer: ${GUESS}\n`;
  const told = unpackedCalls(text)?.split('\n') ?? [];
  expect(told).toHaveLength(text.split('\n').length);
  expect(told[5]).toBe(TOLD);
  expect(told.join('\n')).not.toContain('OOMKilled');
});

test('a conversation that a program logged in a pod is its log', () => {
  const talk = 'Thought: look up\nAction: search\nAction Input: {"q": "x"}\nObservation: nothing\nFinal Answer: none\n';
  expect(unpackedCalls(`${talk}panic: out of tokens\n`)).toBeUndefined();
  const shell = talk.replace('Action: search', 'Action: bash').replace('{"q": "x"}', COMMAND);
  expect(unpackedCalls(`$ kubectl logs agent-0\n${shell}panic: out of tokens\n`)).toBeUndefined();
});

test('a call that failed in a line and was made again is left out, the last one never', () => {
  const call = (output: string) => ({ tool: 'bash', arguments: args, output });
  expect(read(JSON.stringify([call('Error: timed out'), call(PODS)]))).toEqual([[COMMAND, PODS]]);
  expect(read(JSON.stringify([call(PODS), call('Error: timed out')]))).toHaveLength(2);
  expect(read(`$ ${COMMAND}\nError: timed out\n$ ${COMMAND}\n${PODS}\n`)).toEqual([[COMMAND, PODS]]);
  // Another command is no second try.
  expect(read(`$ ${COMMAND} -o wide\nError: timed out\n$ ${COMMAND}\n${PODS}\n`)).toHaveLength(2);
});

test('schemas of tools, and roles of other YAML, are no calls', () => {
  const tools = [{ type: 'function', function: { name: 'bash', parameters: { type: 'object', properties: {} } } }];
  expect(unpackedCalls(JSON.stringify({ tools, output: 'x' }))).toBeUndefined();
  expect(unpackedCalls('metadata:\n  labels:\n    role: db\n')).toBeUndefined();
});

test('in a chat, a command without a prompt is one where others were pasted so, and a time alone begins no message', () => {
  const chat = `Ada Kern  10:31 AM\n${GUESS}\nJo Weber  10:32 AM\n${COMMAND}\n${PODS}\nAda Kern  10:33 AM\nthanks\n`;
  expect(read(chat)).toEqual([[COMMAND, PODS]]);
  expect(unpackedCalls('started at 10:31\n10:32\n10:33\n')).toBeUndefined();
});

test('of a conversation without tools, what people pasted is read, and what the model says is not', () => {
  const messages = [
    { role: 'user', content: `$ ${COMMAND}\n${PODS}` },
    { role: 'assistant', content: `${GUESS}\n$ kubectl delete pod web-0` },
  ];
  expect(read(JSON.stringify({ messages }))).toEqual([[COMMAND, PODS]]);
});

test('a table does not take the mark of a cut for a row, nor the row that was cut', () => {
  const [header = '', row = ''] = PODS.split('\n');
  const named = (more: readonly string[]) => parseTable([header, row, ...more]).map(({ cells }) => cells.NAME);
  expect(named(['... [truncated 1200 chars]'])).toEqual(['web-0']);
  expect(named(['web-1   0/', '... [truncated 1200 chars]'])).toEqual(['web-0']);
});

test('what Python prints of a value is read as the value', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('dict'),
    ),
    list: fc.array(tie('any'), { maxLength: 4 }),
    dict: fc.dictionary(fc.string(), tie('any'), { maxKeys: 4 }).filter((dict) => !Object.hasOwn(dict, '__proto__')),
  })).any;
  fc.assert(
    fc.property(value, (one) => {
      expect(pythonValue(repr(one))).toEqual(one);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'[]{}()\'"\\,:= nN1xu') }), (text) => void pythonValue(text)),
  );
});
