/**
 * The figures of the leaderboards, both sides of each in one run: `node bench/leaderboard.ts [SECTION...] [--events N] [--repeats N]`.
 * Sections are listed below; without any, all run. Every target is a ratio or a bound of docs/leaderboard.md.
 */
import { parseArgs } from 'node:util';
import { measureKilledWorker, measureRedisGone } from './leaderboard/failures.ts';
import { type Figure, type Stage, withRedis } from './leaderboard/harness.ts';
import { measureIngest } from './leaderboard/ingest.ts';
import { measurePostgres, measureRedisRank } from './leaderboard/neighbours.ts';
import { measureLatency, measureReads } from './leaderboard/reads.ts';
import { measureClosing, measureLarge, measureMemory } from './leaderboard/size.ts';
import { measureSoak } from './leaderboard/soak.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '100000' },
    repeats: { type: 'string', default: '3' },
    entries: { type: 'string', default: '10000000' },
  },
});
const events = Number(values.events);
const repeats = Number(values.repeats);

const sections: Record<string, (stage: Stage) => Promise<Figure[]>> = {
  ingest: (stage) => measureIngest(stage, events, repeats),
  'redis-rank': (stage) => measureRedisRank(stage, events, repeats),
  postgres: (stage) => measurePostgres(stage, events),
  latency: (stage) => measureLatency(stage, events),
  reads: (stage) => measureReads(stage, 3000, repeats),
  memory: (stage) => measureMemory(stage, 200_000),
  large: (stage) => measureLarge(stage, Number(values.entries)),
  closing: (stage) => measureClosing(stage, Number(values.entries)),
  killed: (stage) => measureKilledWorker(stage, repeats),
  gone: measureRedisGone,
  // A batch for each event.
  soak: (stage) => measureSoak(stage, events),
};

const wanted = positionals.length === 0 ? Object.keys(sections) : positionals;
const unknown = wanted.filter((name) => !(name in sections));
if (unknown.length > 0)
  throw new Error(`no such section: ${unknown.join(', ')}; there are ${Object.keys(sections).join(', ')}`);

const figures: Figure[] = [];
for (const name of wanted) {
  process.stderr.write(`${name} …\n`);
  figures.push(...(await withRedis((stage) => (sections[name] as (stage: Stage) => Promise<Figure[]>)(stage))));
}
const widths = (['what', 'measured', 'target'] as const).map((column) =>
  Math.max(...figures.map((each) => each[column].length)),
);
for (const { what, measured, target, met } of figures) {
  const cells = [what, measured, target].map((cell, index) => cell.padEnd(widths[index] as number));
  process.stdout.write(`${cells.join('  ')}  ${met ? 'met' : 'NOT MET'}\n`);
}
