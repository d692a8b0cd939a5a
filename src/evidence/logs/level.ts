export type Level = 'debug' | 'info' | 'warning' | 'error' | 'fatal';

const NAMES: Readonly<Record<string, Level>> = {
  FATAL: 'fatal',
  FATA: 'fatal',
  FTL: 'fatal',
  PANIC: 'fatal',
  DPANIC: 'fatal',
  CRITICAL: 'fatal',
  CRIT: 'fatal',
  EMERGENCY: 'fatal',
  EMERG: 'fatal',
  ALERT: 'fatal',
  F: 'fatal',
  ERROR: 'error',
  ERR: 'error',
  SEVERE: 'error',
  FAIL: 'error',
  E: 'error',
  WARNING: 'warning',
  WARN: 'warning',
  WRN: 'warning',
  W: 'warning',
  INFORMATION: 'info',
  INFO: 'info',
  INF: 'info',
  NOTICE: 'info',
  LOG: 'info',
  I: 'info',
  DEBUG: 'debug',
  DBUG: 'debug',
  DBG: 'debug',
  TRACE: 'debug',
  TRCE: 'debug',
  VERBOSE: 'debug',
  FINE: 'debug',
  D: 'debug',
  T: 'debug',
  // As java.util.logging, PostgreSQL and programs of a country call them: German, French, Spanish, Italian, Portuguese, Dutch, Russian.
  SCHWERWIEGEND: 'error',
  FEHLER: 'error',
  WARNUNG: 'warning',
  GRAVE: 'error',
  ERREUR: 'error',
  AVERTISSEMENT: 'warning',
  ATTENTION: 'warning',
  INFOS: 'info',
  ADVERTENCIA: 'warning',
  AVVERTENZA: 'warning',
  ERRORE: 'error',
  ERRO: 'error',
  AVISO: 'warning',
  FOUT: 'error',
  WAARSCHUWING: 'warning',
  ОШИБКА: 'error',
  ПРЕДУПРЕЖДЕНИЕ: 'warning',
};

/** The level that a word or a number of a structured field means; undefined for anything else. */
export function levelNamed(value: string | number): Level | undefined {
  const asNumber = typeof value === 'number' ? value : /^\d{1,2}$/.test(value) ? Number(value) : undefined;
  return asNumber === undefined ? NAMES[String(value).toUpperCase()] : levelNumbered(asNumber);
}

/** 10 to 60 as pino and bunyan count, 0 to 7 as syslog does (RFC 5424, section 6.2.1). */
function levelNumbered(value: number): Level | undefined {
  if (value >= 8)
    return value >= 60 ? 'fatal' : value >= 50 ? 'error' : value >= 40 ? 'warning' : value >= 30 ? 'info' : 'debug';
  if (value < 0) return undefined;
  return value <= 2 ? 'fatal' : value === 3 ? 'error' : value === 4 ? 'warning' : value <= 6 ? 'info' : 'debug';
}

const KLOG = /^([IWEF])\d{4} \d{2}:/;
const SYSLOG = /^<(\d{1,3})>/;
const FIELD = /(?:^|[\s{,"'])(?:level|lvl|severity|levelname|loglevel)["']?[=:]\s*["']?([A-Za-z]{1,11})\b/;
/** A member of a YAML document with nothing beside it (`severity: critical` of a rule or a route): no line of a log. */
const MEMBER = /^\s*(?:- )?(?:level|lvl|severity|levelname|loglevel): *["']?[A-Za-z]{1,11}["']?\s*$/;
const BARE = /^(?:fatal|panic|error)\b/i;
/** .NET's console, and npm. */
const LEADING = /^(?:(crit|fail|warn|info|dbug|trce)(?:\u001b\[\S*)?: |npm (ERR|WARN)\b)/;
/** What PHP calls its errors, behind the time that `error_log` puts before them. */
const PHP =
  /^(?:\[[^\]]{8,40}\] )?PHP (?:(?:Recoverable )?(?:fatal|parse) error|(Warning)|(?:Notice|Deprecated|Strict Standards)):/i;
/** What PHP-FPM puts before what a program said, with a level of its own (`zlog.c`, `fpm_stdio.c` of php-src): a worker's words, and PHP's message among them. */
const FPM =
  /^(?:\[[^\]]{8,40}\] )?(?:WARNING: \[pool [\w.-]+\] child \d+ said into std(?:err|out): "?)?(?:(?:NOTICE|ERROR): )?PHP message: |^(?:\[[^\]]{8,40}\] )?WARNING: \[pool [\w.-]+\] child \d+ said into std(?:err|out): "/;
const WORD =
  /^[\W_]*(?:core:|\w+:)?(FATAL|FATA|FTL|D?PANIC|CRIT(?:ICAL)?|EMERG(?:ENCY)?|ALERT|ERROR|ERRO|ERR|SEVERE|SCHWERWIEGEND|FEHLER|GRAVE|ERREUR|ERRORE|FOUT|ОШИБКА|WARN(?:ING|UNG)?|WRN|AVERTISSEMENT|ATTENTION|ADVERTENCIA|AVVERTENZA|AVISO|WAARSCHUWING|ПРЕДУПРЕЖДЕНИЕ|INFO(?:RMATION|S)?|INF|NOTICE|LOG|DEBUG|DBG|TRACE|VERBOSE|FINE)(?![A-Za-z_\u0400-\u04ff])/;
/** Lower case only within brackets: `[error] 7#7: …` of nginx, `[core:error]` of Apache, `…][1][critical][main]` of Envoy. */
const BRACKETED =
  /(?:^|\])\[(?:[\w.]+:)?(fatal|panic|crit|emerg|alert|error|err|warn|warning|info|notice|debug|trace)\]/i;
/** The first word of a line, in lower case: no message begins so. */
const LOWER = /^(?:warn|warning|info|debug)$/;
const HEAD = 200;
const MAX_TOKENS = 10;

/**
 * The level of a plain line: where a logger puts it, before the message begins. A level word in the message itself is none:
 * `retry after ERROR 5` has no level. `text` is without collectors' prefixes.
 */
export function levelOf(text: string): Level | undefined {
  const said = FPM.exec(text.slice(0, HEAD))?.[0];
  if (said !== undefined) return levelOf(text.slice(said.length));
  const head = text.slice(0, HEAD);
  const php = PHP.exec(head);
  if (php !== null) return php[1] !== undefined ? 'warning' : /error:$/i.test(php[0]) ? 'error' : 'info';
  const klog = KLOG.exec(head);
  if (klog !== null) return NAMES[klog[1] ?? ''];
  if (MEMBER.test(head)) return undefined;
  const field = FIELD.exec(head)?.[1];
  if (field !== undefined && NAMES[field.toUpperCase()] !== undefined) return NAMES[field.toUpperCase()];
  const leading = LEADING.exec(head);
  if (leading !== null) return NAMES[(leading[1] ?? leading[2] ?? '').toUpperCase()];
  const priority = SYSLOG.exec(head)?.[1];
  return levelInHead(head) ?? (BARE.exec(head) === null ? undefined : bareLevel(head)) ?? severityOf(priority);
}

function severityOf(priority: string | undefined): Level | undefined {
  return priority === undefined ? undefined : levelNumbered(Number(priority) % 8);
}

function bareLevel(head: string): Level | undefined {
  return NAMES[(BARE.exec(head)?.[0] ?? '').toUpperCase()];
}

/** Walks over what loggers put before a level (times, threads, process ids, names in brackets) and stops at prose. */
function levelInHead(head: string): Level | undefined {
  let names = 0;
  const tokens = head.trimStart().split(/[\s|]+/, MAX_TOKENS);
  for (const token of tokens) {
    const bracketed = BRACKETED.exec(token)?.[1];
    if (bracketed !== undefined) return NAMES[bracketed.toUpperCase()];
    const word = WORD.exec(token)?.[1] ?? (names === 0 ? LOWER.exec(token)?.[0] : undefined);
    if (word !== undefined) return NAMES[word.toUpperCase()];
    if (!/[a-z]/i.test(token)) continue;
    // Names stand alone, in brackets, with dots or digits; a second plain word is a message.
    if (/^[[(<{]|[\])}>:]$|[\d./_=]/.test(token)) continue;
    if (++names > 1) return undefined;
  }
  return undefined;
}
