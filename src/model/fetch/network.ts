import { ModelFailure } from '../failure.ts';
import type { Send } from './chain.ts';

/** A provider's answer is a few kilobytes; whatever is larger than this is no answer. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Sends over the network. A body that is not JSON becomes a 502: a proxy's error page is no answer of the model. */
export const network: Send = async ({ url, headers, body, signal }, { provider }) => {
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  const text = await readText(response);
  if (text === undefined) throw new ModelFailure('provider-error', `${provider} sent more than ${MAX_BYTES} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { status: response.ok ? 502 : response.status, headers: response.headers, body: { error: 'not JSON' } };
  }
  return { status: response.status, headers: response.headers, body: parsed };
};

async function readText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
