import { renderStats } from '../../../pipelines/leaderboard-stats/render.ts';
import { StatsDocument } from '../../../pipelines/leaderboard-stats/schema.ts';
import { sha256 } from '../../digest.ts';
import { OpslineError } from '../../errors.ts';
import { Batch } from '../../leaderboard/accept.ts';
import { NewBoard } from '../../leaderboard/definition.ts';
import type { Run } from '../../runs/run.ts';
import { boardPaths } from '../board-paths.ts';
import type { Client } from '../client.ts';
import type { TextFile } from '../inputs.ts';
import type { Chapter, Page } from './page.ts';
import { readSample, sampleCases } from './samples.ts';

/**
 * Makes the sample's board, sends its events and prints the statistics that it asks for, all over HTTP. The batch key is the
 * digest of the events: however often the demo is shown, they count once. `words` prints the narrative alone.
 */
export async function showStandings(
  client: Client,
  page: Page,
  chapter: Chapter,
  part: 'all' | 'words',
  tell: (run: Run) => void,
): Promise<void> {
  const [sample = ''] = await sampleCases('leaderboard-stats');
  const files = await readSample('leaderboard-stats', sample);
  const [definition, events, request] = ['board.json', 'events.ndjson', 'request.json'].map((wanted) => {
    const file = files.find(({ name }) => name === wanted);
    if (file === undefined) throw new Error(`the sample ${sample} has no ${wanted}`);
    return file;
  }) as [TextFile, TextFile, TextFile];
  const { id, ...settings } = NewBoard.parse(JSON.parse(definition.text));
  await client.request('PUT', boardPaths.one(id), { body: settings });
  const key = `sample-${sha256(events.text).slice(0, 16)}`;
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': key, prefer: 'wait=30' };
  const batch = Batch.parse(await client.request('POST', boardPaths.events(id), { body: events.text, headers }));
  if (batch.applied < batch.parts) {
    throw new OpslineError('internal', `Only ${batch.applied} of ${batch.parts} parts of the events were applied.`);
  }
  const run = await client.run('leaderboard-stats', JSON.parse(request.text), tell);
  page.run(chapter, run, (output, options) => {
    const document = StatsDocument.parse(output);
    return part === 'all' ? renderStats(document, options) : words(document);
  });
}

/** The narrative alone, and what the check refused of it. */
function words({ narrative }: StatsDocument): string {
  const { by, headline, highlights, dropped } = narrative;
  return [
    headline,
    ...highlights.map((highlight) => `  • ${highlight}`),
    ...dropped.map(({ sentence, reason }) => `  refused: "${sentence}" (${reason})`),
    `worded by: ${by === 'both' ? 'the model where it held, the template elsewhere' : `the ${by}`}`,
  ].join('\n');
}
