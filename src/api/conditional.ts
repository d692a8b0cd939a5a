import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sha256 } from '../digest.ts';
import type { Boards } from '../leaderboard/boards.ts';
import type { Answer, Read } from '../leaderboard/reads/read.ts';
import type { View } from '../leaderboard/series.ts';
import { KeptAnswers } from './kept-answers.ts';
import { Together } from './together.ts';

/** Headers of a read that may be answered with 304. */
export const ReadHeaders = z.object({
  'if-none-match': z
    .string()
    .max(2000)
    .optional()
    .describe('ETag of an answer that the caller has: 304 says that it still holds'),
});

/** Writes answers as they were made: typed code made them, and to check each entry once more took a quarter of the time. */
export const asMade = () => (answer: unknown) => JSON.stringify(answer);

/** How long an answer about a closed window may be kept without asking. */
const CLOSED_SECONDS = 3600;

export const NOT_MODIFIED = z.null().describe('The answer with that ETag still holds');

/** Params that name the window a request reads. */
interface WindowRequest extends Pick<FastifyRequest, 'url' | 'headers'> {
  readonly params: { readonly board: string; readonly window: string };
}

/**
 * Reads a window for a request. The ETag is the version of the window and a digest of what was asked of which window, so that Redis
 * itself finds that nothing changed and reads no entries; then the answer is 304. In the same way an answer that was
 * sent to somebody else lately is sent again while its version holds, and those who ask the same at once share one read.
 */
export async function readFor<T>(boards: Boards, request: WindowRequest, reply: Reply, read: Read<T>): Promise<void> {
  const view = await boards.view(request.params.board, request.params.window);
  const asked = subject(request, view);
  const { answers, together } = answersOf(boards);
  const known = knownVersion(request, asked);
  const { version, closed, text } = await together.run(`${asked} ${known ?? ''}`, async () => {
    const kept = known === undefined ? answers.get(asked) : undefined;
    const { value, ...answer } = await boards.read(view, read, known ?? kept?.version);
    const text = value === undefined ? kept?.text : JSON.stringify(value);
    if (text !== undefined) answers.keep(asked, { version: answer.version, text });
    return { ...answer, text };
  });
  tag(request, reply, view, `${version}-${asked}`, closed);
  if (text === undefined || wantsNone(request)) {
    reply.code(304).send();
    return;
  }
  // Fastify sends text of this type as it is.
  reply.type('application/json; charset=utf-8').send(text);
}

interface Answers {
  readonly answers: KeptAnswers;
  readonly together: Together<{ version: string; closed: boolean; text: string | undefined }>;
}

const kept = new WeakMap<Boards, Answers>();

function answersOf(boards: Boards): Answers {
  const answers = kept.get(boards) ?? { answers: new KeptAnswers(), together: new Together() };
  kept.set(boards, answers);
  return answers;
}

type Reply = Pick<FastifyReply, 'header' | 'code' | 'type' | 'send'>;

/** The answer with its ETag and how long it holds; null, with 304, when the caller has it. */
export function answerOf<T>(
  request: WindowRequest,
  reply: Reply,
  view: View,
  { version, closed, value }: Answer<T>,
): T | null {
  tag(request, reply, view, `${version}-${subject(request, view)}`, closed);
  if (value !== undefined && !wantsNone(request)) return value;
  reply.code(304);
  return null;
}

function tag(request: WindowRequest, reply: Reply, view: View, etag: string, closed: boolean): void {
  // A window named by its kind is another one tomorrow, however closed it is; and a deleted player must not stay in caches for long.
  const lasting = closed && request.params.window === view.window.id;
  reply
    .header('etag', `"${etag}"`)
    .header('cache-control', `private, max-age=${lasting ? CLOSED_SECONDS : 0}, must-revalidate`);
}

/** The version that the caller has of what it asks for (RFC 9110 §13.1.2). Proxies that compress make strong tags weak. */
export function knownVersion(request: WindowRequest, asked: string): string | undefined {
  const header = request.headers['if-none-match'];
  if (header === undefined) return undefined;
  const behind = `-${asked}`;
  const tags = [...header.matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, each = '']) => each);
  return tags.find((each) => each.endsWith(behind))?.slice(0, -behind.length);
}

/** Whether any answer that there is shall be 304: `If-None-Match: *`. */
function wantsNone({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['if-none-match']?.trim() === '*';
}

/** Tells apart whatever may be asked of whichever window; a board has a new version when it gets a season. */
export function subject({ url }: WindowRequest, { board, window }: View): string {
  return sha256(JSON.stringify([board.id, board.createdAt, board.version, window.id, url])).slice(0, 32);
}
