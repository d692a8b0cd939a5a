import { renderStats } from '../../../pipelines/leaderboard-stats/render.ts';
import { StatsDocument } from '../../../pipelines/leaderboard-stats/schema.ts';
import { sha256 } from '../../digest.ts';
import { OpslineError } from '../../errors.ts';
import { Batch } from '../../leaderboard/accept.ts';
import { NewBoard } from '../../leaderboard/definition.ts';
import type { Run } from '../../runs/run.ts';
import { boardPaths } from '../board-paths.ts';
import type { Client } from '../client.ts';
import type { Chapter, Page } from './page.ts';
import { readSample } from './samples.ts';

/**
 * Makes the sample's board, sends its events and prints the statistics of all time, all over HTTP. The batch key is the
 * digest of the events: however often the demo is shown, they count once.
 */
export async function showStandings(
  client: Client,
  page: Page,
  chapter: Chapter,
  tell: (run: Run) => void,
): Promise<void> {
  const files = await readSample('leaderboard-stats');
  const definition = files.find(({ name }) => name.endsWith('board.json'));
  const events = files.find(({ name }) => name.endsWith('.ndjson'));
  if (definition === undefined || events === undefined) throw new Error('the sample has no board.json or no events');
  const { id, ...settings } = NewBoard.parse(JSON.parse(definition.text));
  await client.request('PUT', boardPaths.one(id), { body: settings });
  const key = `sample-${sha256(events.text).slice(0, 16)}`;
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': key, prefer: 'wait=30' };
  const batch = Batch.parse(await client.request('POST', boardPaths.events(id), { body: events.text, headers }));
  if (batch.applied < batch.parts) {
    throw new OpslineError('internal', `Only ${batch.applied} of ${batch.parts} parts of the events were applied.`);
  }
  const run = await client.run('leaderboard-stats', { board: id, window: 'all' }, tell);
  page.run(chapter, run, (output, options) => renderStats(StatsDocument.parse(output), options));
}
