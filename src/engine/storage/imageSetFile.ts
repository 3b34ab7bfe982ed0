import { crc32 } from '../../formats/crc32';
import type { RandomFile } from './shelf';

/** What is known of one image file. */
export type KnownImage =
  /** Its pixels are in the slot; `checksum` of them. */
  | { readonly kind: 'kept'; readonly contentKey: string; readonly slot: number; readonly checksum: number }
  /** It was prepared once, but there was no room. */
  | { readonly kind: 'known'; readonly contentKey: string };

export interface ImageSetFileArgs {
  readonly pixels: RandomFile;
  readonly index: RandomFile;
  /** Says what the set holds; files that say something else are begun anew. */
  readonly title: string;
  /** Values of an image. */
  readonly length: number;
  /** Told when the storage fails, once until room is made anew: the set takes no more, and gives what can still be read. */
  readonly onRefused: (error: Error) => void;
}

const bytesOf = (values: Uint16Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** A line of the index: checksum, space, JSON. */
function lineOf(content: unknown): Uint8Array {
  const text = JSON.stringify(content);
  const sum = crc32(new TextEncoder().encode(text)).toString(16).padStart(8, '0');
  return new TextEncoder().encode(`${sum} ${text}\n`);
}

/** The lines of an index up to the first that is not whole, and where that one begins. */
function readLines(index: RandomFile): { lines: unknown[]; end: number } {
  const bytes = new Uint8Array(index.size());
  index.read(bytes, 0);
  const lines: unknown[] = [];
  let end = 0;
  for (;;) {
    const stop = bytes.indexOf(10, end);
    if (stop < 0) return { lines, end };
    const text = bytes.subarray(end + 9, stop);
    const sum = new TextDecoder().decode(bytes.subarray(end, end + 8));
    if (parseInt(sum, 16) !== crc32(text)) return { lines, end };
    lines.push(JSON.parse(new TextDecoder().decode(text)));
    end = stop + 1;
  }
}

/** Lines that wait to be written: each write costs more than its bytes. */
const linesAtOnce = 64;

/**
 * Prepared images of one size in two files: pixels in slots of equal length, and an index that only grows, a line for
 * each thing that became known. Every line and every slot has a checksum: what a crash, a full disk or a power cut left
 * half written is taken for not there, so that wrong pixels never come out, in whatever order a disk wrote them.
 */
export class ImageSetFile {
  readonly #args: ImageSetFileArgs;
  readonly #images = new Map<string, KnownImage>();
  /** Key of the image in each slot; undefined where there is none any more. */
  #slots: (string | undefined)[] = [];
  /** Slots whose pixels were compared with their checksum since the set was opened. */
  readonly #trusted = new Set<number>();
  /** Slots that another image may take. */
  #replaceable: number[] = [];
  #room = 0;
  #waiting: Uint8Array[] = [];
  #end = 0;
  #refused = false;

  constructor(args: ImageSetFileArgs) {
    this.#args = args;
    const { lines, end } = readLines(args.index);
    const [title, ...images] = lines;
    if (JSON.stringify(title) !== JSON.stringify(this.#title())) {
      this.clear();
      return;
    }
    this.#end = end;
    for (const [key, known] of images as (readonly [string, KnownImage])[]) this.#learn(key, known);
  }

  /** What is known of a file, by its key. */
  find(key: string): KnownImage | undefined {
    return this.#images.get(key);
  }

  /** Pixels of a kept image; null where there are none, or they are damaged or cannot be read, which is then forgotten. */
  read(key: string): Uint16Array | null {
    const known = this.#images.get(key);
    if (known?.kind !== 'kept') return null;
    const values = new Uint16Array(this.#args.length);
    const bytes = bytesOf(values);
    const whole = this.#readPixels(bytes, known.slot * bytes.length) === bytes.length;
    if (whole && (this.#trusted.has(known.slot) || crc32(bytes) === known.checksum)) {
      this.#trusted.add(known.slot);
      return values;
    }
    this.#images.set(key, { kind: 'known', contentKey: known.contentKey });
    this.#slots[known.slot] = undefined;
    this.#replaceable.push(known.slot);
    return null;
  }

  /** Whether another image can be kept. */
  hasRoom(): boolean {
    return !this.#refused && (this.#slots.length < this.#room || this.#replaceable.length > 0);
  }

  /**
   * Keeps an image if there is room, and remembers its content key in any case.
   * @param values null for an image of another size than the set's
   */
  put(key: string, contentKey: string, values: Uint16Array | null): void {
    const slot = values && this.hasRoom() ? this.#freeSlot() : undefined;
    let known: KnownImage = { kind: 'known', contentKey };
    if (values && slot !== undefined) {
      this.#trusted.delete(slot);
      this.#attempt(() => this.#args.pixels.write(bytesOf(values), slot * values.byteLength));
      if (!this.#refused) known = { kind: 'kept', contentKey, slot, checksum: crc32(bytesOf(values)) };
    }
    const before = this.#images.get(key);
    if (known.kind === 'known' && before?.kind === 'known' && before.contentKey === contentKey) return;
    this.#learn(key, known);
    this.#say([key, known]);
  }

  /**
   * Gives the set room for so many images from now on; where that is used up, images whose key is not in `wanted` make
   * place for others. Marks the set as used now. A storage that failed before is tried again.
   */
  makeRoom(images: number, wanted: ReadonlySet<string>): void {
    this.#refused = false;
    if (this.#end === 0) this.clear();
    this.#room = images;
    this.#replaceable = [];
    this.#slots.forEach((key, slot) => {
      if (key === undefined || !wanted.has(key)) this.#replaceable.push(slot);
    });
    this.#attempt(() => this.#args.index.write(lineOf(this.#title()), 0));
  }

  /** Forgets everything. */
  clear(): void {
    this.#images.clear();
    this.#trusted.clear();
    this.#slots = [];
    this.#replaceable = [];
    this.#waiting = [];
    this.#end = 0;
    this.#attempt(() => {
      this.#args.index.truncate(0);
      this.#args.pixels.truncate(0);
    });
    this.#say(this.#title());
    this.#writeWaiting();
  }

  bytes(): number {
    return this.#args.pixels.size() + this.#args.index.size();
  }

  flush(): void {
    this.#writeWaiting();
    this.#attempt(() => {
      this.#args.pixels.flush();
      this.#args.index.flush();
    });
  }

  close(): void {
    this.#writeWaiting();
    for (const file of [this.#args.pixels, this.#args.index]) {
      try {
        file.close();
      } catch (error) {
        this.#refuse(error);
      }
    }
  }

  #title(): unknown {
    return [this.#args.title, this.#args.length];
  }

  #freeSlot(): number | undefined {
    return this.#slots.length < this.#room ? this.#slots.length : this.#replaceable.pop();
  }

  #learn(key: string, known: KnownImage): void {
    const before = this.#images.get(key);
    if (before?.kind === 'kept' && this.#slots[before.slot] === key) this.#slots[before.slot] = undefined;
    this.#images.set(key, known);
    if (known.kind !== 'kept') return;
    while (this.#slots.length <= known.slot) this.#slots.push(undefined);
    const evicted = this.#slots[known.slot];
    if (evicted !== undefined && evicted !== key) this.#images.delete(evicted);
    this.#slots[known.slot] = key;
  }

  #say(content: unknown): void {
    this.#waiting.push(lineOf(content));
    if (this.#waiting.length >= linesAtOnce) this.#writeWaiting();
  }

  #writeWaiting(): void {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#attempt(() => {
      for (const line of lines) {
        this.#args.index.write(line, this.#end);
        this.#end += line.length;
      }
    });
  }

  /** @returns bytes that were there; 0 where the storage fails */
  #readPixels(into: Uint8Array, at: number): number {
    try {
      return this.#args.pixels.read(into, at);
    } catch (error) {
      this.#refuse(error);
      return 0;
    }
  }

  #attempt(write: () => void): void {
    if (this.#refused) return;
    try {
      write();
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    if (this.#refused) return;
    this.#refused = true;
    this.#args.onRefused(error);
  }
}
