import { z } from 'zod';
import { OpslineError } from './errors.ts';

const text = z.string().trim().min(1);

/** What a cluster's name stands for. Only configuration and the command line say so, never a request over the network. */
export type ClusterSource =
  /** `path` and `context` default to kubectl's. */
  { readonly kind: 'kubeconfig'; readonly path?: string; readonly context?: string } | { readonly kind: 'in-cluster' };

const CLUSTER = /^([a-z0-9][a-z0-9._-]{0,62})=(in-cluster|([^#,]+)(?:#([^,]+))?)$/;

/** What is wrong with a cluster's name that a service does not know, to stand behind `cluster`. */
export function notAmong(clusters: ReadonlyMap<string, ClusterSource>): string {
  const known =
    clusters.size === 0 ? 'none is configured (OPSLINE_CLUSTERS)' : `there are: ${[...clusters.keys()].join(', ')}`;
  return `is no cluster of this service; ${known}`;
}

/** `prod=/etc/opsline/prod.yaml#admin,here=in-cluster` */
function clustersOf(value: string): ReadonlyMap<string, ClusterSource> | undefined {
  const found = new Map<string, ClusterSource>();
  for (const part of value.split(',').map((one) => one.trim())) {
    const [, name, source, path, context] = CLUSTER.exec(part) ?? [];
    if (name === undefined || found.has(name)) return undefined;
    found.set(
      name,
      source === 'in-cluster'
        ? { kind: 'in-cluster' }
        : { kind: 'kubeconfig', path: path as string, ...(context === undefined ? {} : { context }) },
    );
  }
  return found;
}

/** The environment variables opsline itself reads; provider keys are read by `src/model`, traces by OpenTelemetry. */
const Environment = z.object({
  REDIS_URL: text
    .regex(
      /^(rediss?(\+cluster)?|unix):\/\//,
      'must start with redis://, rediss://, unix://, redis+cluster:// or rediss+cluster://',
    )
    .optional()
    .describe('Redis to use instead of the embedded one'),
  OPSLINE_HOST: text.default('127.0.0.1').describe('Address that the API listens on'),
  OPSLINE_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7878)
    .describe('Port of the API; 0 takes a free one'),
  OPSLINE_DATA: text.default('.opsline').describe('Folder of the embedded Redis'),
  OPSLINE_PREFIX: text
    .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be lower-case letters, digits, "_" or "-"')
    .default('opsline')
    .describe('First part of every key in Redis'),
  OPSLINE_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('Runs of each pipeline at the same time, per worker process'),
  OPSLINE_REQUESTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Requests that a token (or, without one, an address) may make in a minute'),
  OPSLINE_PROBES_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('Port where a worker answers /livez, /readyz and /metrics'),
  OPSLINE_MODEL: text.optional().describe('none, embedded, or <provider>:<model>'),
  OPSLINE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  OPSLINE_ALLOWED_HOSTS: text
    .transform((hosts) => hosts.split(',').map((host) => host.trim()))
    .optional()
    .describe('Host names that an API without tokens answers beside loopback ones, separated by commas'),
  OPSLINE_CLUSTERS: text
    .transform((value, context) => {
      const clusters = clustersOf(value);
      if (clusters !== undefined) return clusters;
      context.addIssue('must be NAME=in-cluster or NAME=KUBECONFIG#CONTEXT, separated by commas, each name once');
      return z.NEVER;
    })
    .optional()
    .describe('Clusters that a service may read, by the names that requests use'),
  OPSLINE_GIT_HOSTS: text
    .transform((hosts) =>
      hosts
        .split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
    )
    .optional()
    .describe('Hosts that policy-fix may fetch from (https, ssh), or beginnings of URLs, separated by commas'),
  OPSLINE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Service that the CLI talks to'),
  OPSLINE_TOKEN: text.optional().describe('Bearer token for OPSLINE_URL'),
});

export interface Config {
  readonly redisUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly prefix: string;
  readonly concurrency: number | undefined;
  readonly requestsPerMinute: number | undefined;
  readonly probesPort: number | undefined;
  readonly model: string | undefined;
  readonly logLevel: z.infer<typeof Environment>['OPSLINE_LOG_LEVEL'];
  readonly allowedHosts: readonly string[] | undefined;
  readonly clusters: ReadonlyMap<string, ClusterSource>;
  readonly gitHosts: readonly string[] | undefined;
  readonly serverUrl: string | undefined;
  readonly token: string | undefined;
}

/**
 * Reads the configuration from environment variables; an empty one counts as absent. Throws `invalid-input` that names
 * every variable that does not fit, and never repeats a value (it may be a secret).
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    const list = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new OpslineError('invalid-input', `The environment does not fit: ${list}`, { issues });
  }
  const value = parsed.data;
  return {
    redisUrl: value.REDIS_URL,
    host: value.OPSLINE_HOST,
    port: value.OPSLINE_PORT,
    dataFolder: value.OPSLINE_DATA,
    prefix: value.OPSLINE_PREFIX,
    concurrency: value.OPSLINE_CONCURRENCY,
    requestsPerMinute: value.OPSLINE_REQUESTS_PER_MINUTE,
    probesPort: value.OPSLINE_PROBES_PORT,
    model: value.OPSLINE_MODEL,
    logLevel: value.OPSLINE_LOG_LEVEL,
    allowedHosts: value.OPSLINE_ALLOWED_HOSTS,
    clusters: value.OPSLINE_CLUSTERS ?? new Map(),
    gitHosts: value.OPSLINE_GIT_HOSTS,
    serverUrl: value.OPSLINE_URL,
    token: value.OPSLINE_TOKEN,
  };
}
