import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { OpslineError } from '../../errors.ts';
import { Batch } from '../../leaderboard/accept.ts';
import { Board } from '../../leaderboard/definition.ts';
import { checkEvents, MAX_EVENTS } from '../../leaderboard/events.ts';
import { parseNdjson } from '../../leaderboard/ndjson.ts';
import { boardPaths } from '../board-paths.ts';
import type { Client } from '../client.ts';
import { createTicker, printJson, say } from '../io.ts';
import { outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { batchesOf, type EventBatch, keyOf, placeIn, stateOf, together } from './event-batches.ts';
import type { BoardFlags } from './shared.ts';

interface IngestFlags extends BoardFlags {
  readonly key?: string;
  readonly skipInvalid?: true;
}

/** `opsline board ingest`. */
export function addIngest(board: Command): void {
  board
    .command('ingest')
    .description('send score events: NDJSON or a JSON array, perhaps gzipped, from a file or -')
    .argument('<id>')
    .argument('<file>', 'a file, or - for standard input')
    .option('--key <key>', 'sending the same events under the same key again counts once')
    .option('--skip-invalid', 'take the good events where some are bad; otherwise one bad event refuses them all')
    .addOption(serverOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
More than ${MAX_EVENTS} events, or 8 MiB, go in batches one after the other, under KEY, KEY/2, KEY/3 …; all are checked before the first is sent.
For millions of events there is \`opsline board import\`.

Examples:
  opsline board ingest weekly-laps events.ndjson.gz --key import-2026-11-23
  produce | opsline board ingest weekly-laps - --skip-invalid`,
    )
    .action(async (id: string, file: string, flags: IngestFlags) => {
      const batches = batchesOf(textOf(file, file === '-' ? await buffer(process.stdin) : await readEvents(file)));
      const client = clientFor(flags);
      if (batches.length > 1 && flags.skipInvalid === undefined) await checkAll(client, id, batches);
      const batch = together(await sendAll(client, id, batches, flags));
      if (flags.output === 'json') return printJson(batch);
      say(`${batch.events} events, ${stateOf(batch)}${batch.duplicate ? ' (the same batch was sent before)' : ''}.`);
      if (batch.late > 0) say(`${batch.late} times an event came too late for a window and is not counted there.`);
      sayWhatWasSkipped(batch);
      for (const { part, reason } of batch.refused) say(`part ${part} was refused: ${reason}`);
      if (batch.refused.length > 0) process.exitCode = 1;
    });
}

/** Checks events of several batches as the server will, so that a bad one refuses them all and not only those behind it. */
async function checkAll(client: Client, id: string, batches: readonly EventBatch[]): Promise<void> {
  const board = Board.parse(await client.request('GET', boardPaths.one(id)));
  for (const batch of batches) {
    const { values, lines } =
      batch.type === 'application/json'
        ? { values: JSON.parse(batch.body) as unknown[], lines: undefined }
        : parseNdjson(batch.body);
    const place = (index: number): string => placeIn(batch, lines === undefined ? `/${index}` : `line ${lines[index]}`);
    checkEvents(board, values, Date.now(), place);
  }
}

/** Sends batches one after the other, each once however often it is sent. */
async function sendAll(
  client: Client,
  id: string,
  batches: readonly EventBatch[],
  flags: IngestFlags,
): Promise<[EventBatch, Batch][]> {
  // Several without a key get one, so that they can go on where they stop.
  const key = flags.key ?? (batches.length > 1 ? randomUUID() : undefined);
  const query = flags.skipInvalid ? { onInvalid: 'skip' } : {};
  const ticker = createTicker();
  const sent: [EventBatch, Batch][] = [];
  try {
    for (const [index, batch] of batches.entries()) {
      if (batches.length > 1) ticker.tell(`sending batch ${index + 1} of ${batches.length}`);
      const headers = {
        'content-type': batch.type,
        prefer: 'wait=30',
        ...(key === undefined ? {} : { 'idempotency-key': keyOf(key, index) }),
      };
      const answer = client.request('POST', boardPaths.events(id), { body: batch.body, headers, query });
      sent.push([batch, Batch.parse(await answer)]);
    }
  } catch (error) {
    if (!(error instanceof OpslineError) || batches.length === 1) throw error;
    const batch = batches[sent.length] as EventBatch;
    throw new OpslineError(
      error.code,
      `Batch ${sent.length + 1} of ${batches.length}: ${error.message} ` +
        `To go on, send the same events with --key ${key}: what was taken already counts once.`,
      { cause: error, issues: error.issues.map(({ path, message }) => ({ path: placeIn(batch, path), message })) },
    );
  } finally {
    ticker.clear();
  }
  return sent;
}

function sayWhatWasSkipped({ skipped }: Batch): void {
  if (skipped === undefined || skipped.count === 0) return;
  say(`${skipped.count} were skipped:`);
  for (const { place, reason } of skipped.events) say(`  ${place}: ${reason}`);
  if (skipped.count > skipped.events.length) say(`  and ${skipped.count - skipped.events.length} more`);
}

async function readEvents(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new OpslineError('invalid-input', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** The text of a file, which may be gzipped whatever it is called. Throws `invalid-input`. */
function textOf(file: string, bytes: Buffer): string {
  const name = file === '-' ? 'Standard input' : file;
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  let plain = bytes;
  try {
    if (gzipped) plain = gunzipSync(bytes);
  } catch (cause) {
    throw new OpslineError('invalid-input', `${name} is not gzip to its end.`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch (cause) {
    throw new OpslineError(
      'invalid-input',
      `${name} is not UTF-8, or too long to be sent; for history there is \`opsline board import\`.`,
      { cause },
    );
  }
}
