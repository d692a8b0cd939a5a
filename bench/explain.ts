/**
 * What explaining costs: `node bench/explain.ts [--with-huge]`. Each row runs in a process of its own, so that its memory is its own:
 * the peak of resident memory, with Node itself (an empty process takes about 50 MB). Evidence is made up by `explain/synthetic.ts`.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { deployExplanation } from '../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../pipelines/deploy-explanation/schema.ts';
import { readEvidenceFiles } from '../src/cli/inputs.ts';
import { Drain } from '../src/evidence/logs/drain.ts';
import { noModel } from '../src/model/predictor.ts';
import { runInProcess } from '../src/runs/in-process.ts';
import { logLines, logText, namespace, transcript } from './explain/synthetic.ts';

interface Measured {
  readonly ms: number;
  /** Processor time, of all threads: other work on the machine bends it less. */
  readonly cpu: number;
  readonly megabytes: number;
  readonly said: string;
}

const MB = 1e6;

async function explain(evidence: readonly object[]): Promise<string> {
  const { run } = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  const output = run.output as Explanation | undefined;
  return output?.rootCause?.kind ?? run.error?.message ?? output?.verdict ?? '';
}

async function timed(megabytes: number, work: () => Promise<string>): Promise<Measured> {
  const before = process.cpuUsage();
  const start = performance.now();
  const said = await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - start, cpu: (user + system) / 1000, megabytes, said };
}

async function writeLog(path: string, size: number): Promise<void> {
  const chunks = function* (): Generator<string> {
    let batch: string[] = [];
    let left = size;
    let told = false;
    for (const line of logLines()) {
      batch.push(line, '\n');
      // The one line that matters, among a thousand times as many others.
      if (!told && left < size / 2) {
        batch.push('2026-11-02T10:00:00Z FATAL dial tcp 10.0.0.7:5432: connect: connection refused\n');
        told = true;
      }
      left -= line.length + 1;
      if (batch.length < 2000 && left > 0) continue;
      yield batch.join('');
      batch = [];
      if (left <= 0) return;
    }
  };
  await pipeline(Readable.from(chunks()), createWriteStream(path));
}

/** Rows by name: what is measured, and the target. The folder holds what was prepared in another process. */
const rows: Readonly<Record<string, { target: string; run: (folder: string) => Promise<Measured> }>> = {
  'rules, 500 pods': {
    target: '< 300 ms, < 250 MB',
    run: async () => {
      const evidence = namespace(500);
      return timed(evidence.reduce((sum, { text }) => sum + text.length, 0) / MB, () => explain(evidence));
    },
  },
  'transcript of 20 MB': {
    target: '< 3 s',
    run: async (folder) => {
      const path = join(folder, 'transcript.txt');
      return timed((await stat(path)).size / MB, async () => explain(await readEvidenceFiles([path])));
    },
  },
  'mining templates': {
    target: '',
    run: async () => {
      const lines = logText(30 * MB).split('\n');
      return timed(30, async () => {
        const drain = new Drain();
        for (const line of lines) drain.add(line);
        return `${drain.list().length} templates`;
      });
    },
  },
  'log of 1 GB': {
    target: 'bounded memory',
    run: async (folder) => {
      const path = join(folder, 'huge.log');
      return timed((await stat(path)).size / MB, async () => explain(await readEvidenceFiles([path])));
    },
  },
};

const [first = '', folderGiven] = process.argv.slice(2);
const chosen = rows[first];
if (chosen !== undefined && folderGiven !== undefined) {
  const measured = await chosen.run(folderGiven);
  console.log(JSON.stringify({ ...measured, peak: process.resourceUsage().maxRSS / 1000 }));
} else {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
  const huge = first === '--with-huge';
  try {
    await writeFile(join(folder, 'transcript.txt'), transcript(20 * MB));
    if (huge) await writeLog(join(folder, 'huge.log'), 1000 * MB);
    console.log(
      '|                     |      MB |      ms | CPU, ms |    MB/s | peak, MB | target             | answer',
    );
    console.log(
      '|---------------------|---------|---------|---------|---------|----------|--------------------|-------',
    );
    for (const [name, { target }] of Object.entries(rows)) {
      if (name === 'log of 1 GB' && !huge) continue;
      const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name, folder], { encoding: 'utf8' });
      if (child.status !== 0) throw new Error(child.stderr);
      const { ms, cpu, megabytes, said, peak } = JSON.parse(child.stdout) as Measured & { peak: number };
      const cells = [megabytes.toFixed(1), ms.toFixed(0), cpu.toFixed(0), ((megabytes / ms) * 1000).toFixed(1)].map(
        (c) => c.padStart(7),
      );
      console.log(
        `| ${name.padEnd(19)} | ${cells.join(' | ')} | ${peak.toFixed(0).padStart(8)} | ${target.padEnd(18)} | ${said}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
