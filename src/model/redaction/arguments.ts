import { isSecretKey, isSecretValue, SECRET_WORD } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';
import { lineBefore, valueAt } from './values.ts';

/*
 * Secrets among the arguments of commands: behind a flag that is named like one, and behind the short flags of well-known clients.
 * Arguments stand on one line, or as items of a list: JSON, flow or block YAML, or one a line as `kubectl describe` prints them.
 */

const FLAG = new RegExp(
  `(?<![\\w-])--?([A-Za-z][\\w.-]{0,40}?(?:${SECRET_WORD})|(?:${SECRET_WORD}))(?![\\w.=:-])`,
  'gi',
);

/** What may stand between a flag and its value; sticky. */
const GAP =
  /(\\{0,15}["'])?(?:([ \t]{1,8})|([ \t]{0,8},(?:\s|\\{1,15}[nrt]){0,64})|[ \t]{0,8}((?:\r?\n|\\{1,15}n)[ \t]{0,64})(- {1,8})?)(\\{0,15}["'])?/y;

/** Hides what stands behind flags: `--db-password x`, also as two items of a list. `--db-password=x` is an assignment. */
function hideFlags(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  FLAG.lastIndex = 0;
  for (let flag = FLAG.exec(text); flag !== null; flag = FLAG.exec(text)) {
    const behind = flag.index + flag[0].length;
    GAP.lastIndex = behind;
    const gap = GAP.exec(text);
    if (gap === null || !isSecretKey(flag[1] ?? '')) continue;
    const [whole, closing, blank, , line, dash, quote] = gap;
    // Inside one quoted text there is no closing quote before a blank; behind one, something else begins.
    if (blank !== undefined && closing !== undefined) continue;
    if (line !== undefined && dash === undefined) {
      // One argument a line: the flag stands alone on its line, as far in as its value.
      const indent = lineBefore(text, flag.index);
      if (indent.trim() !== '' || line.replace(/^(?:\r?\n|\\{1,15}n)/, '') !== indent) continue;
    }
    const start = behind + whole.length;
    const value =
      quote !== undefined
        ? valueAt(text, start, quote)
        : ((blank === undefined ? /^[^\s"'\\,\]}-][^\s"'\\,\]}]{0,511}/ : /^[^\s"'\\-][^\s"'\\]{0,511}/).exec(
            text.slice(start, start + 513),
          )?.[0] ?? '');
    if (value === '' || value.startsWith('-') || !isSecretValue(value)) continue;
    result += text.slice(from, start) + of('secret', value);
    from = start + value.length;
    FLAG.lastIndex = from;
  }
  return result + text.slice(from);
}

interface Client {
  /** The flag and, in the same word, its value. */
  readonly attached?: RegExp;
  /** A flag whose value is the next word. */
  readonly flag?: RegExp;
  /** Only with this word among the arguments. */
  readonly command?: string;
  /** Only what stands behind this character of the value. */
  readonly behind?: string;
}

const CLIENTS: readonly (readonly [name: RegExp, client: Client])[] = [
  [/^(?:mysql\w*|mariadb[\w-]*|mysql-\w+)$/, { attached: /^-p(?=.)/ }],
  [/^sshpass$/, { attached: /^-p(?=.)/, flag: /^-p$/ }],
  [/^redis-cli$/, { flag: /^-a$/ }],
  [/^(?:docker|podman|nerdctl|helm|oras|crane|skopeo|buildah)$/, { flag: /^-p$/, command: 'login' }],
  [/^(?:oc|argocd|az)$/, { flag: /^-p$/, command: 'login' }],
  [/^mongo\w*$/, { flag: /^-p$/, attached: /^-p(?=.)/ }],
  [/^ldap\w+$/, { flag: /^-w$/, attached: /^-w(?=.)/ }],
  [/^(?:sqlcmd|bcp)$/, { flag: /^-P$/, attached: /^-P(?=.)/ }],
  [/^(?:zip|unzip)$/, { flag: /^-P$/ }],
  [/^(?:7za?|rar)$/, { attached: /^-p(?=.)/ }],
  [/^(?:cqlsh|kinit|ipmitool)$/, { flag: /^-[pP]$/ }],
  [/^curl$/, { flag: /^(?:-u|--user|-U|--proxy-user)$/, attached: /^(?:-u(?=.)|--user=)/, behind: ':' }],
  [/^https?$/, { flag: /^(?:-a|--auth)$/, attached: /^--auth=/, behind: ':' }],
  [/^openssl$/, { flag: /^-[kK]$/, attached: /^pass:(?=.)/ }],
  [/^smbclient$/, { flag: /^-U$/, behind: '%' }],
];

const COMMAND =
  /(?<![\w.@:-])(mysql\w{0,12}|mysql-\w{1,12}|mariadb[\w-]{0,12}|sshpass|redis-cli|docker|podman|nerdctl|helm|oras|crane|skopeo|buildah|oc|argocd|az|mongo\w{0,12}|ldap\w{1,12}|sqlcmd|bcp|zip|unzip|7za?|rar|cqlsh|kinit|ipmitool|curl|https?|openssl|smbclient)(?=\\{0,15}["']?[\s,])/g;
/** The next argument: behind blanks on its line, or as the next item of a list. */
const ARGUMENT =
  /\\{0,15}["']?(?:[ \t]{1,16}|[ \t]{0,8},(?:\s|\\{1,15}[nrt]){0,64}|[ \t]{0,8}(?:\r?\n|\\{1,15}n)[ \t]{0,64}- {1,8})(\\{0,15}["'])?/y;
const MOST_ARGUMENTS = 32;

/** Hides the passwords that well-known clients take behind short flags: `mysql -pX`, `redis-cli -a X`, `curl -u user:X`. */
function hideClients(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  COMMAND.lastIndex = 0;
  for (let command = COMMAND.exec(text); command !== null; command = COMMAND.exec(text)) {
    const client = CLIENTS.find(([name]) => name.test(command?.[1] ?? ''))?.[1];
    if (client === undefined) continue;
    const before = /^([ \t]*)(?:\/[\w./-]*)?$/.exec(lineBefore(text, command.index));
    const words = argumentsAt(text, command.index + command[0].length, before?.[1]);
    for (const { start, end } of passwordsOf(client, words)) {
      if (start < from) continue;
      const secret = text.slice(start, end);
      if (!isSecretValue(secret)) continue;
      result += text.slice(from, start) + of('password', secret);
      from = end;
    }
    COMMAND.lastIndex = Math.max(COMMAND.lastIndex, from);
  }
  return result + text.slice(from);
}

interface Word {
  readonly start: number;
  readonly text: string;
}

/** The arguments behind a command. `indent` stands before a command that begins its line: its arguments may stand on lines of their own. */
function argumentsAt(text: string, start: number, indent: string | undefined): Word[] {
  if (indent !== undefined && /[\r\n]/.test(text[start] ?? '')) return argumentLines(text, start, indent);
  const words: Word[] = [];
  for (let at = start; words.length < MOST_ARGUMENTS; ) {
    ARGUMENT.lastIndex = at;
    const gap = ARGUMENT.exec(text);
    if (gap === null) break;
    const begin = at + gap[0].length;
    const ahead = text.slice(begin, begin + 1024);
    const word =
      gap[1] === undefined
        ? (/^(?:[^\s"',\\\]]+(?:\\{0,15}["'][^\s"'\\]+)?)/.exec(ahead)?.[0] ?? '')
        : valueAt(text, begin, gap[1]);
    if (word === '' || /^(?:\|\|?|&&?|;|>|>>|<|#)$/.test(word)) break;
    words.push({ start: begin, text: word });
    at = begin + word.length;
    if (word.endsWith(';') && gap[1] === undefined) break;
  }
  return words;
}

/** One argument a line, all as far in as the command. */
function argumentLines(text: string, start: number, indent: string): Word[] {
  const words: Word[] = [];
  for (let at = start; words.length < MOST_ARGUMENTS; ) {
    const [line, gap = '', dash = '', word = ''] =
      /^(\r?\n[ \t]{0,256})(- {1,8})?["']?([^\r\n"']{1,1024})/.exec(text.slice(at, at + 2048)) ?? [];
    const within = gap.replace(/^\r?\n/, '');
    if (line === undefined || (dash === '' && within !== indent)) break;
    words.push({ start: at + line.length - word.length, text: word });
    at += line.length + (/["']/.test(text[at + line.length] ?? '') ? 1 : 0);
  }
  return words;
}

/** Where the passwords stand among the arguments of a client. */
function passwordsOf({ attached, flag, command, behind }: Client, words: readonly Word[]) {
  if (command !== undefined && !words.some(({ text }) => text === command)) return [];
  return words.flatMap((word, index) => {
    const head = attached?.exec(word.text)?.[0];
    const value =
      head !== undefined
        ? { start: word.start + head.length, text: word.text.slice(head.length) }
        : flag?.test(words[index - 1]?.text ?? '') === true && !word.text.startsWith('-')
          ? word
          : undefined;
    if (value === undefined) return [];
    // The user's name stays, and the quote that opens the value.
    const skip =
      behind === undefined ? (/^\\{0,15}["']/.exec(value.text)?.[0].length ?? 0) : value.text.indexOf(behind) + 1;
    const end = value.start + value.text.length;
    return (behind !== undefined && skip === 0) || skip === value.text.length
      ? []
      : [{ start: value.start + skip, end }];
  });
}

const FROM_LITERAL = /(--from-literal(?:=|[ \t]{1,4})\\{0,15}["']?[\w.-]{1,253}=)([^\s"'\\]{1,4096})/g;

/** Hides the secrets among the arguments of commands. */
export function hideArguments(text: string, of: PlaceholderOf): string {
  const literals = text.replace(FROM_LITERAL, (whole, head: string, secret: string, at: number) =>
    !isSecretValue(secret) || /\bconfigmap\b/.test(lineBefore(text, at)) ? whole : head + of('secret', secret),
  );
  return hideClients(hideFlags(literals, of), of);
}

/** The same for arguments that are items of an array. Undefined for one that holds none. */
export function hideArgumentItems(items: readonly string[], of: PlaceholderOf): (string | undefined)[] {
  const names = items.map((item) => /^[^\s]{0,200}$/.test(item) && item.slice(item.lastIndexOf('/') + 1));
  const at = names.findIndex((name) => name !== false && CLIENTS.some(([pattern]) => pattern.test(name)));
  const client = at < 0 ? undefined : CLIENTS.find(([pattern]) => pattern.test(String(names[at])))?.[1];
  const words = items.slice(at + 1).map((text, index) => ({ start: index * 2 ** 20, text }));
  const found = client === undefined ? [] : passwordsOf(client, words);
  return items.map((item, index) => {
    const flag = /^--?([A-Za-z][\w.-]{0,60})$/.exec(items[index - 1] ?? '')?.[1];
    if (flag !== undefined && isSecretKey(flag) && !item.startsWith('-') && isSecretValue(item))
      return of('secret', item);
    const base = (index - at - 1) * 2 ** 20;
    const range = found.find(({ start }) => start >= base && start < base + 2 ** 20 && index > at);
    if (range === undefined) return undefined;
    const secret = item.slice(range.start - base);
    return isSecretValue(secret) ? item.slice(0, range.start - base) + of('password', secret) : undefined;
  });
}
