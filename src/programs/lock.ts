import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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
    await writeFile(path, String(process.pid), { flag: 'wx' });
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
    await writeFile(note, String(process.pid), { flag: 'wx' });
    return await use(note);
  } finally {
    await rm(note, { force: true });
  }
}

/** The process that holds the lock; 0 for one that has not written its name yet. */
async function holderOf(path: string): Promise<number | 'dead' | 'none'> {
  try {
    const pid = Number(await readFile(path, 'utf8'));
    if (Number.isSafeInteger(pid) && pid > 0) return alive(pid) ? pid : 'dead';
    return Date.now() - (await stat(path)).mtimeMs > UNNAMED_MS ? 'dead' : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
