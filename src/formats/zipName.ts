import { crc32 } from './crc32';

/** The characters of the bytes 128 to 255 in code page 437, which names have that say nothing else. */
const upperHalf =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes in UTF-8; null where they are none. */
function asUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

const asCodePage437 = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : (upperHalf[byte - 128] ?? ''))).join('');

const UNICODE_PATH = 0x7075;

/** The name in the extra field of Info-ZIP, unless it belongs to another name than the one that is stored. */
function unicodePath(extra: Uint8Array, stored: Uint8Array): string | null {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    const isPath = id === UNICODE_PATH && length >= 5 && at + 4 + length <= extra.length;
    if (isPath && extra[at + 4] === 1 && view.getUint32(at + 5, true) === crc32(stored))
      return asUtf8(extra.subarray(at + 9, at + 4 + length));
    at += 4 + length;
  }
  return null;
}

/**
 * The name of an entry as text. Many programs write UTF-8 without saying so; what is no UTF-8 is read as code page 437,
 * as the format has it. A name in another code page (Shift JIS, Windows-1252) looks strange then, but each byte has a
 * character of its own: different names stay different, and the same name is the same every time.
 * Source: PKWARE, APPNOTE.TXT, 4.6.9 and appendix D.
 * @param extra extra fields of the entry
 */
export function zipName(stored: Uint8Array, extra: Uint8Array): string {
  return unicodePath(extra, stored) ?? asUtf8(stored) ?? asCodePage437(stored);
}
