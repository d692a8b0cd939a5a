import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { FileAuth } from '@kubernetes/client-node/dist/file_auth.js';
import { OpslineError } from '../errors.ts';
import { asObject, isObject } from '../json.ts';
import { runExecPlugin } from './exec-plugin.ts';
import type { Access } from './kubeconfig.ts';

/** How a connection is made and what every request carries. Holds secrets. */
export interface Credentials {
  readonly tls: {
    ca?: string | Buffer;
    cert?: string | Buffer;
    key?: string | Buffer;
    servername?: string;
    rejectUnauthorized?: boolean;
  };
  readonly headers: Readonly<Record<string, string | string[]>>;
}

async function pem(file: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (data) return Buffer.from(data, 'base64');
  if (!file) return undefined;
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const detail = `The kubeconfig names ${file}, which cannot be read (${cause.code}).`;
    throw new OpslineError('kubeconfig-invalid', detail, { cause });
  });
}

/**
 * Reads certificates and gets tokens: written in the kubeconfig, in a file that changes, from a plugin, or refreshed at an OpenID
 * provider. Throws `kubeconfig-invalid` and `cluster-unauthorized`; no error holds a secret.
 */
export async function credentialsOf({ cluster, user }: Access, signal: AbortSignal): Promise<Credentials> {
  const [ca, ownCert, ownKey] = await Promise.all([
    pem(cluster.caFile, cluster.caData),
    pem(user.certFile, user.certData),
    pem(user.keyFile, user.keyData),
  ]);
  const plugin = isObject(user.exec) ? await runExecPlugin(asObject(user.exec), cluster, signal) : {};
  const authorization = user.token
    ? `Bearer ${user.token.trim()}`
    : plugin.token !== undefined
      ? `Bearer ${plugin.token}`
      : user.username
        ? `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`
        : await provided(user);
  const cert = ownCert ?? plugin.certificate;
  const key = ownKey ?? plugin.key;
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
      ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    },
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(user.impersonateUser ? { 'impersonate-user': user.impersonateUser } : {}),
      ...(user.groups === undefined ? {} : { 'impersonate-group': [...user.groups] }),
    },
  };
}

/** What the library's providers put into the header: token files and OpenID Connect. */
async function provided(user: Access['user']): Promise<string | undefined> {
  if (!user.authProvider) return undefined;
  const options: RequestOptions = { headers: {} };
  const { name } = user.authProvider as { name?: string };
  try {
    if (name === 'tokenFile') await new FileAuth().applyAuthentication(user, options);
    else if (name === 'oidc') {
      // Loads the rest of the library, which no other way of logging in needs.
      const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
      await new OpenIDConnectAuth().applyAuthentication(user, options);
    } else {
      const detail = `The kubeconfig logs in with the auth provider ${JSON.stringify(name)}, which kubectl dropped in 1.26; use its exec plugin.`;
      throw new OpslineError('kubeconfig-invalid', detail);
    }
  } catch (cause) {
    if (cause instanceof OpslineError) throw cause;
    const what = name === 'oidc' ? 'refresh the token at its OpenID provider' : "read the token's file";
    const detail = `To log in, opsline could not ${what} (${(cause as NodeJS.ErrnoException).code ?? 'refused'}).`;
    throw new OpslineError('cluster-unauthorized', detail, { cause });
  }
  const header = (options.headers as Record<string, string | undefined>).Authorization;
  return header?.trim();
}
