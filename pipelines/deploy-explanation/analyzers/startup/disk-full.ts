import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { NO_SPACE_WORDS } from './errno-words.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { pathIn } from './named-in-line.ts';

/** What PostgreSQL (files of its own, class 53 of its states) and MySQL report to their clients of their own disks. */
const OF_SERVER =
  /could not (?:extend|write to) file "(?:base|pg_wal|pg_tblspc)\/|SQLSTATE[ :=([]{0,3}53100|could not write block \d+ of (?:temporary )?file|The table '[^']+' is full|\b1114 \(HY000\)/;
/** How their own logs look. */
const BY_SERVER = /\b(?:ERROR|FATAL|PANIC|LOG): {2}|\[MY-\d+\]|^\S+ +\d+:\d\d:\d\d \d+ \[/;

export const diskFull = logAnalyzer({
  kind: 'disk-full',
  title: 'No space left on the device',
  about: 'A volume or the node disk is full.',
  remedy: 'Free or enlarge the volume.',
  pattern: anyOf(
    /no space left on device|ENOSPC|disk (?:is )?full|disk quota exceeded/i,
    // MySQL, SQL Server, Oracle, etcd, ClickHouse, Redis, RabbitMQ, Elasticsearch, .NET
    /The table '[^']+' is full|filegroup is full|unable to extend (?:table|index|segment|lob)|database space exceeded|not enough (?:disk )?space|currently unable to persist to disk|minimum free drive threshold|XMinioStorageFull|disk resource limit alarm set|flood[- ]stage (?:disk )?watermark|index \[[^\]]+\] blocked by: \[(?:TOO_MANY_REQUESTS|FORBIDDEN)\/12/,
    NO_SPACE_WORDS,
  ),
  except: /file watchers|inotify|commit_memory/,
  confidence: 0.92,
  stage: 'running',
  says: ({ line, match }) => {
    const said = line.text.slice(0, 4000);
    const path = pathIn(said, said.indexOf(match[0]));
    const whose =
      OF_SERVER.test(said) && !BY_SERVER.test(line.raw) ? 'the disk of the database server that it uses' : 'its disk';
    return `there is no space left on ${whose}${path === undefined ? '' : ` (\`${path}\`)`}`;
  },
  remedies: () => [look('See how full the volumes are'), change('Free or enlarge the volume', 'medium')],
});
