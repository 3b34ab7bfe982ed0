import { halfToNumber } from '../half';
import { checkSize } from './limits';
import { damagedNpy, readNpyHeader, unsupportedNpy } from './npyHeader';
import { spells } from './spelling';
import type { ImageFormat, RawImage, Samples } from './format';
import type { NpyHeader } from './npyHeader';

/** How values of one type of NumPy are held. */
interface ValueType {
  readonly bytes: number;
  readonly bitDepth: number;
  make(count: number): Samples;
  read(view: DataView, offset: number, littleEndian: boolean): number;
}

const bytesOf = (count: number): Uint8Array => new Uint8Array(count);

/** By kind and bytes of the type code. */
const valueTypes = new Map<string, ValueType>([
  ['b1', { bytes: 1, bitDepth: 1, make: bytesOf, read: (view, at) => Math.min(1, view.getUint8(at)) }],
  ['u1', { bytes: 1, bitDepth: 8, make: bytesOf, read: (view, at) => view.getUint8(at) }],
  ['i1', { bytes: 1, bitDepth: 8, make: (n) => new Int16Array(n), read: (view, at) => view.getInt8(at) }],
  ['u2', { bytes: 2, bitDepth: 16, make: (n) => new Uint16Array(n), read: (view, at, le) => view.getUint16(at, le) }],
  ['i2', { bytes: 2, bitDepth: 16, make: (n) => new Int16Array(n), read: (view, at, le) => view.getInt16(at, le) }],
  ['u4', { bytes: 4, bitDepth: 32, make: (n) => new Uint32Array(n), read: (view, at, le) => view.getUint32(at, le) }],
  ['i4', { bytes: 4, bitDepth: 32, make: (n) => new Int32Array(n), read: (view, at, le) => view.getInt32(at, le) }],
  [
    'f2',
    {
      bytes: 2,
      bitDepth: 16,
      make: (n) => new Float32Array(n),
      read: (view, at, le) => halfToNumber(view.getUint16(at, le)),
    },
  ],
  ['f4', { bytes: 4, bitDepth: 32, make: (n) => new Float32Array(n), read: (view, at, le) => view.getFloat32(at, le) }],
  ['f8', { bytes: 8, bitDepth: 64, make: (n) => new Float64Array(n), read: (view, at, le) => view.getFloat64(at, le) }],
]);

function typeOf({ descr }: NpyHeader, name: string): { type: ValueType; littleEndian: boolean } {
  const type = valueTypes.get(descr.replace(/^[<>|=]/, ''));
  if (type && /^[<>|]/.test(descr) && (type.bytes === 1 || !descr.startsWith('|')))
    return { type, littleEndian: !descr.startsWith('>') };
  throw unsupportedNpy(
    name,
    `values of type ${descr.replace(/[^\w<>|=]/g, '?')}`,
    'np.save(path, array.astype("float32"))',
  );
}

/** How far apart in the file, in values, are neighbours along each axis of the picture. */
interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
  readonly strides: { readonly y: number; readonly x: number; readonly channel: number };
}

interface Axis {
  readonly length: number;
  readonly stride: number;
}

function axesOf({ shape, fortranOrder }: NpyHeader): readonly Axis[] {
  return shape.map((length, index) => {
    const faster = fortranOrder ? shape.slice(0, index) : shape.slice(index + 1);
    return { length, stride: faster.reduce((product, other) => product * other, 1) };
  });
}

const asChannels = (length: number): 1 | 3 | 4 | null => (length === 1 || length === 3 || length === 4 ? length : null);

/**
 * Which axis is which: [height, width], [height, width, channels] or [channels, height, width], with any number of
 * leading axes of length 1. Three axes must leave no doubt: one of the outer two, and only one, has 1, 3 or 4.
 */
function layoutOf(header: NpyHeader, name: string): Layout {
  let axes = axesOf(header);
  while (axes.length > 3 && axes[0]?.length === 1) axes = axes.slice(1);
  const [first, second, third] = axes;
  const shape = `shape (${header.shape.slice(0, 8).join(', ')})`;
  if (!first || !second || axes.length > 3)
    throw unsupportedNpy(name, shape, 'one picture a file and shape (height, width) or (height, width, channels)');
  const layout = (y: Axis, x: Axis, channels: 1 | 3 | 4, channel: number): Layout => ({
    height: y.length,
    width: x.length,
    channels,
    strides: { y: y.stride, x: x.stride, channel },
  });
  if (!third) return layout(first, second, 1, 0);
  const [leading, trailing] = [asChannels(first.length), asChannels(third.length)];
  if (leading !== null && trailing === null) return layout(second, third, leading, first.stride);
  if (trailing !== null && leading === null) return layout(first, second, trailing, third.stride);
  throw unsupportedNpy(name, `${shape} and no clear place of its channels`, 'shape (height, width)');
}

function readValues(values: DataView, layout: Layout, type: ValueType, littleEndian: boolean): Samples {
  const { width, height, channels, strides } = layout;
  const samples = type.make(width * height * channels);
  for (let y = 0, target = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, target++) {
        const source = y * strides.y + x * strides.x + channel * strides.channel;
        samples[target] = type.read(values, source * type.bytes, littleEndian);
      }
    }
  }
  return samples;
}

/**
 * Decodes the bytes of an NPY file.
 * @throws StudioError `damaged-file`, `unsupported-format` (type or shape) or `too-large`
 */
export function decodeNpy(bytes: Uint8Array, name: string): RawImage {
  const header = readNpyHeader(bytes, name);
  const { type, littleEndian } = typeOf(header, name);
  const layout = layoutOf(header, name);
  const { width, height, channels } = layout;
  if (width === 0 || height === 0) throw damagedNpy(name, `its header gives a size of ${width}x${height} pixels`);
  checkSize(width, height, channels * type.make(0).BYTES_PER_ELEMENT, name);
  const length = width * height * channels * type.bytes;
  const missing = header.start + length - bytes.length;
  if (missing > 0) throw damagedNpy(name, `it ends ${missing} bytes early`);
  const notes = missing < 0 ? { notes: [`What follows the array was not read (${-missing} more bytes).`] } : {};
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.start, length);
  return {
    width,
    height,
    channels,
    bitDepth: type.bitDepth,
    samples: readValues(view, layout, type, littleEndian),
    ...notes,
  };
}

/**
 * NPY of NumPy: truth values, integers of 1, 2 and 4 bytes and floats of 2, 4 and 8, either byte order, C and Fortran
 * order. Half floats are held as float32, which is exact.
 */
export const npy: ImageFormat = {
  label: 'NPY',
  extensions: ['npy'],
  matches: (head) => head[0] === 0x93 && spells(head, 'NUMPY', 1),
  decode: (bytes, name) =>
    new Promise((resolve) => {
      resolve(decodeNpy(bytes, name));
    }),
};
