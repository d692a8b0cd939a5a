import { change, look } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const diskFull = logAnalyzer({
  kind: 'disk-full',
  title: 'No space left on the device',
  about: 'A volume or the node disk is full.',
  remedy: 'Free or enlarge the volume.',
  pattern: /no space left on device|ENOSPC|disk (?:is )?full|disk quota exceeded/i,
  except: /file watchers|inotify/,
  confidence: 0.92,
  stage: 'running',
  says: () => 'there is no space left on its disk',
  remedies: () => [look('See how full the volumes are'), change('Free or enlarge the volume', 'medium')],
});
