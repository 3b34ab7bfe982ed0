/** Pixels as measured: no gamma, no scaling, no colour management. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  /** 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA); palettes are expanded to 3 or 4. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Significant bits of a sample, 1 to 16. Samples are NOT rescaled: a 4-bit image has values 0..15. */
  readonly bitDepth: number;
  /** Row-major, channels interleaved. */
  readonly samples: Uint8Array | Uint16Array;
}

/** A reader of one file format. Add one file and one row in the registry. */
export interface ImageFormat {
  /** For people: `PNG`. */
  readonly label: string;
  readonly extensions: readonly string[];
  /** Decides by content, without side effects; `head` holds the first 64 bytes at least. */
  matches(head: Uint8Array): boolean;
  /**
   * Decodes the whole file.
   * @param name path of the file, for messages
   * @throws StudioError `damaged-file` or `unsupported-format`, naming the fault
   */
  decode(bytes: Uint8Array, name: string): Promise<RawImage>;
}
