import * as zlib from 'node:zlib';

/** The remainders of all bytes for the polynomial of ISO 3309, bits reversed. */
const remainders = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  return remainder;
});

/** The checksum that zip and gzip keep of their content (CRC-32), from 0 to 2^32 − 1. */
export function crc32ByTable(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ remainders[(crc ^ bytes[i]) & 0xff];
  return (crc ^ -1) >>> 0;
}

/** As `crc32ByTable`, but by Node where it can, from 20.15 and 22.2 on. */
export const crc32: (bytes: Uint8Array) => number = zlib.crc32 ?? crc32ByTable;
