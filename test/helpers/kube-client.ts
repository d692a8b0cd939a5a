import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { until, type Waiting } from './until.ts';

/** An object of the Kubernetes API, as far as this client reads it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly creationTimestamp?: string;
    readonly [field: string]: unknown;
  };
  readonly spec?: Spec;
  readonly status?: Status;
  readonly [field: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image: string;
}

/** What this client and the played kubelet read of specifications. */
export interface Spec {
  readonly nodeName?: string;
  readonly restartPolicy?: string;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Status {
  readonly phase?: string;
  readonly conditions?: readonly Condition[];
  readonly [field: string]: unknown;
}

/** Names an object. */
export type Reference = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** An object as it is written: of any kind, with any fields. */
export type Written = Reference & { readonly [field: string]: unknown };

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

/** What the API server refused, with its own words. */
export class KubeError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
  }
}

interface Sent {
  readonly body?: unknown;
  readonly type?: string;
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
}

interface Resources {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A small client of the Kubernetes API for tests: any kind, found by discovery. */
export class KubeClient {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #resources = new Map<string, Resource>();

  constructor(url: string, ca: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 64 });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The body of a successful answer, as text. Throws {@link KubeError}. */
  async raw(method: string, path: string, { body, type = 'application/json' }: Sent = {}): Promise<string> {
    const answer = await this.#open(method, path, { body, type });
    const said = await text(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 300) throw new KubeError(status, messageOf(said));
    return said;
  }

  /** The body of a successful answer, of the shape that the caller knows it to have. */
  async request<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
    return JSON.parse(await this.raw(method, path, sent)) as T;
  }

  /** Server-side apply, as `kubectl apply --server-side --force-conflicts` does it. */
  async apply(object: Written, query = ''): Promise<KubeObject> {
    const path = `${await this.path(object)}?fieldManager=test&force=true${query}`;
    return this.request('PATCH', path, { body: object, type: 'application/apply-patch+yaml' });
  }

  async create(object: Written): Promise<KubeObject> {
    const path = (await this.path(object)).replace(/\/[^/]+$/, '');
    return this.request('POST', path, { body: object });
  }

  async get(reference: Reference): Promise<KubeObject> {
    return this.request('GET', await this.path(reference));
  }

  /** Undefined when there is none. */
  async find(reference: Reference): Promise<KubeObject | undefined> {
    return this.get(reference).catch((error: unknown) => {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    });
  }

  async list(apiVersion: string, kind: string, namespace?: string): Promise<KubeObject[]> {
    const { items } = await this.request<List>('GET', await this.collection(apiVersion, kind, namespace));
    return items.map((item) => ({ ...item, apiVersion, kind }));
  }

  /** JSON merge patch of the object, or of its `status` subresource. */
  async patch(reference: Reference, change: object, subresource = ''): Promise<KubeObject> {
    const path = `${await this.path(reference)}${subresource === '' ? '' : `/${subresource}`}`;
    return this.request('PATCH', path, { body: change, type: 'application/merge-patch+json' });
  }

  async remove(reference: Reference, options: object = {}): Promise<void> {
    await this.request('DELETE', await this.path(reference), { body: options });
  }

  /** Waits until the object is there and `holds`; returns it. */
  async until(
    reference: Reference,
    holds: (object: KubeObject) => boolean,
    waiting: Partial<Waiting> = {},
  ): Promise<KubeObject> {
    const { kind, metadata } = reference;
    let last: KubeObject | undefined;
    const what = (): string =>
      `${kind} ${metadata.namespace}/${metadata.name} as wanted; ${JSON.stringify(last?.status)}`;
    try {
      return await until(
        async () => {
          last = await this.find(reference);
          return last !== undefined && holds(last) && last;
        },
        { what: 'object', ...waiting },
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${waiting.what ?? what()}`);
    }
  }

  /** Lists a collection, then watches it, until `signal` says stop; starts over when the server ends the stream. */
  async watch(
    apiVersion: string,
    kind: string,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const path = await this.collection(apiVersion, kind);
    while (!signal.aborted) {
      const { items, metadata } = await this.request<List>('GET', path);
      for (const object of items) onEvent({ type: 'ADDED', object: { ...object, apiVersion, kind } });
      try {
        const query = `?watch=true&resourceVersion=${metadata.resourceVersion}`;
        const stream = await this.#open('GET', `${path}${query}`, { type: '' }, signal);
        for await (const line of createInterface({ input: stream })) {
          const event = JSON.parse(line) as WatchEvent;
          if (event.type === 'ERROR') break;
          onEvent(event);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  /** The object with a namespace, when its kind has namespaces and it names none. */
  async inNamespace(object: Written, namespace: string): Promise<Written> {
    const { namespaced } = await this.#resource(baseOf(object.apiVersion), object.kind);
    return namespaced ? { ...object, metadata: { namespace, ...object.metadata } } : object;
  }

  /** The path of one object. */
  async path({ apiVersion, kind, metadata }: Reference): Promise<string> {
    return `${await this.collection(apiVersion, kind, metadata.namespace ?? 'default')}/${metadata.name}`;
  }

  /** The path of all objects of a kind, in one namespace or everywhere. */
  async collection(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const base = baseOf(apiVersion);
    const { plural, namespaced } = await this.#resource(base, kind);
    return namespaced && namespace !== undefined ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`;
  }

  async #resource(base: string, kind: string): Promise<Resource> {
    const key = `${base} ${kind}`;
    const known = this.#resources.get(key);
    if (known !== undefined) return known;
    const { resources } = await this.request<Resources>('GET', base);
    for (const one of resources) {
      if (one.name.includes('/')) continue;
      this.#resources.set(`${base} ${one.kind}`, { plural: one.name, namespaced: one.namespaced });
    }
    const found = this.#resources.get(key);
    if (found === undefined) throw new KubeError(404, `no matches for kind "${kind}" in ${base}`);
    return found;
  }

  async #open(method: string, path: string, { body, type }: Sent, signal?: AbortSignal) {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const call = request(`${this.#url}${path}`, {
      method,
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: 'application/json',
        ...(sent === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(sent) }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    call.end(sent);
    const [answer] = await once(call, 'response');
    call.on('error', () => {}); // told by the answer's stream as well
    return answer as import('node:http').IncomingMessage;
  }
}

function baseOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function messageOf(said: string): string {
  try {
    return (JSON.parse(said) as { message?: string }).message ?? said;
  } catch {
    return said;
  }
}
