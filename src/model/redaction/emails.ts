import type { PlaceholderOf } from './placeholders.ts';

/** What stands behind the name in an address. It begins with a character that is rare, and so is looked for first. */
const AT_DOMAIN = /@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g;
const MAX_NAME = 64;

/** Top-level names that exist only inside clusters and networks: `app@db.prod.svc` is a user on a host. */
const INTERNAL_HOST = /\.(?:svc|local|internal|lan|cluster|localdomain|intra|corp|home|localhost)$/i;
/** Servers on Erlang call their nodes `name@host`, and the host of a pod ends with its namespace: `rabbit@mq-server-0.mq-nodes.default`. */
const NODE = /^(?:rabbit|emqx|ejabberd|couchdb|vernemq|mongooseim|riak)@/i;
const ROBOT = /^(?:git|noreply|no-reply|svc|root|nobody|system)@/i;

/** Hides e-mail addresses of people. */
export function hideEmails(text: string, of: PlaceholderOf): string {
  let shown = '';
  let done = 0;
  for (const { 0: domain, index } of text.matchAll(AT_DOMAIN)) {
    const name = /[\w.+%-]+$/.exec(text.slice(Math.max(done, index - MAX_NAME - 1), index))?.[0] ?? '';
    if (name === '' || name.length > MAX_NAME) continue;
    const [from, address] = [index - name.length, name + domain];
    if (INTERNAL_HOST.test(address) || ROBOT.test(address) || NODE.test(address) || inUrl(text, from)) continue;
    shown += text.slice(done, from) + of('email', address);
    done = index + domain.length;
  }
  return shown + text.slice(done);
}

/** Whether the text before `at` is the beginning of a URL's authority: `postgres://` before `app@db.example.com`. */
function inUrl(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 256), at);
  return /:\/\/[^\s/"'<>]*$/.test(before.slice(before.lastIndexOf('://')));
}
