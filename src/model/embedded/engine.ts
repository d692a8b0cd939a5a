export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface GenerateRequest {
  readonly messages: readonly ChatMessage[];
  /** JSON schema that holds the answer to shape; absent for free text. */
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly maxTokens: number;
  readonly seed: number;
  /** Honoured between tokens and between pieces of a long prompt. */
  readonly signal: AbortSignal;
}

export interface Generated {
  readonly text: string;
  readonly finish: 'stop' | 'length';
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens: those that were still evaluated from an earlier request. */
  readonly reusedTokens: number;
}

/** What turns a prompt into text inside the child process. Answers one request at a time. */
export interface Engine {
  /** Tokens that prompt and answer share. */
  readonly contextSize: number;
  /** Throws {@link PromptTooLong}, or the signal's reason. */
  generate(request: GenerateRequest): Promise<Generated>;
  close(): Promise<void>;
}

/** What an engine's module exports as `loadEngine`. */
export type LoadEngine = (options: { readonly modelFile: string; readonly threads?: number }) => Promise<Engine>;

/** The prompt and the tokens asked for do not fit the context together. */
export class PromptTooLong extends Error {
  constructor(promptTokens: number, maxTokens: number, contextSize: number) {
    super(
      `the prompt has ${promptTokens} tokens, and ${maxTokens} more were asked for; the model's context holds ${contextSize}`,
    );
    this.name = 'PromptTooLong';
  }
}
