/**
 * What mending policies costs: `node bench/policy-fix.ts`. A whole run beside the bare call of the engine on the same files, where
 * nothing is wrong and where every object breaks every policy; and one edit in a large file.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { policyFix } from '../pipelines/policy-fix/index.ts';
import type { FixResult } from '../pipelines/policy-fix/schema.ts';
import { editDocument } from '../src/manifest/edit.ts';
import { noModel } from '../src/model/predictor.ts';
import { requireProgram } from '../src/programs/find.ts';
import { runInProcess } from '../src/runs/in-process.ts';
import { largeFiles, type Made, manifests, policySet, RULES } from './policy-fix/synthetic.ts';

const REPEATS = 3;
const OBJECTS = 100;

const middle = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

function write(folder: string, files: readonly Made[]): void {
  for (const { file, text } of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

interface Cost {
  readonly ms: number;
  /** Processor time of this process and of what it started: other work on the machine bends it less. */
  readonly cpu: number;
}

/** Processor time in milliseconds, children's included (Linux: clock ticks of 10 ms). */
function processorTime(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

async function timed(work: () => Promise<void>): Promise<Cost> {
  const [cpu, start] = [processorTime(), performance.now()];
  await work();
  return { ms: performance.now() - start, cpu: processorTime() - cpu };
}

/** The engine's own command line on the files, as a person would call it. */
async function bare(engine: 'gatekeeper' | 'kyverno', folder: string): Promise<void> {
  const [policies, objects] = [join(folder, 'policies'), join(folder, 'manifests/apps')];
  const options = { maxBuffer: 1e9 };
  if (engine === 'gatekeeper')
    spawnSync(await requireProgram('gator'), ['test', '-f', policies, '-f', objects, '-o', 'json'], options);
  else
    spawnSync(
      await requireProgram('kyverno'),
      ['apply', policies, '--resource', objects, '--policy-report', '--output-format', 'json'],
      options,
    );
}

const seconds = (costs: readonly Cost[], of: keyof Cost): string =>
  (middle(costs.map((cost) => cost[of])) / 1000).toFixed(2);
const times = (runs: readonly Cost[], calls: readonly Cost[], of: keyof Cost): string =>
  middle(runs.map((run, i) => run[of] / (calls[i]?.[of] ?? 1))).toFixed(2);

console.log(`${OBJECTS} objects x ${RULES.length} policies; medians of ${REPEATS}; s, s of processor time`);
console.log('| engine | objects | bare | bare cpu | run | run cpu | run/bare | cpu/cpu |');
console.log('|---|---|---|---|---|---|---|---|');
for (const engine of ['gatekeeper', 'kyverno'] as const) {
  for (const good of [true, false]) {
    const folder = mkdtempSync(join(tmpdir(), 'opsline-bench-'));
    const [files, policies] = [manifests(OBJECTS, good), policySet(engine)];
    write(join(folder, 'manifests'), files);
    write(join(folder, 'policies'), policies);
    const calls: Cost[] = [];
    const runs: Cost[] = [];
    for (let i = 0; i < REPEATS; i++) {
      calls.push(await timed(() => bare(engine, folder)));
      runs.push(
        await timed(async () => {
          const { run } = await runInProcess(policyFix, { manifests: files, policies }, { predictor: noModel() });
          const expected = good ? 'compliant' : 'fixed';
          if ((run.output as FixResult | undefined)?.outcome !== expected)
            throw new Error(`not ${expected}: ${run.error?.message}`);
        }),
      );
    }
    rmSync(folder, { recursive: true });
    const [a, b, c, d] = [seconds(calls, 'ms'), seconds(calls, 'cpu'), seconds(runs, 'ms'), seconds(runs, 'cpu')];
    console.log(
      `| ${engine} | ${good ? 'good' : 'break every policy'} | ${a} | ${b} | ${c} | ${d} | ${times(runs, calls, 'ms')} | ${times(runs, calls, 'cpu')} |`,
    );
  }
}

console.log('\n| one edit in 5 MB | s | s of processor time |');
console.log('|---|---|---|');
for (const [name, text, index] of largeFiles()) {
  const costs: Cost[] = [];
  for (let i = 0; i < REPEATS; i++) {
    costs.push(
      await timed(async () => {
        editDocument(text, index, [
          { op: 'add', path: index === 0 ? '/items/2000/metadata/labels/team' : '/metadata/labels/team', value: 'a' },
        ]);
      }),
    );
  }
  console.log(`| ${name} | ${seconds(costs, 'ms')} | ${seconds(costs, 'cpu')} |`);
}
