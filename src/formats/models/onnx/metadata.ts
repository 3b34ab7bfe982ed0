import { preprocessingPresets, readMetadataFromTexts, type StatedMetadata } from '../metadata';
import type { Preprocessing } from '../format';

/** Key of the ONNX standard's image metadata that says what pixels are brought to. */
export const RANGE_KEY = 'Image.NominalPixelRange';

/** The ranges of the standard that are presets of ours; `NominalRange_16_235` is none. */
export const pixelRanges: Readonly<Partial<Record<Preprocessing['preset'], string>>> = {
  '0to255': 'NominalRange_0_255',
  '0to1': 'Normalized_0_1',
  minus1to1: 'Normalized_1_1',
};

/**
 * What `metadata_props` of an ONNX file say about classes, preprocessing and resizing: the studio's own entries, else
 * the pixel range of the ONNX standard.
 *
 * @param props texts by key
 */
export function onnxMetadata(props: ReadonlyMap<string, string>): StatedMetadata {
  const stated = readMetadataFromTexts(props);
  if (stated.preprocessing) return stated;
  const range = props.get(RANGE_KEY);
  const preset = Object.values(preprocessingPresets).find(
    (row) => range !== undefined && pixelRanges[row.preset] === range,
  );
  return { ...stated, preprocessing: preset ?? null };
}
