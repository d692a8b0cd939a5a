import { availableParallelism } from 'node:os';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { type ChatMessage, type Engine, type GenerateRequest, type LoadEngine, PromptTooLong } from './engine.ts';

/** Tokens that a prompt and its answer share. */
const CONTEXT_TOKENS = 8192;
/** As many prompt prefixes (one per signature, in practice) stay evaluated. Each costs up to 100 MB of the 0.5B model's cache. */
const SEQUENCES = 3;
/** An abort is honoured between pieces of this many prompt tokens: about two seconds on a slow core. */
const PIECE = 128;
/**
 * One core stays free. The threads wait for each other after every operation: as soon as one of them loses its core, all of
 * them spin (measured on two busy cores: 22 tokens/s written by one thread, 0.3 by two).
 */
const defaultThreads = (): number => Math.max(1, Math.min(availableParallelism() - 1, 16));
/** A shorter common prefix is only the chat template: not worth giving up another signature's evaluated prefix for. */
const WORTHWHILE = 48;

/** The engine behind the embedded model: node-llama-cpp on the CPU. Only the child process loads it. */
export const loadEngine: LoadEngine = async ({ modelFile, threads }) => {
  const { getLlama, LlamaGrammarEvaluationState, LlamaLogLevel } = await import('node-llama-cpp');
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, progressLogs: false });
  const model = await llama.loadModel({ modelPath: modelFile, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: CONTEXT_TOKENS,
    sequences: SEQUENCES,
    threads: threads ?? defaultThreads(),
  });
  const sequences = Array.from({ length: SEQUENCES }, () => ({ sequence: context.getSequence(), usedAt: 0 }));
  const grammars = new Map<string, ReturnType<typeof createGrammar>>();
  const render = await createRenderer();
  let clock = 0;

  function createGrammar(schema: object) {
    return llama.createGrammarForJsonSchema(schema as Parameters<typeof llama.createGrammarForJsonSchema>[0]);
  }

  /** Grammars by schema: building one takes milliseconds, but it is the same few for ever. */
  function grammarFor(schema: object): ReturnType<typeof createGrammar> {
    const key = JSON.stringify(schema);
    const known = grammars.get(key) ?? createGrammar(schema);
    if (grammars.size > 64) grammars.clear();
    grammars.set(key, known);
    return known;
  }

  /** Chat messages to tokens. The template's marks become special tokens; the same marks inside a message stay text. */
  async function createRenderer(): Promise<(messages: readonly ChatMessage[]) => Token[]> {
    const { resolveChatWrapper } = await import('node-llama-cpp');
    const wrapper = resolveChatWrapper(model);
    return (messages) => {
      const chatHistory = messages.map(({ role, content }) => {
        if (role === 'assistant') return { type: 'model' as const, response: [content] };
        return { type: role, text: content };
      });
      chatHistory.push({ type: 'model', response: [] });
      return wrapper.generateContextState({ chatHistory }).contextText.tokenize(model.tokenizer);
    };
  }

  /** The sequence that shares the longest prefix with the prompt; the one unused for longest when none shares enough. */
  function choose(tokens: Token[]): LlamaContextSequence {
    const shared = sequences.map((slot) => ({
      slot,
      length: slot.sequence.compareContextTokens(tokens).firstDifferentIndex,
    }));
    const best = shared.reduce((a, b) => (b.length > a.length ? b : a));
    const oldest = sequences.reduce((a, b) => (b.usedAt < a.usedAt ? b : a));
    const slot = best.length >= WORTHWHILE ? best.slot : oldest;
    clock += 1;
    slot.usedAt = clock;
    return slot.sequence;
  }

  async function generate(request: GenerateRequest) {
    const { schema, maxTokens, seed, signal } = request;
    signal.throwIfAborted();
    const prompt = render(request.messages);
    if (prompt.length + maxTokens > context.contextSize)
      throw new PromptTooLong(prompt.length, maxTokens, context.contextSize);
    const grammar = schema === undefined ? undefined : await grammarFor(schema);
    const sequence = choose(prompt);
    await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
    const reusedTokens = sequence.nextTokenIndex;
    while (sequence.nextTokenIndex < prompt.length - 1) {
      signal.throwIfAborted();
      const from = sequence.nextTokenIndex;
      await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(from, Math.min(from + PIECE, prompt.length - 1)));
    }
    const written: Token[] = [];
    let text = '';
    let finish: 'stop' | 'length' = 'stop';
    const options = {
      temperature: 0,
      seed,
      ...(grammar === undefined ? {} : { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) }),
    };
    for await (const token of sequence.evaluate(prompt.slice(-1), options)) {
      signal.throwIfAborted();
      written.push(token);
      text = model.detokenize(written);
      // The grammar allows white space behind the document for ever: the end of the document is the end of the answer.
      if (schema !== undefined && isWholeJson(text)) break;
      if (written.length >= maxTokens) {
        finish = 'length';
        break;
      }
    }
    return { text: text.trimEnd(), finish, inputTokens: prompt.length, outputTokens: written.length, reusedTokens };
  }

  return {
    contextSize: context.contextSize,
    generate,
    close: async () => {
      await llama.dispose();
    },
  } satisfies Engine;
};

function isWholeJson(text: string): boolean {
  const end = text.trimEnd();
  if (!end.endsWith('}') && !end.endsWith(']')) return false;
  try {
    JSON.parse(end);
    return true;
  } catch {
    return false;
  }
}
