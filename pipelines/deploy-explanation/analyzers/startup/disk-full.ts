import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { NO_SPACE_WORDS } from './errno-words.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { pathIn } from './named-in-line.ts';

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
    return `there is no space left on its disk${path === undefined ? '' : ` (\`${path}\`)`}`;
  },
  remedies: () => [look('See how full the volumes are'), change('Free or enlarge the volume', 'medium')],
});
