import { errorCodes, type FastifyBodyParser, type FastifyInstance } from 'fastify';

type Parser = FastifyBodyParser<string>;

/** Takes JSON bodies by `parse`; an empty one counts as none, since a bodyless POST still names its type. */
export function acceptJson(app: FastifyInstance, parse: Parser): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body, done);
  });
}

/** For routes that read bodies by the names of their fields alone: does not look for what would poison a prototype. */
export const plainJson = ((_request, body, done) => {
  try {
    done(null, JSON.parse(body));
  } catch {
    done(new errorCodes.FST_ERR_CTP_INVALID_JSON_BODY());
  }
}) as Parser;
