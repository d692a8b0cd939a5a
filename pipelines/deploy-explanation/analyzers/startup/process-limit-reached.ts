import { exec } from '../../../../src/evidence/commands/kubectl.ts';
import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const processLimitReached = logAnalyzer({
  kind: 'process-limit-reached',
  title: 'A limit of the system on files, watches or processes is reached',
  about: 'The kernel gives no more file descriptors, inotify watches, threads or processes to the container.',
  remedy: 'Find what is not closed; raise the limit (ulimit, sysctl, podPidsLimit) where the need is real.',
  aspects: {
    files: 'file descriptors',
    watches: 'inotify watches or instances',
    processes: 'threads or processes',
  },
  aspect: ({ match }) =>
    /inotify|watch/i.test(match[0]) ? 'watches' : /files|EMFILE|ENFILE/i.test(match[0]) ? 'files' : 'processes',
  pattern: anyOf(
    /too many open files|\bEMFILE\b|\bENFILE\b|inotify[^\n]{0,60}(?:limit|no space|too many)|System limit for number of file watchers reached|unable to create (?:new )?native thread|fork: (?:retry: )?Resource temporarily unavailable|pthread_create failed|newosproc|failed to create new OS thread|can't start new thread/i,
    /number of inotify instances has been reached/,
  ),
  confidence: 0.91,
  stage: 'running',
  says: ({ match }) => `the system gives it no more of what it needs (\`${match[0]}\`)`,
  remedies: ({ pod }) => [
    look('Count what it holds', exec(pod?.ref ?? { kind: 'Pod', name: 'POD' }, undefined, ['ls', '/proc/1/fd'])),
    change('Close what is not needed, or raise the limit', 'medium'),
  ],
});
