import { decodeInBrowser } from './browserDecoder';
import { orientationField } from './exif';
import { readFlirImage } from './flir/flir';
import { readJpegHeader, withoutExif } from './jpegHeader';
import type { ImageFormat } from './format';

/**
 * JPEG. Of a radiometric one of FLIR the thermal measurements are read; every other is decoded by the browser without
 * colour management, and its EXIF orientation is told, not applied.
 */
export const jpeg: ImageFormat = {
  label: 'JPEG',
  extensions: ['jpg', 'jpeg'],
  needsBrowser: true,
  matches: (head) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff,
  async decode(bytes, name) {
    const header = readJpegHeader(bytes, name);
    const thermal = readFlirImage(header.applicationData, name);
    if (thermal) return thermal;
    const { width, height, components: channels } = header;
    const content = withoutExif(bytes, header);
    const image = await decodeInBrowser({ content, type: 'image/jpeg', width, height, channels }, 'JPEG image', name);
    return { ...image, ...orientationField(header.orientation) };
  },
};
