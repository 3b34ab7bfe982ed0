/** Tables of the reflected polynomial 0xEDB88320 of zip and PNG: row r is for a byte that r further bytes follow. */
const tables = ((): readonly Uint32Array[] => {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    return remainder;
  });
  const rows = [first];
  for (let row = 1; row < 8; row += 1) {
    const before = rows[row - 1] ?? first;
    rows.push(before.map((remainder) => (first[remainder & 0xff] ?? 0) ^ (remainder >>> 8)));
  }
  return rows;
})();

/** Eight bytes at once ("slicing by 8"): models have hundreds of megabytes. */
function eightAtOnce(bytes: Uint8Array, start: number): { remainder: number; at: number } {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array,
  ]; // prettier-ignore
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let remainder = start;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = view.getUint32(at, true) ^ remainder;
    const high = view.getUint32(at + 4, true);
    remainder =
      (t7[low & 0xff] ?? 0) ^
      (t6[(low >>> 8) & 0xff] ?? 0) ^
      (t5[(low >>> 16) & 0xff] ?? 0) ^
      (t4[low >>> 24] ?? 0) ^
      (t3[high & 0xff] ?? 0) ^
      (t2[(high >>> 8) & 0xff] ?? 0) ^
      (t1[(high >>> 16) & 0xff] ?? 0) ^
      (t0[high >>> 24] ?? 0);
  }
  return { remainder, at };
}

/** The CRC-32 of bytes, as zip and PNG use it. */
export function crc32(bytes: Uint8Array): number {
  let { remainder, at } = eightAtOnce(bytes, 0xffffffff);
  const [table = new Uint32Array(256)] = tables;
  for (; at < bytes.length; at += 1)
    remainder = (table[(remainder ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}
