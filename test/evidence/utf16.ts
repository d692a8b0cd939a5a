/** UTF-16, little endian, with a byte order mark: what PowerShell's `>` writes. */
export function utf16(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
}
