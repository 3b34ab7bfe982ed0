import { readCounts } from './counts';
import { readFlirRecords } from './records';
import { faultOf, readCalibration, temperaturesOf } from './temperature';
import type { RawImage } from '../format';

const origin = 'Read from the measurements in the FLIR block, not from the coloured picture';

/** Three digits at most, without zeros at the end. */
const rounded = (value: number): string => String(Number(value.toFixed(3)));

/**
 * The thermal image in a radiometric JPEG of FLIR: temperatures in degrees Celsius with the settings of the file, or
 * counts of the sensor where the file lacks what temperatures are computed with. A note says which.
 * @param segments contents of the APP1 segments of the JPEG
 * @returns null without a FLIR block, or when it holds no measurements
 * @throws StudioError `damaged-file`, `unsupported-format` or `too-large`
 */
export function readFlirImage(segments: readonly Uint8Array[], name: string): RawImage | null {
  const records = readFlirRecords(segments, name);
  if (!records?.counts) return null;
  const { width, height, samples } = readCounts(records.counts, name);
  const calibration = records.camera && readCalibration(records.camera);
  const fault = calibration ? faultOf(calibration) : 'its calibration is missing';
  if (!calibration || fault !== null) {
    const note = `${origin}. The values are counts of the sensor: ${fault ?? ''}, so temperatures cannot be computed.`;
    return { width, height, channels: 1, bitDepth: 16, samples, notes: [note] };
  }
  const { emissivity, distance, reflected, atmosphere, humidity } = calibration;
  const celsius = (kelvin: number): string => `${rounded(kelvin - 273.15)} °C`;
  const settings = [
    `emissivity ${rounded(emissivity)}`,
    `reflected temperature ${celsius(reflected)}`,
    `air ${celsius(atmosphere)} with ${rounded(humidity * 100)} % humidity`,
    `distance ${rounded(distance)} m`,
  ].join(', ');
  return {
    width,
    height,
    channels: 1,
    bitDepth: 32,
    samples: temperaturesOf(samples, calibration),
    unit: 'degreeCelsius',
    notes: [`${origin}. The values are temperatures in degrees Celsius, with the settings of the file: ${settings}.`],
  };
}
