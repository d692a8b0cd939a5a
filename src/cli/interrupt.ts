import { OpslineError } from '../errors.ts';

/**
 * Aborts its signal at the first Ctrl-C or SIGTERM; a second one, more than half a second later, ends the process at once.
 * (`npm run` and our launcher pass on a Ctrl-C that the terminal has sent to everyone already.)
 */
export function untilInterrupted(): { readonly signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = (): void => {
    if (first !== undefined && performance.now() - first > 500) process.exit(130);
    if (first !== undefined) return;
    first = performance.now();
    controller.abort(new OpslineError('run-cancelled', 'Interrupted.'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    done() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
