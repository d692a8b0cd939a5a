import type { Command } from 'commander';
import { addAround } from './board/around.ts';
import { addCreate } from './board/create.ts';
import { addIngest } from './board/ingest.ts';
import { addLs } from './board/ls.ts';
import { addStats } from './board/stats.ts';
import { addTop } from './board/top.ts';

/** `opsline board …`: each command in a file of its own. */
export function addBoard(program: Command): void {
  const board = program
    .command('board')
    .description('make leaderboards, send them events, read standings and statistics')
    .addHelpText(
      'after',
      `
Talks to OPSLINE_URL, else to \`opsline up\` on this machine.

Examples:
  opsline board create weekly-laps --operator best --direction lower --decimals 3 --unit seconds
  opsline board ingest weekly-laps events.ndjson --key import-2026-11-23
  opsline board top weekly-laps --window day:2026-11-23
  opsline board around weekly-laps --player ada
  opsline board stats weekly-laps -o json | jq .leaders`,
    );
  for (const add of [addLs, addCreate, addIngest, addTop, addAround, addStats]) add(board);
}
