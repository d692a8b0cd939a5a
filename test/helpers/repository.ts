import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A real Git repository in a folder of its own; `undefined` for a file removes it. */
export interface TestRepository {
  readonly path: string;
  /** Runs git and gives what it printed. */
  git(...args: string[]): string;
  /** Writes files and commits everything; gives the commit's id. */
  commit(subject: string, files: Readonly<Record<string, string | undefined>>): string;
  write(files: Readonly<Record<string, string | undefined>>): void;
  remove(): void;
}

/** Makes an empty repository with the branch `main`; nothing of the machine's configuration counts. */
export function makeRepository(): TestRepository {
  const path = mkdtempSync(join(tmpdir(), 'opsline-git-'));
  let clock = Date.UTC(2026, 0, 1) / 1000;
  const git = (...args: string[]): string => {
    clock += 60;
    return execFileSync('git', args, {
      cwd: path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: path,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'Ada Example',
        GIT_AUTHOR_EMAIL: 'ada@example.com',
        GIT_COMMITTER_NAME: 'Ada Example',
        GIT_COMMITTER_EMAIL: 'ada@example.com',
        GIT_AUTHOR_DATE: `${clock} +0000`,
        GIT_COMMITTER_DATE: `${clock} +0000`,
      },
    });
  };
  const write: TestRepository['write'] = (files) => {
    for (const [name, text] of Object.entries(files)) {
      const file = join(path, name);
      if (text === undefined) rmSync(file);
      else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
  };
  git('init', '-q', '-b', 'main');
  return {
    path,
    git,
    write,
    commit(subject, files) {
      write(files);
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', subject);
      return git('rev-parse', 'HEAD').trim();
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
