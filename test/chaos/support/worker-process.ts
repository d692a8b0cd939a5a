/** A worker in a process of its own, to be killed. Its settings come in one JSON argument. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { definePipeline } from '../../../src/runs/pipeline.ts';
import { startWorker } from '../../../src/runs/worker.ts';
import { type ChaosInput, chaosPipeline, chaosPredictor, dieIf } from './pipeline.ts';
import type { WorkerSettings } from './processes.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
const current = new AsyncLocalStorage<ChaosInput>();
const base = chaosPipeline(settings.folder);
const pipeline = definePipeline({ ...base, run: (input, step) => current.run(input, () => base.run(input, step)) });
const predictor = chaosPredictor(settings.folder, () =>
  dieIf(settings.folder, current.getStore() as ChaosInput, 'in-predict'),
);

const worker = await startWorker({
  url: settings.url,
  prefix: settings.prefix,
  pipelines: [pipeline],
  predictor,
  codeRevision: 'chaos',
  concurrency: settings.concurrency ?? 1,
  ...(settings.shipped ? {} : { lockDurationMs: 1000, stalledIntervalMs: 500, reconcileIntervalMs: 500 }),
  onFinished: () => {
    if (settings.dieAfterFinish) process.kill(process.pid, 'SIGKILL');
  },
});
process.on('SIGTERM', () => void worker.close(settings.closeMs ?? 3000).then(() => process.exit(0)));
process.stdout.write('ready\n');
