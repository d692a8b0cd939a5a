import { z } from 'zod';
import { canonicalJson, digest } from '../digest.ts';
import { isTimeZone, spelledZone } from './calendar.ts';
import { MAX_DECIMALS } from './score.ts';
import { RESOLUTIONS } from './sort-key.ts';
import { PERIODS, SeasonId, Time } from './windows.ts';

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

export const Direction = z.enum(['higher', 'lower']);
export const Ties = z.enum(['earliest', 'none']);

/** How long closed windows are kept: so many of each kind, or so many days after their end. */
export const Keep = z.union(
  [
    z.strictObject({ windows: z.number().int().min(1).max(10_000) }),
    z.strictObject({ days: z.number().int().min(1).max(36_500) }),
  ],
  { error: 'must be either { "windows": 1 to 10000 } or { "days": 1 to 36500 }' },
);
export type Keep = z.infer<typeof Keep>;

/** How events are recognised when they come again in another batch. */
export const Dedupe = z.strictObject({
  by: z
    .enum(['id', 'sequence'])
    .describe('id: each event has an `id`; sequence: each has a `source` and a `sequence` number that rises in it'),
  hours: z.number().int().min(1).max(720).default(72).describe('How long an event is remembered at least'),
});
export type Dedupe = z.infer<typeof Dedupe>;

/** A span of time with a name of its own, `[start, end)`. */
export const SeasonSpan = z.strictObject({
  start: Time.describe('Events from here on belong to the season'),
  end: Time.describe('Events before here belong to the season'),
});
export type SeasonSpan = z.infer<typeof SeasonSpan>;

const settings = {
  title: text(120).optional().describe('What people call the board'),
  unit: text(40).optional().describe('What a score counts, in the plural, such as points or laps'),
  operator: Operator.describe(
    "What an entry keeps of a player's events: the best score, the latest one, their sum, or their number",
  ),
  direction: Direction.default('higher').describe('Which score is better'),
  decimals: z
    .number()
    .int()
    .min(0)
    .max(MAX_DECIMALS)
    .default(0)
    .describe('Digits after the point that scores may have; kept as exact fixed-point numbers'),
  ties: Ties.default('earliest').describe(
    'Who comes first among equal scores: whoever had it first, or nobody (then, and at equal times, the order is that of the player ids)',
  ),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin or UTC')
    .overwrite(spelledZone)
    .default('UTC')
    .describe('IANA time zone whose clocks say when hours, days, weeks and months begin'),
  graceSeconds: z
    .number()
    .int()
    .min(0)
    .max(3650 * 86_400)
    .default(3600)
    .describe('How long after its end a window still takes events that belong to it; later ones are counted as late'),
  keep: Keep.default({ windows: 100 }).describe('How many closed windows of each kind are kept, or for how many days'),
  metadataBytes: z
    .number()
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe('Size of the metadata (JSON) that an entry may carry, bytes; 0: none is taken'),
  maxEntries: z
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .optional()
    .describe('Entries a window keeps at most, the best ones; only where an entry can never fall (operator best)'),
  denseRanks: z
    .boolean()
    .default(false)
    .describe('Whether entries have a dense rank (1, 1, 2), which costs memory for each different score'),
  maxJump: z
    .number()
    .positive()
    .optional()
    .describe(
      'The largest plausible change by one event: the improvement of a standing (best, latest), or one addition (sum). ' +
        'Larger ones count, and are noted for the statistics',
    ),
  dedupe: Dedupe.optional().describe(
    'Counts an event once though it comes in several batches; each carries its id then',
  ),
};

const bounds = {
  min: z.number().describe('Lowest score (for sum: total) that an entry may have'),
  max: z.number().describe('Highest score (for sum: total) that an entry may have'),
};

/** What a person writes to make a board. */
export const BoardSettings = z.strictObject({
  ...settings,
  min: bounds.min.optional().describe('Default: as far below zero as max is above'),
  max: bounds.max.optional().describe('Default: as high as can be kept exactly beside the times that break ties'),
  windows: z
    .array(z.enum(PERIODS))
    .default(['all', 'day'])
    .describe('all: for ever; hour, day, week (ISO), month: each one on the clock of the time zone'),
  seasons: z
    .array(SeasonSpan.extend({ id: SeasonId }))
    .max(1000)
    .default([])
    .describe('Windows with a start and an end of their own; more can be added later'),
});
export type BoardSettings = z.input<typeof BoardSettings>;
export type CheckedSettings = z.output<typeof BoardSettings>;

export const NewBoard = BoardSettings.extend({ id: BoardId });

const resolution = z.enum(RESOLUTIONS).optional().describe('How finely times break ties in these windows');

export const Season = z.object({ id: SeasonId, start: z.iso.datetime(), end: z.iso.datetime(), resolution });
export type Season = z.infer<typeof Season>;

/** A board as it is kept. It never changes, but that seasons may be added: another definition is another board. */
export const Board = z.object({
  id: BoardId,
  ...settings,
  ...bounds,
  windows: z.array(z.object({ kind: z.enum(PERIODS), resolution })),
  seasons: z.array(Season).default([]),
  version: z.number().int().default(1).describe('Rises with every season that is added'),
  createdAt: z.iso.datetime(),
});
export type Board = z.infer<typeof Board>;

/** The settings in which two boards differ that do not mean the same: `decimals is 0, not 2`. */
export function differences(has: Board, wanted: Board): string {
  const names = new Set([...Object.keys(has), ...Object.keys(wanted)] as (keyof Board)[]);
  for (const name of ['id', 'createdAt', 'version', 'seasons'] as const) names.delete(name);
  const say = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
  return [...names]
    .filter((name) => canonicalJson(has[name] ?? null) !== canonicalJson(wanted[name] ?? null))
    .map((name) => `${name} is ${say(has[name])}, not ${say(wanted[name])}`)
    .join('; ');
}

/** Equal for boards that mean the same, whenever they were made and whatever seasons were added. */
export function definitionDigest({ createdAt: _, version: __, seasons: ___, ...definition }: Board): string {
  return digest(definition);
}
