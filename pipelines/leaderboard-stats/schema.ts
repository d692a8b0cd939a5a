import { z } from 'zod';
import { BoardId, Operator } from '../../src/leaderboard/definition.ts';
import { Entry } from '../../src/leaderboard/reads.ts';
import { Statistics } from '../../src/leaderboard/statistics.ts';

export const StatsRequest = z.strictObject({
  board: BoardId.describe('Which board'),
  window: z
    .string()
    .max(64)
    .describe(
      'A window such as `all`, `day:2026-11-23` or `season:winter`, or a kind such as `day` for the one that holds asOf',
    ),
  asOf: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('The moment that a kind of window and the document refer to; by default when the run reads the board'),
  top: z.number().int().min(1).max(100).default(10).describe('How many leaders the document names'),
});
export type StatsRequest = z.infer<typeof StatsRequest>;

export const Narrative = z.object({
  by: z
    .enum(['model', 'template', 'both'])
    .describe('Who worded it; every sentence of a model was checked against this document'),
  headline: z.string(),
  highlights: z.array(z.string()).max(3),
  dropped: z
    .array(z.object({ sentence: z.string(), reason: z.string() }))
    .describe('What the model wrote and the check refused'),
  noModel: z.boolean().describe('Whether there was no answer of a model to check'),
});
export type Narrative = z.infer<typeof Narrative>;

/** Standings of one board and window. The numbers are computed; a model words the narrative and changes none of them. */
export const StatsDocument = z.object({
  board: z.object({
    id: BoardId,
    title: z.string().optional(),
    unit: z.string().optional(),
    operator: Operator,
    direction: z.enum(['higher', 'lower']),
    decimals: z.number().int(),
    ties: z.enum(['earliest', 'none']),
    timeZone: z.string().default('UTC').describe('Whose clocks say when windows begin'),
  }),
  window: z.object({
    id: z.string(),
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional().describe('First moment after the window'),
  }),
  asOf: z.iso.datetime(),
  revision: Statistics.shape.revision,
  consistent: Statistics.shape.consistent,
  events: Statistics.shape.events,
  late: Statistics.shape.late,
  entries: z.object({
    count: Statistics.shape.count,
    scores: Statistics.shape.scores,
    histogram: Statistics.shape.histogram,
    ties: Statistics.shape.ties,
  }),
  leaders: z.array(Entry),
  /** How far the first is from the second; absent with fewer than two entries. */
  lead: z.number().optional().describe('How much better the first is than the second; absent below two entries'),
  movers: Statistics.shape.movers,
  outliers: Statistics.shape.outliers,
  narrative: Narrative,
});
export type StatsDocument = z.infer<typeof StatsDocument>;

/** The document before it is narrated: everything that a sentence may speak of. */
export type Facts = Omit<StatsDocument, 'narrative'>;
