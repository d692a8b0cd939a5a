/**
 * What explaining costs: `node bench/explain.ts [--with-huge] [--with-cluster]`. Each row runs in a process of its own, so that its memory is its own:
 * the peak of resident memory, with Node itself (an empty process takes about 50 MB). Evidence is made up by `explain/synthetic.ts`.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deployExplanation, deployExplanationHereOn } from '../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../pipelines/deploy-explanation/schema.ts';
import { readEvidenceFiles } from '../src/cli/inputs.ts';
import { list } from '../src/evidence/cluster/pages.ts';
import { CLUSTER_WIDE, NAMESPACED } from '../src/evidence/cluster/resources.ts';
import { Drain } from '../src/evidence/logs/drain.ts';
import { ClusterClient } from '../src/kubernetes/client.ts';
import { accessOf } from '../src/kubernetes/kubeconfig.ts';
import { noModel } from '../src/model/predictor.ts';
import { runInProcess } from '../src/runs/in-process.ts';
import { startBenchCluster } from './explain/cluster.ts';
import { logLines, logText, namespace, podsAsYaml, transcript } from './explain/synthetic.ts';

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

/** Reads the namespace of the cluster and explains it; how much came over the line stands in what was said. */
async function fromCluster(kubeconfig: string): Promise<string> {
  const pipeline = deployExplanationHereOn(() => ({ kind: 'kubeconfig', path: kubeconfig }));
  const { run } = await runInProcess(pipeline, { cluster: 'bench', namespace: 'shop' }, { predictor: noModel() });
  const output = run.output as Explanation | undefined;
  return output?.rootCause?.kind ?? run.error?.message ?? '';
}

/** The same lists one after another, as a script of kubectl commands would ask them, and nothing done with them. */
async function oneByOne(kubeconfig: string): Promise<string> {
  const access = await accessOf({ kind: 'kubeconfig', path: kubeconfig });
  const client = await ClusterClient.open(access, { signal: new AbortController().signal, wholeMs: 60_000 });
  try {
    let count = 0;
    for (const resource of [...NAMESPACED, ...CLUSTER_WIDE]) {
      const where = NAMESPACED.includes(resource) ? { namespace: 'shop' } : {};
      const read = list(client, resource, { ...where, max: 5000, keep: (item) => item });
      // There is no Argo here.
      count += await read.then(
        ({ items }) => items.length,
        () => 0,
      );
    }
    return `${count} objects`;
  } finally {
    client.close();
  }
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
  // What a worker takes, whose code is warm: the row above is what the command line takes, whose code is new to the process.
  '… the fourth time': {
    target: '< 300 ms',
    run: async () => {
      const evidence = namespace(500);
      for (let before = 0; before < 3; before++) await explain(evidence);
      return timed(evidence.reduce((sum, { text }) => sum + text.length, 0) / MB, () => explain(evidence));
    },
  },
  '2000 pods as YAML': {
    target: '',
    run: async () => {
      const evidence = [podsAsYaml(2000)];
      return timed((evidence[0]?.text.length ?? 0) / MB, () => explain(evidence));
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
  'cluster, 500 pods': {
    target: 'one round',
    run: async (folder) => timed(0, () => fromCluster(join(folder, 'near.json'))),
  },
  '… lists one by one': {
    target: '',
    run: async (folder) => timed(0, () => oneByOne(join(folder, 'near.json'))),
  },
  '… 40 ms away': {
    target: 'one round',
    run: async (folder) => timed(0, () => fromCluster(join(folder, 'far.json'))),
  },
  '… away, one by one': {
    target: '',
    run: async (folder) => timed(0, () => oneByOne(join(folder, 'far.json'))),
  },
  'log of 1 GB': {
    target: 'bounded memory',
    run: async (folder) => {
      const path = join(folder, 'huge.log');
      return timed((await stat(path)).size / MB, async () => explain(await readEvidenceFiles([path])));
    },
  },
};

/**
 * A row, in a process of its own; this one goes on playing the kubelet meanwhile. Compiled code is kept between processes, as
 * `bin/opsline.mjs` keeps it.
 */
async function measured(name: string, folder: string): Promise<Measured & { peak: number }> {
  const program = fileURLToPath(import.meta.url);
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  return JSON.parse((await promisify(execFile)(process.execPath, [program, name, folder], { env })).stdout);
}

const [first = '', folderGiven] = process.argv.slice(2);
const chosen = rows[first];
if (chosen !== undefined && folderGiven !== undefined) {
  const measured = await chosen.run(folderGiven);
  console.log(JSON.stringify({ ...measured, peak: process.resourceUsage().maxRSS / 1000 }));
} else {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
  const huge = process.argv.includes('--with-huge');
  const cluster = process.argv.includes('--with-cluster') ? await startBenchCluster(folder, 500) : undefined;
  try {
    if (cluster !== undefined) await copyFile(cluster.near, join(folder, 'near.json'));
    await writeFile(join(folder, 'transcript.txt'), transcript(20 * MB));
    if (huge) await writeLog(join(folder, 'huge.log'), 1000 * MB);
    console.log(
      '|                     |      MB |      ms | CPU, ms |    MB/s | peak, MB | target             | answer',
    );
    console.log(
      '|---------------------|---------|---------|---------|---------|----------|--------------------|-------',
    );
    await measured(Object.keys(rows)[0] ?? '', folder);
    for (const [name, { target }] of Object.entries(rows)) {
      if (name === 'log of 1 GB' && !huge) continue;
      if (/^cluster|^… (lists|40|away)/.test(name) && cluster === undefined) continue;
      const { ms, cpu, megabytes, said, peak } = await measured(name, folder);
      const cells = [
        megabytes === 0 ? '' : megabytes.toFixed(1),
        ms.toFixed(0),
        cpu.toFixed(0),
        megabytes === 0 ? '' : ((megabytes / ms) * 1000).toFixed(1),
      ].map((c) => c.padStart(7));
      console.log(
        `| ${name.padEnd(19)} | ${cells.join(' | ')} | ${peak.toFixed(0).padStart(8)} | ${target.padEnd(18)} | ${said}`,
      );
    }
  } finally {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
