/**
 * The figures of the leaderboards, both sides of each in one run: `node bench/leaderboard.ts [SECTION...] [--events N] [--repeats N]`.
 * Sections are listed below; without any, all run. Every target is a ratio or a bound of docs/leaderboard.md.
 */
import { parseArgs } from 'node:util';
import { type Figure, type Stage, withRedis } from './leaderboard/harness.ts';
import { measureIngest } from './leaderboard/ingest.ts';
import { measureSoak } from './leaderboard/soak.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { events: { type: 'string', default: '100000' }, repeats: { type: 'string', default: '3' } },
});
const events = Number(values.events);
const repeats = Number(values.repeats);

const sections: Record<string, (stage: Stage) => Promise<Figure[]>> = {
  ingest: (stage) => measureIngest(stage, events, repeats),
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
