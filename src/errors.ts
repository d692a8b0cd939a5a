/**
 * Every error a user can meet, in one registry. The API renders them as RFC 9457 problem+json, the CLI as one line, and
 * `docs/errors.md` describes each; a test holds the page and this table against each other.
 */
interface ErrorKind {
  readonly title: string;
  /** HTTP status the API answers with. */
  readonly status: number;
  /** Whether the same request may succeed later without a change. BullMQ retries a job only for these. */
  readonly retryable: boolean;
}

export const ERRORS = {
  'invalid-input': { title: 'The input does not fit the schema', status: 422, retryable: false },
  'invalid-request': { title: 'The request is malformed', status: 400, retryable: false },
  'payload-too-large': { title: 'The payload is too large', status: 413, retryable: false },
  'unsupported-media-type': { title: 'The content type is not supported', status: 415, retryable: false },
  unauthorized: { title: 'A valid bearer token is required', status: 401, retryable: false },
  forbidden: { title: 'The token lacks the required scope', status: 403, retryable: false },
  'host-not-allowed': { title: 'The Host header is not allowed', status: 403, retryable: false },
  'open-bind-refused': {
    title: 'The service would be open to the network without a token',
    status: 500,
    retryable: false,
  },
  'address-in-use': { title: 'The port is taken', status: 500, retryable: false },
  'request-timeout': { title: 'The request took too long to arrive', status: 408, retryable: true },
  'headers-too-large': { title: 'The request headers are too large', status: 431, retryable: false },
  'not-found': { title: 'There is nothing at this address', status: 404, retryable: false },
  'method-not-allowed': { title: 'The method is not allowed here', status: 405, retryable: false },
  'pipeline-not-found': { title: 'There is no such pipeline', status: 404, retryable: false },
  'run-not-found': { title: 'There is no such run', status: 404, retryable: false },
  'run-not-finished': { title: 'The run has not finished', status: 409, retryable: true },
  'run-not-retryable': { title: 'Only a failed run can be retried', status: 409, retryable: false },
  'run-finished': { title: 'The run has already finished', status: 409, retryable: false },
  'idempotency-conflict': { title: 'The idempotency key was used with another body', status: 422, retryable: false },
  'rate-limited': { title: 'Too many requests', status: 429, retryable: true },
  'redis-unavailable': { title: 'Redis cannot be reached', status: 503, retryable: true },
  'redis-may-evict': { title: 'Redis may evict keys', status: 503, retryable: false },
  'redis-wrong-mode': { title: 'REDIS_URL names the wrong kind of Redis', status: 503, retryable: false },
  'shutting-down': { title: 'The service is shutting down', status: 503, retryable: true },
  'service-unreachable': { title: 'No opsline answers at this address', status: 503, retryable: true },
  'run-cancelled': { title: 'The run was cancelled', status: 409, retryable: false },
  'run-timeout': { title: 'The run took longer than its pipeline allows', status: 504, retryable: false },
  'stale-delivery': { title: 'A newer delivery owns this run', status: 409, retryable: false },
  'delivery-limit': { title: 'The run was delivered too often without finishing', status: 500, retryable: false },
  'replay-mismatch': { title: 'The replay differs from the record', status: 409, retryable: false },
  'step-name-reused': { title: 'A step name was used twice in one run', status: 500, retryable: false },
  'output-invalid': {
    title: 'The pipeline produced an output that does not fit its schema',
    status: 500,
    retryable: false,
  },
  'evidence-unreadable': { title: 'The evidence could not be read', status: 422, retryable: false },
  'kubeconfig-invalid': { title: 'The kubeconfig does not fit', status: 422, retryable: false },
  'cluster-unreachable': { title: 'The cluster cannot be reached', status: 503, retryable: true },
  'cluster-unauthorized': { title: 'The cluster refuses the credentials', status: 502, retryable: false },
  'cluster-forbidden': { title: 'The cluster forbids what is asked', status: 502, retryable: false },
  'archive-refused': { title: 'The archive was refused', status: 422, retryable: false },
  'manifest-invalid': { title: 'The manifest could not be parsed', status: 422, retryable: false },
  'policy-refused': { title: 'The policy was refused', status: 422, retryable: false },
  'branch-refused': { title: 'The branch is not written', status: 409, retryable: false },
  'git-failed': { title: 'git failed', status: 502, retryable: true },
  'github-failed': { title: 'GitHub refused', status: 502, retryable: true },
  'engine-failed': { title: 'The policy engine failed', status: 502, retryable: true },
  'program-missing': { title: 'An outside program is missing', status: 503, retryable: false },
  'board-not-found': { title: 'There is no such board', status: 404, retryable: false },
  'board-exists': { title: 'The board exists with another definition', status: 409, retryable: false },
  'season-exists': { title: 'The board has a season of this name with another span', status: 409, retryable: false },
  'player-not-found': { title: 'The player has no entry in this window', status: 404, retryable: false },
  'window-not-found': { title: 'The board has no such window', status: 404, retryable: false },
  'window-closed': { title: 'The window is closed', status: 409, retryable: false },
  'window-dropped': { title: 'The window is not kept any more', status: 410, retryable: false },
  'snapshot-not-found': { title: 'The board keeps no snapshot of this number', status: 404, retryable: false },
  'batch-not-found': { title: 'No batch was accepted under this key', status: 404, retryable: false },
  'batch-expired': { title: 'The batch was accepted too long ago', status: 409, retryable: false },
  'model-unavailable': { title: 'The model cannot be used', status: 503, retryable: true },
  'recording-missing': { title: 'No recording answers this request', status: 500, retryable: false },
  internal: { title: 'Something went wrong inside opsline', status: 500, retryable: true },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** One thing wrong with an input: where (a JSON path or `line 3`) and what. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** An error whose code stands in {@link ERRORS}. `detail` says what, where and what to do; it never holds a secret. */
export class OpslineError extends Error {
  readonly code: ErrorCode;
  readonly issues: readonly Issue[];

  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; issues?: readonly Issue[] } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OpslineError';
    this.code = code;
    this.issues = options.issues ?? [];
  }

  get kind(): ErrorKind {
    return ERRORS[this.code];
  }
}

/** What is kept of an error in a run record and shown to its reader. */
export interface ErrorSummary {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Reduces anything thrown to its code and message; unknown errors become `internal`. */
export function summarize(error: unknown): ErrorSummary {
  if (error instanceof OpslineError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
