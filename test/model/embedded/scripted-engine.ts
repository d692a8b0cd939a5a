import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Engine,
  type GenerateRequest,
  type LoadEngine,
  PromptTooLong,
} from '../../../src/model/embedded/engine.ts';

/**
 * An engine without a model: "generates" a token every few milliseconds, honours the signal between tokens as the real one
 * does, and keeps the last prompt, so that reuse can be seen. What it writes is told by words in the prompt;
 * `TOUCH path` makes a file when it begins.
 */
export const loadEngine: LoadEngine = async ({ modelFile }) => {
  if (modelFile.includes('unloadable')) throw new Error('the file is no model');
  let evaluated = '';
  let running = 0;
  const aborted: string[] = [];

  async function generate({ messages, maxTokens, signal }: GenerateRequest) {
    running += 1;
    try {
      if (running > 1) throw new Error('two requests at once');
      const prompt = messages.map(({ content }) => content).join('\n');
      const say = /SAY (.*?) END/s.exec(messages.at(-1)?.content ?? '')?.[1] ?? '{}';
      const inputTokens = Math.ceil(prompt.length / 4);
      if (inputTokens + maxTokens > 8192) throw new PromptTooLong(inputTokens, maxTokens, 8192);
      let shared = 0;
      while (shared < prompt.length && prompt[shared] === evaluated[shared]) shared += 1;
      evaluated = prompt;
      const mark = /TOUCH (\S+)/.exec(prompt)?.[1];
      if (mark !== undefined) writeFileSync(mark, '');
      const pause = /SLOW (\d+)/.exec(prompt)?.[1];
      const tokens =
        (say === 'ABORTED' ? aborted.join(' ') : say === 'ENV' ? Object.keys(process.env).join(' ') : say).match(
          /.{1,4}/gs,
        ) ?? [];
      const written: string[] = [];
      for (const token of tokens) {
        await sleep(Number(pause ?? 0));
        if (signal.aborted) {
          aborted.push(/NAME (\w+)/.exec(prompt)?.[1] ?? 'unnamed');
          signal.throwIfAborted();
        }
        if (written.length >= maxTokens) break;
        written.push(token);
      }
      const finish = written.length < tokens.length ? ('length' as const) : ('stop' as const);
      const reusedTokens = Math.floor(shared / 4);
      return { text: written.join(''), finish, inputTokens, outputTokens: written.length, reusedTokens };
    } finally {
      running -= 1;
    }
  }

  return { contextSize: 8192, generate, close: async () => {} } satisfies Engine;
};
