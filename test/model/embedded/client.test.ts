import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEmbeddedModel, type EmbeddedModel } from '../../../src/model/embedded/client.ts';
import { placeFor } from '../../../src/model/embedded/socket.ts';
import type { Exchange } from '../../../src/model/fetch/chain.ts';

const engine = fileURLToPath(new URL('./scripted-engine.ts', import.meta.url));
let cache: string;
const open: EmbeddedModel[] = [];
const pids = new Set<number>();

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'opsline-embedded-'));
});
afterEach(async () => {
  for (const model of open.splice(0)) {
    const pid = model.pid();
    if (pid !== undefined) pids.add(pid);
    await model.close();
  }
  // With nobody attached each process ends by itself.
  for (const pid of pids) await until(() => !alive(pid));
  pids.clear();
  await rm(cache, { recursive: true, force: true });
});

async function create(modelFile = '/models/scripted.gguf'): Promise<EmbeddedModel> {
  const model = createEmbeddedModel({
    place: await placeFor(cache, modelFile, engine),
    modelFile,
    engine,
    lingerMs: 0,
  });
  open.push(model);
  return model;
}

/** Words that make the engine show when it has begun. */
const begun = (): string => {
  rmSync(join(cache, 'begun'), { force: true });
  return `TOUCH ${join(cache, 'begun')}`;
};
const hasBegun = (): boolean => existsSync(join(cache, 'begun'));

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 20) {
    if (waited > 15_000) throw new Error('waited too long');
    await sleep(20);
  }
}

const exchange = {} as Exchange;

function ask(model: EmbeddedModel, content: string, options: { signal?: AbortSignal; maxTokens?: number } = {}) {
  const { signal = new AbortController().signal, maxTokens = 200 } = options;
  const body = { model: 'scripted', messages: [{ role: 'user', content }], max_tokens: maxTokens };
  return model.send({ url: 'http://embedded.invalid', headers: new Headers(), body, signal }, exchange);
}

async function say(model: EmbeddedModel, content: string): Promise<string> {
  const { body } = await ask(model, content);
  return (body as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? '';
}

test('it answers as a chat completion, with what it read, wrote and still knew', async () => {
  const model = await create();
  const first = await ask(model, 'SAY {"a":"bcdef"} END');
  expect(first).toMatchObject({
    status: 200,
    body: {
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: '{"a":"bcdef"}' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 6, completion_tokens: 4, total_tokens: 10, prompt_tokens_details: { cached_tokens: 0 } },
    },
  });
  const second = await ask(model, 'SAY {"a":"bcdef"} END');
  expect(second.body).toMatchObject({ usage: { prompt_tokens_details: { cached_tokens: 5 } } });
  const cut = await ask(model, 'SAY abcdefghijkl END', { maxTokens: 2 });
  expect(cut.body).toMatchObject({ choices: [{ message: { content: 'abcdefgh' }, finish_reason: 'length' }] });
});

test('it knows none of our environment but what it needs to run', async () => {
  process.env.OPENAI_API_KEY_CANARY = 'x';
  try {
    const names = (await say(await create(), 'SAY ENV END')).split(' ');
    expect(names).toContain('PATH');
    expect(names).not.toContain('OPENAI_API_KEY_CANARY');
  } finally {
    delete process.env.OPENAI_API_KEY_CANARY;
  }
});

test('everybody on a machine shares one process, also when all start at the same moment', async () => {
  const models = await Promise.all([create(), create(), create()]);
  await Promise.all(models.map((model) => model.warm()));
  expect(new Set(models.map((model) => model.pid())).size).toBe(1);
  const answers = await Promise.all(models.map((model, index) => say(model, `SLOW 2 SAY answer-${index} END`)));
  expect(answers).toEqual(['answer-0', 'answer-1', 'answer-2']);
  const pid = models[0]?.pid() as number;
  await models[0]?.close();
  expect(await say(models[1] as EmbeddedModel, 'SAY still here END')).toBe('still here');
  expect(alive(pid)).toBe(true);
});

test('killed in the middle of an answer: a reason at once, and the next call has a new process', async () => {
  const model = await create();
  await model.warm();
  const first = model.pid() as number;
  const answer = ask(model, `${begun()} SLOW 50 SAY ${'x'.repeat(4000)} END`);
  await until(hasBegun);
  process.kill(first, 'SIGKILL');
  await expect(answer).rejects.toMatchObject({
    kind: 'died',
    message: 'the process of the embedded model died while answering',
  });
  expect(await say(model, 'SAY back END')).toBe('back');
  expect(model.pid()).not.toBe(first);
});

test('a process that keeps dying is started again only after a pause', async () => {
  const model = await create();
  for (let death = 0; death < 2; death += 1) {
    await model.warm();
    const answer = ask(model, `${begun()} SLOW 50 SAY ${'x'.repeat(4000)} END`);
    await until(hasBegun);
    process.kill(model.pid() as number, 'SIGKILL');
    await expect(answer).rejects.toMatchObject({ kind: 'died' });
  }
  await expect(ask(model, 'SAY no END')).rejects.toThrow(/died; it is started again in 1 s/);
  await until(async () => (await say(model, 'SAY yes END').catch(() => '')) === 'yes');
});

test('an aborted answer stops being generated, and so does one that still waits; the next is not held up', async () => {
  const model = await create();
  await model.warm();
  const abort = new AbortController();
  const running = ask(model, `${begun()} NAME running SLOW 20 SAY ${'x'.repeat(4000)} END`, { signal: abort.signal });
  // Each request comes by a connection of its own: only what has begun is surely the first.
  await until(hasBegun);
  const waiting = ask(model, `NAME waiting SLOW 20 SAY ${'x'.repeat(4000)} END`, { signal: abort.signal });
  const after = say(model, 'SAY ABORTED END');
  abort.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  // The one that waited was never begun; whoever comes next sees only the one that ran as aborted.
  expect(await after).toBe('running');
});

test('a prompt too long for the context says how long it is', async () => {
  const model = await create();
  await expect(ask(model, `SAY x END ${'word '.repeat(8000)}`)).rejects.toMatchObject({
    kind: 'prompt-too-long',
    message: expect.stringMatching(
      /^the prompt has 10003 tokens, and 200 more were asked for; the model's context holds 8192/,
    ),
  });
  expect(await say(model, 'SAY fine END')).toBe('fine');
});

test('one is answered, sixteen wait, and the others are told at once that it is busy', async () => {
  const model = await create();
  await model.warm();
  const abort = new AbortController();
  const kinds: string[] = [];
  const asked = Array.from({ length: 20 }, () =>
    ask(model, `SLOW 20 SAY ${'x'.repeat(4000)} END`, { signal: abort.signal }).catch((error) => {
      kinds.push(error.kind ?? error.name);
    }),
  );
  await until(() => kinds.length >= 3);
  abort.abort();
  await Promise.all(asked);
  expect(kinds).toEqual([...Array(3).fill('busy'), ...Array(17).fill('AbortError')]);
});

test('a model that cannot be loaded says why, and leaves no process behind', async () => {
  const model = await create('/models/unloadable.gguf');
  await expect(model.warm()).rejects.toMatchObject({
    kind: 'died',
    message: 'the embedded model could not be started: the file is no model',
  });
});

test('when the last one has gone the process ends and takes its socket with it', async () => {
  const model = await create();
  await model.warm();
  const pid = model.pid() as number;
  const { socket } = await placeFor(cache, '/models/scripted.gguf', engine);
  expect(existsSync(socket)).toBe(true);
  await model.close();
  await until(() => !alive(pid));
  expect(existsSync(socket)).toBe(false);
  await expect(ask(model, 'SAY x END')).rejects.toThrow('the embedded model is closed');
});

test('a socket that a dead process left behind is taken over', async () => {
  const model = await create();
  await model.warm();
  const pid = model.pid() as number;
  process.kill(pid, 'SIGKILL');
  await until(() => !alive(pid));
  expect(await say(await create(), 'SAY taken END')).toBe('taken');
});

test.each<[string, RequestListener]>([
  [
    'hangs up',
    (_request, response) => {
      response.writeHead(200).flushHeaders();
      response.destroy();
    },
  ],
  ['ends without a word', (_request, response) => void response.end()],
  ['is something else', (_request, response) => void response.writeHead(404).end('{"error":{}}')],
])('a listener that %s instead of saying who it is fails the call and leaves the next one free', async (_, answer) => {
  const { socket } = await placeFor(cache, '/models/scripted.gguf', engine);
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const model = await create();
  try {
    await expect(model.warm()).rejects.toMatchObject({ kind: 'died' });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  await model.warm();
  expect(model.pid()).toBeGreaterThan(0);
});
