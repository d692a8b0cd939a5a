import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { leaderboardStats } from '../../pipelines/leaderboard-stats/index.ts';
import { objectionTo } from '../../pipelines/leaderboard-stats/verify.ts';
import type { NarrateStandingsOutput } from '../../signatures/narrate-standings.ts';
import { defineSuite, passFail } from '../../src/evaluation/suite.ts';
import { Board } from '../../src/leaderboard/definition.ts';
import { Statistics } from '../../src/leaderboard/statistics.ts';

const Expected = z.strictObject({ window: z.string(), leader: z.string().nullable() });

/** The moment that every case looks from, so that its prompt, and with it its recording, stays the same. */
const AS_OF = '2026-11-21T00:00:00.000Z';

async function readJson<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  return schema.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** Cases under `cases/<id>/`: the board and the statistics that the run reads. What is judged is the narrative. */
export const suite = defineSuite({
  name: 'leaderboard-stats',
  folder: import.meta.dirname,
  model: 'embedded:qwen2.5-coder-0.5b-instruct',
  expected: Expected,
  async loadInput(folder) {
    const { id } = await readJson(Board, join(folder, 'board.json'));
    const { expected } = parse(await readFile(join(folder, 'case.yaml'), 'utf8')) as { expected: unknown };
    return { board: id, window: Expected.parse(expected).window, asOf: AS_OF, top: 10 };
  },
  async pipeline(folder) {
    const board = await readJson(Board, join(folder, 'board.json'));
    const statistics = await readJson(Statistics, join(folder, 'statistics.json'));
    return leaderboardStats({ get: async () => board, statistics: async () => statistics });
  },
  metrics: {
    leader: ({ case: { expected }, output }) => {
      const leader = output.leaders[0]?.player ?? null;
      return passFail(leader === expected.leader, `named ${leader}, expected ${expected.leader}`);
    },

    /** Every sentence that is shown holds against the document. */
    grounded: ({ output }) => {
      const { narrative, ...facts } = output;
      const said = [narrative.headline, ...narrative.highlights];
      const wrong =
        facts.entries.count === 0 ? [] : said.filter((sentence) => objectionTo(sentence, facts) !== undefined);
      return passFail(wrong.length === 0, `does not hold: ${wrong.join(' | ')}`);
    },

    /** The share of the model's sentences that the check let through; says how useful the model is. */
    kept: ({ output: { narrative }, record }) => {
      const answer = record.journal.find(({ kind, value }) => kind === 'predict' && value !== null)?.value;
      if (answer === undefined) return { value: null, note: 'no model answered' };
      const written = Object.keys(answer as NarrateStandingsOutput).length;
      const value = 1 - Math.min(written, narrative.dropped.length) / written;
      return value === 1 ? { value } : { value, note: narrative.dropped.map(({ reason }) => reason).join('; ') };
    },
  },
});
