import { decodeInBrowser } from './browserDecoder';
import { orientationField } from './exif';
import { readFlirImage } from './flir/flir';
import { readJpegHeader, withoutExif } from './jpegHeader';
import { unsupportedImage } from './refusals';
import type { ImageFormat } from './format';
import type { JpegHeader } from './jpegHeader';

/** A picture of 160 x 120 counts of two bytes; a drone's other notes are shorter. */
const leastThermalBytes = 38_400;

/**
 * Whether this is a radiometric picture of a thermal camera of DJI: its counts are in APP3, in a form that only DJI's own
 * library turns into temperatures, and what a decoder sees are false colours.
 */
function isDjiThermal({ thirdDataBytes, applicationData }: JpegHeader): boolean {
  if (thirdDataBytes < leastThermalBytes) return false;
  return applicationData.some((segment) => /\bDJI\0/.test(new TextDecoder('latin1').decode(segment)));
}

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
    if (isDjiThermal(header)) {
      throw unsupportedImage(
        'DJI radiometric JPEG image',
        name,
        'measurements that only the DJI Thermal SDK reads',
        'Convert it with "dji_irp -a measure --measurefmt float32" of the DJI Thermal SDK, save the numbers as NPY or TIFF, or save a copy without measurements to use its colours.',
      );
    }
    const { width, height, components: channels } = header;
    const content = withoutExif(bytes, header);
    const image = await decodeInBrowser({ content, type: 'image/jpeg', width, height, channels }, 'JPEG image', name);
    return { ...image, ...orientationField(header.orientation) };
  },
};
