import type { Encoding, ImageRecipe, Intrinsics, Scaling } from '../shared/recipe';

const between = (low: string, high: string): string => `v = (x - ${low}) / (${high} - ${low})`;

/** How a raw value x becomes a fraction v, before it is cut off at 0 and 1. */
function scalingInWords(scaling: Scaling): string {
  switch (scaling.kind) {
    case 'full':
      return 'v = x / full scale of the file (255 for 8 bits, 65535 for 16 bits, 2^15 - 1 for signed 16 bits)';
    case 'minMax':
      return `${between('low', 'high')}, where low and high are the smallest and the largest reading of the image`;
    case 'percentile':
      return `${between('low', 'high')}, where low and high are the percentiles ${scaling.low} and ${scaling.high} of the image's readings, interpolated linearly (numpy.percentile)`;
    case 'clip':
      return `${between(String(scaling.low), String(scaling.high))}, x in raw units of the file`;
    case 'disparity':
      return `v = (1/x - 1/${scaling.high}) / (1/${scaling.low} - 1/${scaling.high}), x in raw units of the file; x <= 0 is no reading`;
    case 'log':
      return `v = ln(1 + max(0, x - low)) / ln(1 + high - low), where low and high are the percentiles ${scaling.low} and ${scaling.high} of the image's readings, interpolated linearly (numpy.percentile)`;
    case 'sunRgbd':
      return 'x = ((stored >> 3) | (stored << 13)) & 0xffff millimetres (the rotation of SUN RGB-D undone), v = x / 8000';
  }
}

const orientationInWords: Readonly<Record<ImageRecipe['orientation'], string>> = {
  ignore: "Take the pixels as stored: do not turn them by EXIF (as PyTorch's ImageFolder).",
  apply: 'Turn the pixels as their EXIF orientation asks (PIL.ImageOps.exif_transpose).',
};

const readingInWords =
  'In single-channel images a pixel is no reading where it is 0 (but in temperatures, and where others are below 0), NaN, infinite or the value that the file names; such pixels never count in a range.';

const holesInWords: Readonly<Record<ImageRecipe['holes'], string>> = {
  keep: 'Pixels without a reading become v = 0.',
  nearest:
    'Pixels without a reading take the value of the nearest one, counted in steps to the side, up or down; equally near: the earlier in reading order.',
  mask: 'Pixels without a reading are masked: they take no part in the resize, and are exactly 0 in the input, after the normalisation.',
};

const sharedWeight =
  'the weights shared out among those with a value; where they hold less than half of the weight, the result has none';

function resizeInWords({ resize, holes }: ImageRecipe, [height, width]: readonly [number, number]): string {
  const size = `Resize to ${height} x ${width} (height x width, the aspect ratio is not kept)`;
  const masked = holes === 'mask' ? ` over the pixels with a value (${sharedWeight})` : '';
  switch (resize) {
    case 'bilinear':
      return `${size}: bilinear, antialiased (Pillow's BILINEAR in floating point)${masked}.`;
    case 'area':
      return `${size}: the mean of the covered area (OpenCV's INTER_AREA when shrinking)${masked}.`;
    case 'nearest':
      return `${size}: the pixel that holds the centre, floor((i + 0.5) * before / after) (Pillow's NEAREST, OpenCV's INTER_NEAREST_EXACT).`;
    case 'holeAware':
      return `${size}: bilinear, antialiased, over the pixels with a value only (${sharedWeight})${holes === 'keep' ? ' and becomes 0' : ''}.`;
  }
}

function cameraInWords(intrinsics: Intrinsics | null): string {
  if (!intrinsics)
    return 'a camera with f = width / 2 / tan(30 degrees) in both directions and its centre in the middle';
  const { fx, fy, cx, cy } = intrinsics;
  return `the camera fx ${fx}, fy ${fy}, cx ${cx}, cy ${cy} (pixels of the stored image, the first one at 0)`;
}

const normalsInWords =
  'fit 1/z = a u + b v + c by least squares to the window of 7 x 7 pixels (leaving out those whose z differs from the middle by more than 3 z / (min(fx, fy) tan 15 degrees)); n = -(a fx, b fy, a cx + b cy + c) / length: x right, y down, z away from the camera';

/** What the channels are made of, where they are not just the value. */
function encodingInWords(encoding: Encoding): string[] {
  switch (encoding.kind) {
    case 'replicate':
      return [];
    case 'jet':
      return [
        'After the resize: red, green, blue = clip(1.5 - |4 v - c|, 0, 1) with c = 3, 2, 1 (OpenCV COLORMAP_JET).',
      ];
    case 'turbo':
      return ['After the resize: the colour of v in the map Turbo (matplotlib "turbo", interpolated linearly).'];
    case 'normals':
      return [
        `Before the resize, from the depth z in raw units (instead of v): surface normals with ${cameraInWords(encoding.intrinsics)}: ${normalsInWords}; the three channels are (n + 1) / 2.`,
      ];
    case 'hha':
      return [
        `Before the resize, from the depth z in metres (raw value * ${encoding.metresPerUnit}, instead of v): HHA (Gupta et al., ECCV 2014) with ${cameraInWords(encoding.intrinsics)}. Normals: ${normalsInWords}.`,
        `Gravity g from normals of windows of radius clip(round(width / 64), 3, 10), on a grid of about 8192 pixels: from (0, 1, 0), five times with t = 45 and five with t = 15 degrees, g = the eigenvector of the smallest eigenvalue of sum n n^T over |n.g| < sin t less that over |n.g| > cos t, on the side of g. Height h = -(g . point) less its minimum over the image, or plus 1.3 m where that is above -0.9 m.`,
        'Channels, each cut off at 0 and 1: 310 / max(1, z) / 255; 100 h / 255; (angle of n with -g in degrees + 38) / 255.',
      ];
  }
}

/**
 * How a raw image becomes fractions 0..1 of the size that is cut: sentences in the order of work, exact enough to write it
 * again in another language.
 * @param resize `[height, width]`
 */
export function recipeInWords(recipe: ImageRecipe, resize: readonly [number, number]): string[] {
  const { scaling, holes, encoding, eightBit, orientation } = recipe;
  const isSurface = encoding.kind === 'normals' || encoding.kind === 'hha';
  const scaled = `Values: ${scalingInWords(scaling)}; cut off at 0 and 1.`;
  const floored = 'Then v = floor(v * 255) / 255.';
  const onColour = 'Colour pictures have no encoding: each channel is scaled by itself, all with one range.';
  return [
    orientationInWords[orientation],
    `${readingInWords} ${holesInWords[holes]}`,
    scaled,
    ...(isSurface ? encodingInWords(encoding) : []),
    ...(eightBit ? [floored] : []),
    resizeInWords(recipe, resize),
    ...(isSurface ? [] : encodingInWords(encoding)),
    ...(encoding.kind === 'replicate' ? [] : [onColour]),
  ];
}
