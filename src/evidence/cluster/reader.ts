import { OpslineError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { ClusterClient } from '../../kubernetes/client.ts';
import { ReadFailure, type Why } from '../../kubernetes/failure.ts';
import { type Listed, type ListOptions, list } from './pages.ts';
import { CLUSTER_WIDE, NAMESPACED, pathOf, type Resource, resourceText } from './resources.ts';

const WORDS: Partial<Record<Why, string>> = {
  forbidden: 'is not permitted',
  timeout: 'took too long',
  'too-large': 'is too much',
  unreachable: 'broke off',
  failed: 'failed',
  expired: 'expired while it was read',
};
/** Kinds that one note names. */
const MAX_NAMED = 8;
/** What a namespace is judged by. */
const JUDGED = new Set(NAMESPACED.map(resourceText));
const ORDER = new Map([...NAMESPACED, ...CLUSTER_WIDE].map((resource, index) => [resourceText(resource), index]));

/**
 * Reads without giving up: what cannot be read is noted, and the rest goes on. Only when nothing at all could be read is that an
 * error.
 */
export class Reader {
  readonly client: ClusterClient;
  readonly #failures: { what: string; namespace: string | undefined; failure: ReadFailure }[] = [];
  readonly #notes: string[] = [];
  #read = 0;

  constructor(client: ClusterClient) {
    this.client = client;
  }

  /** All objects of a kind, or those of a namespace; undefined when they could not be read, or there is no such kind. */
  async list(resource: Resource, options: ListOptions): Promise<Listed | undefined> {
    const what = resourceText(resource);
    const found = await this.attempt(what, options.namespace, () => list(this.client, resource, options));
    if (found === undefined) return undefined;
    this.#read++;
    const where = options.namespace === undefined ? '' : ` in ${options.namespace}`;
    if (found.failure !== undefined)
      this.#failures.push({ what, namespace: options.namespace, failure: found.failure });
    else if (!found.complete)
      this.note(`${what}${where}: only the first ${options.max} were read, ${found.left} or more are left`);
    return found;
  }

  /** One object as the API server has it; null when it is not there, undefined when that could not be read. */
  async object(resource: Resource, name: string, namespace?: string): Promise<Json | null | undefined> {
    const read = () => this.client.json(pathOf(resource, namespace, name));
    const found = await this.attempt<Json | null>(resourceText(resource), namespace, read, null);
    if (found !== undefined) this.#read++;
    return found;
  }

  /** Any read; what it is of stands in the note when it fails. `missing` is the answer when there is no such thing. */
  async attempt<T>(
    what: string,
    namespace: string | undefined,
    read: () => Promise<T>,
    missing?: T,
  ): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ReadFailure)) throw error;
      if (error.why !== 'missing') {
        this.#failures.push({ what, namespace, failure: error });
        return undefined;
      }
      return missing;
    }
  }

  note(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text);
  }

  /** Whether something that a namespace is judged by came late, broke off or was too much; what rights withhold does not count. */
  get isPartial(): boolean {
    return this.#failures.some(({ what, failure }) => JUDGED.has(what) && failure.why !== 'forbidden');
  }

  /** Whether reading such a thing was refused for want of rights. */
  wasForbidden(resource: Resource): boolean {
    return this.#failures.some(({ what, failure }) => what === resourceText(resource) && failure.why === 'forbidden');
  }

  /**
   * Throws when the cluster gave nothing: `cluster-unauthorized`, `cluster-unreachable` or `cluster-forbidden`. Refused credentials
   * count at once, since everything else would be refused, too.
   */
  requireAnything(): void {
    const { name, cluster } = this.client.access;
    const refused = this.#failures.find(({ failure }) => failure.why === 'unauthorized');
    if (refused !== undefined) {
      const detail = `The cluster of context ${name} refuses the credentials: they have expired or are of another cluster. Log in again (kubectl would be refused, too).`;
      throw new OpslineError('cluster-unauthorized', detail);
    }
    if (this.#read > 0 || this.#failures.length === 0) return;
    const lost = this.#failures.find(({ failure }) => failure.why === 'unreachable' || failure.why === 'timeout');
    if (lost !== undefined) {
      const said = lost.failure.why === 'timeout' ? `${cluster.server}: ${lost.failure.message}` : lost.failure.message;
      const detail = `The cluster of context ${name} cannot be reached. ${said}. Is the VPN or the cluster down?`;
      throw new OpslineError('cluster-unreachable', detail, { cause: lost.failure });
    }
    const [first] = this.#failures;
    const said = first?.failure.message === '' ? '' : ` ${first?.failure.message}.`;
    if (first?.failure.why === 'forbidden') {
      const detail = `These credentials (context ${name}) may read nothing here.${said} deploy/kubernetes-live/cluster-reader.yaml has the role that is needed.`;
      throw new OpslineError('cluster-forbidden', detail);
    }
    throw new OpslineError('cluster-unreachable', `The cluster of context ${name} answers nothing of use.${said}`);
  }

  /** What could not be read, in words: one note for each reason and namespace. `known` says which kinds the cluster has at all. */
  missed(known: (what: string) => boolean): string[] {
    const groups = new Map<string, { words: string; where: string; whats: Set<string>; said: string }>();
    for (const { what, namespace, failure } of this.#failures) {
      // Without a right to an API that is not there, the server says that it is not permitted.
      if (failure.why === 'forbidden' && !known(what)) continue;
      const words = WORDS[failure.why] ?? 'failed';
      const where = namespace === undefined ? '' : ` in ${namespace}`;
      const group = groups.get(words + where) ?? { words, where, whats: new Set<string>(), said: failure.message };
      group.whats.add(what);
      groups.set(words + where, group);
    }
    const listed = [...groups.values()].map(({ words, where, whats, said }) => {
      // In the order of the list of what is read, whatever came first.
      const order = (what: string): number => ORDER.get(what) ?? ORDER.size;
      const sorted = [...whats].sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
      const named = sorted
        .slice(0, MAX_NAMED)
        .map((what) => what.split('.')[0])
        .join(', ');
      const more = whats.size > MAX_NAMED ? ` and ${whats.size - MAX_NAMED} more kinds` : '';
      const why = words === WORDS.forbidden || said === '' ? '' : ` (${said})`;
      return `reading ${named}${more}${where} ${words}${why}`;
    });
    return [...listed, ...this.#notes];
  }
}
