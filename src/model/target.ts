/** How a model is held to JSON: a schema on the wire, a forced tool call, or plain JSON with the shape in the prompt. */
export type Structured = 'native' | 'function' | 'json_object';

/** Which wire rules ax uses. */
export type AxProfile = 'openai' | 'openai-compatible' | 'anthropic' | 'google-gemini';

/** A model that can be spoken to. */
export interface Target {
  /** As in the model's full name: `openai`, `anthropic`, `gemini`, `ollama`, `openai-compatible`, `embedded`. */
  readonly provider: string;
  /** The provider's own name for it. */
  readonly model: string;
  readonly profile: AxProfile;
  /** Ends in `/v1` or as the provider wants it; absent for the profile's own address. */
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly structured: Structured;
  /** A prediction that takes longer, corrections and waiting included, is given up. Milliseconds. */
  readonly timeoutMs: number;
}

/** `<provider>:<model>` */
export function fullName({ provider, model }: Pick<Target, 'provider' | 'model'>): string {
  return `${provider}:${model}`;
}
