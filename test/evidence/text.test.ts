import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText } from '../../src/evidence/text.ts';
import { utf16 } from './utf16.ts';

/** Text as programs write it: whole characters, without NUL, and with a mark only where an encoding puts it. */
const text = fc.string({ unit: 'grapheme' }).filter((one) => !/[\0\ufeff]/.test(one) && one.isWellFormed());

test('any text comes back from UTF-8 and from UTF-16 of both byte orders, without its mark', () => {
  fc.assert(
    fc.property(text, (one) => {
      expect(decodeText(Buffer.from(one))).toBe(one);
      expect(decodeText(Buffer.from(`\ufeff${one}`))).toBe(one);
      expect(decodeText(utf16(one))).toBe(one);
      expect(decodeText(Buffer.from(utf16(one)).swap16())).toBe(one);
    }),
  );
});

test('binary files are no text, whatever they begin with', () => {
  expect(decodeText(Buffer.from([0x7f, 0x45, 0x00, 0x01]))).toBeUndefined();
  expect(decodeText(Buffer.from([0xff, 0xfe, 0x00, 0x00, 0x41, 0x00]))).toBeUndefined();
});

test('any bytes decode to something or to nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(['string', 'undefined']).toContain(typeof decodeText(Buffer.from(bytes)));
    }),
  );
});

test('UTF-16 without a byte order mark is known by its bytes; a core dump is no text', () => {
  const text = 'NAME READY\r\nweb 0/1 “wäre” файл нет\n';
  const little = Buffer.from(text, 'utf16le');
  expect(decodeText(little)).toBe(text);
  expect(decodeText(Buffer.from(little).swap16())).toBe(text);
  const core = Buffer.alloc(4096);
  core.write('\u007fELF\u0002\u0001\u0001', 0, 'latin1');
  expect(decodeText(core)).toBeUndefined();
  const numbers = Buffer.from(Uint16Array.from({ length: 200 }, (_, n) => n % 32).buffer);
  expect(decodeText(numbers)).toBeUndefined();
});
