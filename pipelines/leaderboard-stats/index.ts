import { z } from 'zod';
import { type NarrateStandingsOutput, narrateStandings } from '../../signatures/narrate-standings.ts';
import type { Boards } from '../../src/leaderboard/boards.ts';
import { Board } from '../../src/leaderboard/definition.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { Statistics } from '../../src/leaderboard/statistics.ts';
import { definePipeline, type Pipeline } from '../../src/runs/pipeline.ts';
import { computeFacts } from './compute.ts';
import { StatsDocument, StatsRequest } from './schema.ts';
import { type Draft, verifyNarrative } from './verify.ts';
import { factsFor } from './wording.ts';

const Reading = z.object({ board: Board, window: z.string(), asOf: z.iso.datetime(), statistics: Statistics });

/** Statistics and a checked narrative of one window of a board: read → compute → narrate → verify. */
export function leaderboardStats(boards: Pick<Boards, 'get' | 'statistics'>): Pipeline<StatsRequest, StatsDocument> {
  return definePipeline({
    name: 'leaderboard-stats',
    version: 1,
    input: StatsRequest as z.ZodType<StatsRequest>,
    output: StatsDocument,
    timeoutMs: 120_000,
    async run(request, step) {
      const reading = await step.read(
        'standings',
        request,
        async ({ board: id, window: name, asOf: wanted, top }, signal) => {
          const asOf = new Date(wanted ?? Date.now()).toISOString();
          const board = await boards.get(id);
          const window = viewOf(board, name, Date.parse(asOf)).window.id;
          return { board, window, asOf, statistics: await boards.statistics(id, window, { top, signal }) };
        },
        Reading,
      );
      const facts = await step.do('compute', () => computeFacts(reading));
      const answer = facts.entries.count === 0 ? null : await step.predict(narrateStandings, factsFor(facts));
      return step.do('verify', () => ({ ...facts, narrative: verifyNarrative(facts, draftOf(answer)) }));
    },
  });
}

function draftOf(answer: NarrateStandingsOutput | null): Draft | null {
  if (answer === null) return null;
  const { headline, firstHighlight, secondHighlight, thirdHighlight } = answer;
  return { headline, highlights: [firstHighlight, secondHighlight, thirdHighlight] };
}
