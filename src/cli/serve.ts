import { setTimeout as sleep } from 'node:timers/promises';
import { untilInterrupted } from './interrupt.ts';
import { print, say } from './io.ts';
import type { Service, ServiceOptions, Wiring } from './wiring.ts';

/** As long as shutting down may take, also when Redis is gone. Kubernetes gives 30 s by default. */
const SHUTDOWN_MS = 10_000;

/**
 * Runs a service until SIGTERM or Ctrl-C, then shuts it down and ends the process. The address of an API is printed on
 * standard output once it answers.
 */
export async function serve(
  wiring: Wiring,
  options: ServiceOptions,
  greet: (service: Service) => void = () => {},
): Promise<void> {
  const interrupt = untilInterrupted();
  const interrupted = new Promise<void>((resolve) =>
    interrupt.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const service = await wiring.startService(options);
  if (service.url !== undefined) print(service.url);
  greet(service);
  await interrupted;
  await shutDown(service);
}

/** Stops a service within ten seconds and ends the process, whatever still hangs. */
export async function shutDown(service: Service, code = 0): Promise<never> {
  say('shutting down: finishing what runs');
  await Promise.race([service.close(SHUTDOWN_MS - 1000), sleep(SHUTDOWN_MS - 500)]);
  process.exit(code);
}
