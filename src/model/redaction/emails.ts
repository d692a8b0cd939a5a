import type { PlaceholderOf } from './placeholders.ts';

const EMAIL = /(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g;

/** Top-level names that exist only inside clusters and networks: `app@db.prod.svc` is a user on a host. */
const INTERNAL_HOST = /\.(?:svc|local|internal|lan|cluster|localdomain|intra|corp|home|localhost)$/i;
const ROBOT = /^(?:git|noreply|no-reply|svc|root|nobody|system)@/i;

/** Hides e-mail addresses of people. */
export function hideEmails(text: string, of: PlaceholderOf): string {
  if (!text.includes('@')) return text;
  return text.replace(EMAIL, (address: string, at: number) => {
    if (INTERNAL_HOST.test(address) || ROBOT.test(address) || inUrl(text, at)) return address;
    return of('email', address);
  });
}

/** Whether the text before `at` is the beginning of a URL's authority: `postgres://` before `app@db.example.com`. */
function inUrl(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 256), at);
  return /:\/\/[^\s/"'<>]*$/.test(before.slice(before.lastIndexOf('://')));
}
