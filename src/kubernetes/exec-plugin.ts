import { spawn } from 'node:child_process';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { OpslineError } from '../errors.ts';
import { asArray, asObject, at, type Json, objects, text } from '../json.ts';
import { redact } from '../model/redaction.ts';

/** Most bytes that a plugin may print. */
const MAX_BYTES = 1024 * 1024;
/** Some plugins ask a cloud, which may take long; one that waits for a person gets none. */
const TIMEOUT_MS = 30_000;

/** What a plugin gave: a token, or a certificate with its key. */
export interface ExecCredential {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * Runs a credential plugin of a kubeconfig, without a shell, as client-go does (`client.authentication.k8s.io`, KUBERNETES_EXEC_INFO).
 * The library's own runs it without that variable and without an end. Throws `cluster-unauthorized` with the last line it said.
 */
export async function runExecPlugin(plugin: Json, cluster: Cluster, signal: AbortSignal): Promise<ExecCredential> {
  const command = text(plugin.command) ?? '';
  const apiVersion = text(plugin.apiVersion) ?? 'client.authentication.k8s.io/v1';
  const env = Object.fromEntries(objects(plugin.env).map((entry) => [text(entry.name) ?? '', text(entry.value) ?? '']));
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(plugin.provideClusterInfo === true
        ? {
            cluster: {
              server: cluster.server,
              ...(cluster.caData ? { 'certificate-authority-data': cluster.caData } : {}),
              ...(cluster.tlsServerName ? { 'tls-server-name': cluster.tlsServerName } : {}),
            },
          }
        : {}),
    },
  };
  const refuse = (why: string, cause?: unknown): never => {
    const detail = `The credential plugin ${JSON.stringify(command)} of the kubeconfig gave no credentials: ${why}`;
    throw new OpslineError('cluster-unauthorized', detail, cause === undefined ? {} : { cause });
  };
  if (command === '') refuse('it names no command.');
  const child = spawn(command, asArray(plugin.args).map(String), {
    env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    windowsHide: true,
  });
  const kept = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    if (kept.out.length < MAX_BYTES) kept.out += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    kept.err = (kept.err + part).slice(-4096);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    const hint = text(plugin.installHint)?.trim();
    if (cause.code === 'ENOENT') return refuse(`it is not installed.${hint ? ` ${hint}` : ''}`, cause);
    return refuse(
      cause.name === 'AbortError' ? `it took more than ${TIMEOUT_MS / 1000} s.` : `${cause.message}.`,
      cause,
    );
  });
  const last = redact(kept.err.trim().split('\n').at(-1) ?? '').value.slice(0, 400);
  if (code !== 0) refuse(`it ended with ${code}${last === '' ? '' : ` (${last})`}. Log in as it asks, and try again.`);
  let status: Json = {};
  try {
    status = asObject(at(JSON.parse(kept.out), 'status'));
  } catch {
    refuse('it printed no JSON.');
  }
  const token = text(status.token);
  const certificate = text(status.clientCertificateData);
  const key = text(status.clientKeyData);
  return {
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}
