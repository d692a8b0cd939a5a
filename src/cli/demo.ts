import type { Command } from 'commander';
import { OpslineError } from '../errors.ts';
import { findProgram } from '../programs/find.ts';
import type { Run } from '../runs/run.ts';
import { type Client, createClient } from './client.ts';
import { Activity, type Background, inBackground, obtainProgram } from './demo/background.ts';
import type { Chapter, Page } from './demo/page.ts';
import { untilInterrupted } from './interrupt.ts';
import { createTicker, print, wantsColor } from './io.ts';
import { configure, type Flags, integer, modelOption } from './options.ts';
import { shutDown } from './serve.ts';
import type { Service, Wiring } from './wiring.ts';

/** How to call the command line from the repository. */
const OPSLINE = 'npm run opsline --';

interface DemoFlags extends Flags {
  readonly once?: true;
}

/** `opsline demo`: all three pipelines on the samples, through the real API and queues. */
export function addDemo(program: Command, wiring: Wiring): void {
  program
    .command('demo')
    .description('start everything and run all three pipelines on the samples')
    .option('--once', 'end when everything has been shown')
    .option('--port <number>', 'port of the API (OPSLINE_PORT, default 7878, else a free one)', integer(0, 65_535))
    .option('--data <folder>', 'folder of the private Redis', '.opsline/demo')
    .addOption(modelOption())
    .addHelpText(
      'after',
      `
Standings and an explanation by rules alone come first; the model and the policy engine load or build behind them.

Exit code: 0 everything was shown, 1 something could not be had (it says what, and the one command that mends it).

Examples:
  npm run demo
  npm run demo -- --once --model none`,
    )
    .action((flags: DemoFlags) => demo(wiring, flags));
}

async function demo(wiring: Wiring, flags: DemoFlags): Promise<void> {
  const interrupt = untilInterrupted();
  const ticker = createTicker();
  const activity = new Activity(() => (activity.text === '' ? ticker.clear() : ticker.tell(activity.text)));
  const program = inBackground(() => obtainProgram('gator', activity, interrupt.signal));
  const { promise: rulesShown, resolve: letModelAnswer } = Promise.withResolvers<void>();
  const service = await start(wiring, flags, activity, rulesShown);
  print(`opsline answers at ${service.url} (API reference /docs, queues /queues)`);
  const client = createClient(service.url as string, configure({}).token);
  const { createPage } = await import('./demo/page.ts');
  const page = createPage(wantsColor(process.stdout), ticker.clear);
  let missing = 0;
  const counted: Page = {
    run(chapter, run, render) {
      if (run.status !== 'succeeded') missing++;
      page.run(chapter, run, render);
    },
    missing(...parameters) {
      missing++;
      page.missing(...parameters);
    },
    note: page.note,
  };
  const interrupted = new Promise<void>((resolve) =>
    interrupt.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  await Promise.race([show(client, counted, { service, program, activity, letModelAnswer }), interrupted]);
  activity.end('service');
  ticker.clear();
  if (!interrupt.signal.aborted && flags.once !== true) {
    print(`\nopsline stays up at ${service.url}. Ctrl-C ends it.`);
    await interrupted;
  }
  await shutDown(service, interrupt.signal.aborted || missing === 0 ? 0 : 1);
}

async function start(wiring: Wiring, flags: DemoFlags, activity: Activity, modelFrom: Promise<void>): Promise<Service> {
  const once = (port: number | undefined): Promise<Service> =>
    wiring.startService({
      // The demo talks to a person; what the service logs would only be in the way.
      config: { ...configure({ ...flags, ...(port === undefined ? {} : { port }) }), logLevel: 'error' },
      roles: ['api', 'worker'],
      embeddedRedis: true,
      orInMemory: true,
      modelFrom,
      onProgress: (line) => activity.set('service', line),
      onModelProgress: (line) => activity.set('model', line),
    });
  try {
    return await once(flags.port);
  } catch (error) {
    const taken = error instanceof OpslineError && error.code === 'address-in-use';
    if (!taken || flags.port !== undefined) throw error;
    return once(0);
  } finally {
    activity.end('service');
  }
}

/** Who takes part: the service, the policy engine that may still be built, and the model that waits for its turn. */
interface Cast {
  readonly service: Service;
  readonly program: Background<string>;
  readonly activity: Activity;
  letModelAnswer(): void;
}

async function show(client: Client, page: Page, { service, program, activity, letModelAnswer }: Cast): Promise<void> {
  const [{ showStandings }, { showExplanation }, { showFix }] = await Promise.all([
    import('./demo/standings.ts'),
    import('./demo/explanation.ts'),
    import('./demo/fix.ts'),
  ]);
  const tell = (what: string) => (run: Run) => {
    if (run.finishedAt !== undefined) return activity.end(what);
    const seconds = Math.round((Date.now() - Date.parse(run.createdAt)) / 1000);
    const message = run.progress?.message ?? run.status;
    activity.set(what, `${what}: ${message.length > 60 ? `${message.slice(0, 59)}…` : message} (${seconds} s)`);
  };
  const standings = {
    title: 'leaderboard-stats',
    about: 'Score events were sent to a board; these are its exact standings.',
  };
  if (service.boards === undefined) page.missing(standings, 'boards need Redis', 'apt-get install redis-server');
  else await showStandings(client, page, standings, 'all', tell('standings'));
  await showExplanation(
    client,
    page,
    {
      title: 'deploy-explanation',
      about: 'What a failed deploy left behind, explained by rules while the model loads.',
    },
    'all',
    tell('explanation'),
  );
  letModelAnswer();

  const fixed = async (): Promise<void> => {
    const chapter = (engine: string): Chapter => ({
      title: `policy-fix, ${engine}`,
      about: `Manifests that ${engine} refuses, and the smallest patch that it accepts.`,
    });
    const found = await program.done;
    if (found.ok) await showFix(client, page, chapter('Gatekeeper'), 'gatekeeper', tell('fix'));
    else page.missing(chapter('Gatekeeper'), (found.error as Error).message, `${OPSLINE} doctor --build gator`);
    // Building kyverno takes longer than the whole demo: it is shown where it is there already.
    if (await findProgram('kyverno')) await showFix(client, page, chapter('Kyverno'), 'kyverno', tell('fix'));
    else page.note(`Kyverno policies are checked, too, once it is built: ${OPSLINE} doctor --build kyverno`);
  };
  const again = async (): Promise<void> => {
    const chapter = { title: 'the same with a model', about: '' };
    const loaded = await service.predictor?.loaded;
    activity.end('model');
    if (loaded === undefined || !loaded.ok) {
      return page.missing(chapter, loaded?.reason ?? 'no model', `${OPSLINE} model pull`);
    }
    if (loaded.model === 'none') return;
    const about = `What ${loaded.model} made of it, and what was left of that after its numbers and citations were checked.`;
    if (service.boards !== undefined) {
      const chapter = { title: 'leaderboard-stats, with a model', about };
      await showStandings(client, page, chapter, 'words', tell('standings'));
    }
    const explained = { title: 'deploy-explanation, with a model', about };
    await showExplanation(client, page, explained, 'words', tell('explanation'));
  };
  await Promise.all([fixed(), again()]);
}
