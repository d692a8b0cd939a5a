import { OpslineError } from '../errors.ts';

/** Resolves with the promise, or rejects with the signal's reason as soon as it is aborted. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(abortReason(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The reason of an aborted signal as an error of the registry; a foreign reason means that someone cancelled. */
export function abortReason(signal: AbortSignal): OpslineError {
  const { reason } = signal;
  return reason instanceof OpslineError
    ? reason
    : new OpslineError('run-cancelled', 'The run was cancelled.', { cause: reason });
}
