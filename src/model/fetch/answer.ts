import { z } from 'zod';

const count = z.number().int().min(0).optional().catch(undefined);
const finish = z.string().optional().catch(undefined);

/** The parts of the three wire formats (OpenAI chat completions, Anthropic messages, Gemini) that say what a call cost. */
const Answer = z.object({
  usage: z
    .object({ prompt_tokens: count, completion_tokens: count, input_tokens: count, output_tokens: count })
    .optional()
    .catch(undefined),
  usageMetadata: z
    .object({ promptTokenCount: count, candidatesTokenCount: count, thoughtsTokenCount: count })
    .optional()
    .catch(undefined),
  choices: z
    .array(z.object({ finish_reason: finish, message: z.object({ refusal: finish }).optional().catch(undefined) }))
    .optional()
    .catch(undefined),
  stop_reason: finish,
  candidates: z
    .array(z.object({ finishReason: finish }))
    .optional()
    .catch(undefined),
});

export interface AnswerFacts {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly finish?: 'stop' | 'length' | 'refusal' | 'other';
}

/** Tokens and the way it ended, of a provider's response body; whatever is not there is left out. */
export function readAnswer(body: unknown): AnswerFacts {
  const parsed = Answer.safeParse(body);
  if (!parsed.success) return {};
  const { usage, usageMetadata: gemini, choices, stop_reason, candidates } = parsed.data;
  const inputTokens = usage?.prompt_tokens ?? usage?.input_tokens ?? gemini?.promptTokenCount;
  const outputTokens =
    usage?.completion_tokens ??
    usage?.output_tokens ??
    (gemini === undefined ? undefined : (gemini.candidatesTokenCount ?? 0) + (gemini.thoughtsTokenCount ?? 0));
  const choice = choices?.[0];
  const refused = typeof choice?.message?.refusal === 'string';
  const ended = refused ? 'refusal' : endOf(choice?.finish_reason ?? stop_reason ?? candidates?.[0]?.finishReason);
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(ended === undefined ? {} : { finish: ended }),
  };
}

function endOf(word: string | undefined): AnswerFacts['finish'] {
  if (word === undefined) return undefined;
  if (/^(stop|end_turn|tool_use|tool_calls|stop_sequence|function_call)$/i.test(word)) return 'stop';
  if (/^(length|max_tokens)$/i.test(word)) return 'length';
  if (/^(content_filter|refusal|safety|recitation|blocklist|prohibited_content)$/i.test(word)) return 'refusal';
  return 'other';
}
