import { z } from 'zod';
import { digest } from '../digest.ts';
import { type Issue, OpslineError } from '../errors.ts';
import { exactLimit, fromScaled, MAX_DECIMALS, toScaled } from './score.ts';
import { type KeyPlan, maxScoreFor, RESOLUTIONS, type Resolution, resolutionMs, unitFor } from './sort-key.ts';
import { WINDOW_KINDS, type WindowKind } from './windows.ts';

export const BoardId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit');

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must hold no control characters');

export const Operator = z.enum(['best', 'latest', 'sum', 'count']);
export type Operator = z.infer<typeof Operator>;

const settings = {
  title: text(120).optional().describe('What people call the board'),
  unit: text(40).optional().describe('What a score counts, in the plural, such as points or laps'),
  operator: Operator.describe(
    "What an entry keeps of a player's events: the best score, the latest one, their sum, or their number",
  ),
  direction: z.enum(['higher', 'lower']).default('higher').describe('Which score is better'),
  decimals: z
    .number()
    .int()
    .min(0)
    .max(MAX_DECIMALS)
    .default(0)
    .describe('Digits after the point that scores may have; kept as exact fixed-point numbers'),
  ties: z
    .enum(['earliest', 'none'])
    .default('earliest')
    .describe(
      'Who comes first among equal scores: whoever had it first, or nobody (then, and at equal times, the order is that of the player ids)',
    ),
  min: z
    .number()
    .optional()
    .describe('Lowest score (for sum: total) that an entry may have; by default as far below zero as max is above'),
  max: z
    .number()
    .optional()
    .describe('Highest score (for sum: total) that an entry may have; by default as high as can be kept exactly'),
};

/** What a person writes to make a board. */
export const BoardSettings = z.strictObject({
  ...settings,
  windows: z
    .array(z.enum(WINDOW_KINDS))
    .min(1)
    .default(['all', 'day'])
    .describe('all: for ever; day: each UTC day by the time of the event'),
});
export type BoardSettings = z.input<typeof BoardSettings>;

export const NewBoard = BoardSettings.extend({ id: BoardId });

/** A board as it is kept. It never changes: another definition is another board. */
export const Board = z.object({
  id: BoardId,
  ...settings,
  direction: z.enum(['higher', 'lower']),
  decimals: z.number().int(),
  ties: z.enum(['earliest', 'none']),
  min: z.number().describe('Lowest score that is kept exactly, and so the lowest that is taken'),
  max: z.number().describe('Highest score that is kept exactly, and so the highest that is taken'),
  windows: z.array(
    z.object({
      kind: z.enum(WINDOW_KINDS),
      resolution: z.enum(RESOLUTIONS).optional().describe('How finely times break ties in these windows'),
    }),
  ),
  createdAt: z.iso.datetime(),
});
export type Board = z.infer<typeof Board>;

/**
 * Makes a board of its settings: chooses for each window the finest resolution whose tie-break leaves room for the scores.
 * Without `min` and `max` the range is the widest that ties to the second (for `sum`: to the minute) allow. Throws `invalid-input` when no
 * resolution leaves room, saying how much there is.
 */
export function planBoard(id: string, input: BoardSettings, createdAt: string): Board {
  const { min, max, windows, ...rest } = BoardSettings.parse(input);
  const kinds = WINDOW_KINDS.filter((kind) => windows.includes(kind));
  const { operator, decimals, ties } = rest;
  if (operator === 'count' && decimals > 0) throw refused('/decimals', 'must be 0: a count is an integer');

  const room = (resolution: Resolution): number =>
    Math.min(exactLimit(decimals), ...(ties === 'none' ? [] : kinds.map((kind) => maxScoreFor(kind, resolution))));
  const coarsest = RESOLUTIONS[RESOLUTIONS.length - 1] as Resolution;
  const declared = (name: 'min' | 'max', score: number | undefined): number | undefined => {
    if (score === undefined) return undefined;
    const scaled = toScaled(score, decimals);
    if (typeof scaled === 'string') throw refused(`/${name}`, scaled);
    if (Math.abs(scaled) <= room(coarsest)) return scaled;
    throw refused(
      `/${name}`,
      `is beyond ±${fromScaled(room(coarsest), decimals)}, all that is left beside the times that break ties` +
        `${kinds.includes('all') ? ' in an all-time window' : ''}. With "ties": "none" scores reach ` +
        `±${fromScaled(exactLimit(decimals), decimals)}${decimals > 0 ? '; fewer decimals leave more room, too' : ''}`,
    );
  };
  const givenLow = declared('min', min);
  // Totals grow, so a sum gets all the room there is.
  const widest = room(operator === 'sum' ? coarsest : 's');
  const high = declared('max', max) ?? Math.max(widest, Math.abs(givenLow ?? 0));
  const low = givenLow ?? (operator === 'count' ? 0 : -Math.abs(high));
  if (low > high) throw refused('/max', 'must not be below min');

  const reach = Math.max(Math.abs(low), Math.abs(high));
  return {
    id,
    ...withoutUndefined(rest),
    min: fromScaled(low, decimals),
    max: fromScaled(high, decimals),
    windows: kinds.map((kind) => {
      const fits = RESOLUTIONS.find((resolution) => reach <= maxScoreFor(kind, resolution));
      return ties === 'none' || fits === undefined ? { kind } : { kind, resolution: fits };
    }),
    createdAt,
  };
}

/** Equal for boards that mean the same, whenever they were made. */
export function definitionDigest({ createdAt: _, ...definition }: Board): string {
  return digest(definition);
}

/** How a board's windows of a kind order their entries. Throws `window-not-found` when it has none. */
export function keyPlan(board: Board, kind: WindowKind): KeyPlan {
  const window = board.windows.find((candidate) => candidate.kind === kind);
  if (window === undefined) {
    const has = board.windows.map((candidate) => candidate.kind).join(', ');
    throw new OpslineError('window-not-found', `The board ${board.id} has no ${kind} windows; it has: ${has}.`);
  }
  const sign = board.direction === 'higher' ? -1 : 1;
  if (window.resolution === undefined) return { sign, unit: 1 };
  return { sign, unit: unitFor(kind, window.resolution), resolutionMs: resolutionMs(window.resolution) };
}

/** The lowest and highest score of a board as scaled integers. */
export function scaledRange(board: Board): { low: number; high: number } {
  return { low: Number(toScaled(board.min, board.decimals)), high: Number(toScaled(board.max, board.decimals)) };
}

function refused(path: string, message: string): OpslineError {
  const issue: Issue = { path, message };
  return new OpslineError('invalid-input', `The board cannot be made: ${path.slice(1)} ${message}.`, {
    issues: [issue],
  });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
