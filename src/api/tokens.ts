import { randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { sha256 } from '../digest.ts';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { reaching } from '../redis/unavailable.ts';
import { briefly } from './briefly.ts';
import { Scope } from './scopes.ts';

/** What is kept and shown of a token; its secret is not. Times are RFC 3339 UTC. */
export const TokenInfo = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(Scope),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
});
export type TokenInfo = z.infer<typeof TokenInfo>;

const NewToken = z.object({
  name: z.string().min(1).max(100),
  scopes: z.array(Scope).min(1),
  expiresAt: z.iso.datetime().optional(),
});
export type NewToken = z.infer<typeof NewToken>;

/** Bearer tokens of one installation. Every method may throw `redis-unavailable`. */
export interface TokenStore {
  /** Makes a token. Its text is returned here and never again. Throws `invalid-input`. */
  create(token: NewToken): Promise<{ token: string; info: TokenInfo }>;
  /** All tokens, oldest first, expired ones too. */
  list(): Promise<TokenInfo[]>;
  /** Whether there was such a token. It stops working at once here, and {@link HOLDS_MS} later in other processes. */
  revoke(id: string): Promise<boolean>;
  /** The token's description, or undefined when it is malformed, unknown, wrong or expired. */
  verify(token: string): Promise<TokenInfo | undefined>;
  /** Whether any token exists, expired ones too. */
  any(): Promise<boolean>;
}

/** How long a process goes by what it last read of tokens, milliseconds: every request asks for one. */
export const HOLDS_MS = 100;

/** Where the store keeps its entries: id to JSON text. */
interface Entries {
  get(id: string): Promise<string | undefined>;
  set(id: string, entry: string): Promise<void>;
  delete(id: string): Promise<boolean>;
  all(): Promise<string[]>;
  count(): Promise<number>;
}

const Entry = TokenInfo.extend({ hash: z.string() });
const FORMAT = /^opsline_([0-9a-f]{16})_([0-9a-f]{64})$/;
const ABSENT = sha256('no such token');

/**
 * Tokens in the Redis hash `<prefix>:{tokens}`, one field a token, secrets as SHA-256. A secret has 256 random bits, so a
 * slow password hash would add nothing.
 */
export function createRedisTokens(redis: RedisClient, prefix = 'opsline'): TokenStore {
  const key = `${prefix}:{tokens}`;
  const entries = briefly(HOLDS_MS, async (id) => (await reaching(redis.hget(key, id))) ?? undefined);
  const counts = briefly(HOLDS_MS, () => reaching(redis.hlen(key)));
  const changed = (id: string): void => {
    entries.forget(id);
    counts.forget('');
  };
  return createTokens({
    get: entries.find,
    async set(id, entry) {
      await reaching(redis.hset(key, id, entry));
      changed(id);
    },
    async delete(id) {
      const deleted = await reaching(redis.hdel(key, id));
      changed(id);
      return deleted > 0;
    },
    all: () => reaching(redis.hvals(key)),
    count: async () => (await counts.find('')) ?? 0,
  });
}

/** Tokens that live as long as the process, for a service without Redis. */
export function createMemoryTokens(): TokenStore {
  const entries = new Map<string, string>();
  return createTokens({
    get: async (id) => entries.get(id),
    set: async (id, entry) => void entries.set(id, entry),
    delete: async (id) => entries.delete(id),
    all: async () => [...entries.values()],
    count: async () => entries.size,
  });
}

function createTokens(entries: Entries): TokenStore {
  return {
    async create(token) {
      const { name, scopes, expiresAt } = checked(token);
      const id = randomBytes(8).toString('hex');
      const secret = randomBytes(32).toString('hex');
      const info: TokenInfo = {
        id,
        name,
        scopes,
        createdAt: new Date().toISOString(),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      await entries.set(id, JSON.stringify({ ...info, hash: sha256(secret) }));
      return { token: `opsline_${id}_${secret}`, info };
    },

    async list() {
      const infos = (await entries.all()).map((entry) => TokenInfo.parse(JSON.parse(entry)));
      return infos.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
    },

    revoke: (id) => entries.delete(id),

    async verify(token) {
      const [, id = '', secret = ''] = FORMAT.exec(token) ?? [];
      if (id === '') return undefined;
      const found = await entries.get(id);
      const entry = found === undefined ? undefined : Entry.parse(JSON.parse(found));
      // Compared for an unknown id too: an answer takes as long whether or not the id exists.
      const same = timingSafeEqual(Buffer.from(entry?.hash ?? ABSENT, 'hex'), Buffer.from(sha256(secret), 'hex'));
      if (entry === undefined || !same) return undefined;
      if (entry.expiresAt !== undefined && Date.parse(entry.expiresAt) <= Date.now()) return undefined;
      return TokenInfo.parse(entry);
    },

    any: async () => (await entries.count()) > 0,
  };
}

function checked(token: NewToken): NewToken {
  const parsed = NewToken.safeParse(token);
  if (parsed.success) return { ...parsed.data, scopes: [...new Set(parsed.data.scopes)] };
  throw new OpslineError('invalid-input', `The token cannot be made: ${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
  });
}
