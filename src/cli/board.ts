import type { Command } from 'commander';
import { addAround } from './board/around.ts';
import { addCreate } from './board/create.ts';
import { addFriends } from './board/friends.ts';
import { addBoardImport } from './board/import.ts';
import { addIngest } from './board/ingest.ts';
import { addLs } from './board/ls.ts';
import { addBoardManagement } from './board/manage.ts';
import { addMovers } from './board/movers.ts';
import { addRank } from './board/rank.ts';
import { addSeason } from './board/season.ts';
import { addStats } from './board/stats.ts';
import { addTop } from './board/top.ts';
import { addWatch } from './board/watch.ts';

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
  opsline board create race --settings race.json
  opsline board season add weekly-laps winter --start 2026-12-01T00:00:00Z --end 2027-03-01T00:00:00Z
  opsline board ingest weekly-laps events.ndjson --key import-2026-11-23
  opsline board import weekly-laps history-2025.parquet
  opsline board top weekly-laps --window day:2026-11-23
  opsline board top weekly-laps --all -o json > standings.json
  opsline board rank weekly-laps --player ada
  opsline board rank weekly-laps --score 48.1
  opsline board friends weekly-laps ada bob cleo
  opsline board movers weekly-laps --window week --top 50
  opsline board watch weekly-laps --window day
  opsline board around weekly-laps --player ada
  opsline board correct weekly-laps --window day:2026-11-23 --player ada --score 48.04 --reason 'sensor failed'
  opsline board stats weekly-laps -o json | jq .leaders`,
    );
  const commands = [
    addLs,
    addCreate,
    addSeason,
    addIngest,
    addBoardImport,
    addTop,
    addAround,
    addRank,
    addFriends,
    addMovers,
    addWatch,
  ];
  for (const add of [...commands, addStats, addBoardManagement]) add(board);
}
