import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { OpslineError } from '../errors.ts';
import { utf8Text } from './utf8.ts';

/** Takes JSON bodies by `parse`, which may throw; an empty one counts as none, since a bodyless POST still names its type. */
export function acceptJson(app: FastifyInstance, parse: (text: string) => unknown): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const text = utf8Text(request, body);
    return text === '' ? undefined : parse(text);
  });
}

/** For routes that read bodies by the names of their fields alone: does not look for what would poison a prototype. */
export function plainJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new errorCodes.FST_ERR_CTP_INVALID_JSON_BODY();
  }
}

/** For all others: refuses fields that JavaScript gives a meaning to (`__proto__`, and `constructor` with a `prototype`). */
export function harmlessJson(text: string): unknown {
  const value = plainJson(text);
  // Escapes may spell them, too; only a text with one of them, or with an escape, need be looked through.
  if (/__proto__|constructor|\\u/.test(text)) refuseHarm(value);
  return value;
}

function refuseHarm(body: unknown): void {
  // Not by recursion: what is nested a million deep must not end the stack.
  const left = [body];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    const name = harmfulIn(value);
    if (name !== undefined) {
      throw new OpslineError('invalid-request', `The body has a field named \`${name}\`, which is not taken.`);
    }
    for (const member of Object.values(value)) left.push(member);
  }
}

function harmfulIn(value: object): string | undefined {
  if (Object.hasOwn(value, '__proto__')) return '__proto__';
  if (!Object.hasOwn(value, 'constructor')) return undefined;
  const made: unknown = value.constructor;
  return typeof made === 'object' && made !== null && Object.hasOwn(made, 'prototype') ? 'constructor' : undefined;
}
