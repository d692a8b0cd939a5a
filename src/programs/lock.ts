import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** This process, as a lock file names it: a process id is given again, soon so in containers, a start time with it is not. */
const SELF = `${process.pid} ${statOf(process.pid)?.start ?? ''}`.trim();

/** A file that names nobody is a crash's; it may only be this young while it is still being written. */
const UNNAMED_MS = 2000;

/**
 * Runs `work` while holding a lock file, so that two processes of one machine do not do the same at once. The lock of a
 * process that died is taken over. `onWait` is called once if someone else holds it.
 */
export async function withLock<T>(path: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path))) {
    const holder = await holderOf(path);
    if (holder === 'none') continue;
    if (holder === 'dead') {
      if (await takeOver(path)) break;
      continue;
    }
    if (!told && holder > 0) onWait(holder);
    told ||= holder > 0;
    await sleep(250);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** The file appears with its holder in it, or not at all. */
async function take(path: string): Promise<boolean> {
  return withNote(path, async (note) => {
    try {
      await link(note, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return takeWithoutLinks(path);
      throw error;
    }
  });
}

/** For file systems without hard links: the file is empty for a moment, which `UNNAMED_MS` allows for. */
async function takeWithoutLinks(path: string): Promise<boolean> {
  try {
    await writeFile(path, SELF, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Puts our name in place of a dead holder's. Of those who found it dead, each looks again while holding a lock for just
 * that: otherwise the second would put out the first, who is alive and inside. The dead do not give back, so what was
 * seen then still holds when the file is replaced.
 */
function takeOver(path: string): Promise<boolean> {
  return withLock(
    `${path}.takeover`,
    () => {},
    async () => {
      if ((await holderOf(path)) !== 'dead') return false;
      await withNote(path, (note) => rename(note, path));
      return true;
    },
  );
}

async function withNote<T>(path: string, use: (note: string) => Promise<T>): Promise<T> {
  const note = `${path}.${randomUUID()}`;
  try {
    await writeFile(note, SELF, { flag: 'wx' });
    return await use(note);
  } finally {
    await rm(note, { force: true });
  }
}

/** The process that holds the lock; 0 for one that has not written its name yet. */
async function holderOf(path: string): Promise<number | 'dead' | 'none'> {
  try {
    const [pid = 0, start] = (await readFile(path, 'utf8')).split(' ').map(Number);
    if (Number.isSafeInteger(pid) && pid > 0) return alive(pid, start) ? pid : 'dead';
    return Date.now() - (await stat(path)).mtimeMs > UNNAMED_MS ? 'dead' : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}

function alive(pid: number, start: number | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = statOf(pid);
  // A zombie has ended, and only waits for its parent to ask how.
  return stat === undefined || (stat.state !== 'Z' && (start === undefined || stat.start === start));
}

/**
 * State of a process, and when it was started, in clock ticks since the system was; undefined where there is no procfs
 * (proc(5), `stat`).
 */
function statOf(pid: number): { state: string; start: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in brackets, may hold anything. Behind it come the state (field 3) and so on; the start is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: Number(fields[19]) };
  } catch {
    return undefined;
  }
}
