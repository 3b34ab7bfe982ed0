import type { FileBytes } from '../../formats/models/format';
import type { EncodedFile } from './folder';

/** A file of a real model as bytes. */
export function fileBytes({ path, base64 }: EncodedFile): FileBytes {
  return { path, bytes: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) };
}

/** The model's own files. */
export const modelFilesOf = (files: readonly EncodedFile[]): readonly FileBytes[] =>
  files.filter(({ path }) => !path.endsWith('/expected.json')).map(fileBytes);
