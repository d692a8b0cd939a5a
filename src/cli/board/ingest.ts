import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { OpslineError } from '../../errors.ts';
import { Batch } from '../../leaderboard/accept.ts';
import { boardPaths } from '../board-paths.ts';
import { printJson, say } from '../io.ts';
import { outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import type { BoardFlags } from './shared.ts';

/** `opsline board ingest`. */
export function addIngest(board: Command): void {
  board
    .command('ingest')
    .description('send score events: NDJSON or a JSON array, from a file or -')
    .argument('<id>')
    .argument('<file>', 'a file, or - for standard input')
    .option('--key <key>', 'sending the same events under the same key again counts once')
    .option('--skip-invalid', 'take the good events where some are bad; otherwise one bad event refuses them all')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, file: string, flags: BoardFlags & { key?: string; skipInvalid?: true }) => {
      const body = file === '-' ? await text(process.stdin) : await readEvents(file);
      const type = body.trimStart().startsWith('[') ? 'application/json' : 'application/x-ndjson';
      const headers = {
        'content-type': type,
        prefer: 'wait=30',
        ...(flags.key ? { 'idempotency-key': flags.key } : {}),
      };
      const query = flags.skipInvalid ? { onInvalid: 'skip' } : {};
      const answer = await clientFor(flags).request('POST', boardPaths.events(id), { body, headers, query });
      const batch = Batch.parse(answer);
      if (flags.output === 'json') return printJson(batch);
      const state = batch.applied < batch.parts ? `${batch.applied} of ${batch.parts} parts applied so far` : 'applied';
      say(`${batch.events} events, ${state}${batch.duplicate ? ' (the same batch was sent before)' : ''}.`);
      if (batch.late > 0) say(`${batch.late} times an event came too late for a window and is not counted there.`);
      sayWhatWasSkipped(batch);
      for (const { part, reason } of batch.refused) say(`part ${part} was refused: ${reason}`);
      if (batch.refused.length > 0) process.exitCode = 1;
    });
}

function sayWhatWasSkipped({ skipped }: Batch): void {
  if (skipped === undefined || skipped.count === 0) return;
  say(`${skipped.count} were skipped:`);
  for (const { place, reason } of skipped.events) say(`  ${place}: ${reason}`);
  if (skipped.count > skipped.events.length) say(`  and ${skipped.count - skipped.events.length} more`);
}

async function readEvents(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new OpslineError('invalid-input', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
