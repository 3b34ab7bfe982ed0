/** Samples in their own type: what a file states as integers stays integer. */
export type Samples = Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** What a sample measures, where the file says it. */
export type Unit = 'millimetre' | 'metre' | 'degreeCelsius' | 'kelvin';

/** Pixels as measured: no gamma, no scaling, no colour management. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  /** 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA); palettes are expanded to 3 or 4. */
  readonly channels: 1 | 2 | 3 | 4;
  /**
   * Significant bits of an integer sample, 1 to 32; samples are NOT rescaled: a 4-bit image has values 0..15. Of floats
   * their size: 16, 32 or 64.
   */
  readonly bitDepth: number;
  /** Row-major, channels interleaved. Floats may be NaN or infinite where there is no reading. */
  readonly samples: Samples;
  readonly unit?: Unit;
  /** The value that stands for no reading, where the file or its format says so. */
  readonly noReading?: number;
  /** How the file asks to turn its pixels for looking at them, by EXIF: 2 to 8. Samples are as stored. */
  readonly orientation?: number;
  /** Remarks for the person: only the first of several pages was read, ... */
  readonly notes?: readonly string[];
}

/** A reader of one file format. Add one file and one row in the registry. */
export interface ImageFormat {
  /** For people: `PNG`. */
  readonly label: string;
  readonly extensions: readonly string[];
  /** Set where pixels are decoded by the browser: Node alone cannot. */
  readonly needsBrowser?: true;
  /** Decides by content, without side effects; `head` holds the first 64 bytes at least. */
  matches(head: Uint8Array): boolean;
  /**
   * Decodes the whole file.
   * @param name path of the file, for messages
   * @throws StudioError `damaged-file` or `unsupported-format`, naming the fault
   */
  decode(bytes: Uint8Array, name: string): Promise<RawImage>;
}
