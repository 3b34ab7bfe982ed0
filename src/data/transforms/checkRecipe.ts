import { StudioError } from '../../shared/failure';
import type { Encoding, ImageRecipe, Scaling } from '../../shared/recipe';

const refuse = (message: string, remedy: string): StudioError =>
  new StudioError({ code: 'bad-setting', message, remedy });

function checkScaling(scaling: Scaling): void {
  switch (scaling.kind) {
    case 'full':
    case 'minMax':
    case 'sunRgbd':
      return;
    case 'percentile':
    case 'log': {
      const { low, high } = scaling;
      if (low >= 0 && high <= 100 && low < high) return;
      throw refuse(
        `Values cannot be scaled from ${String(low)} to ${String(high)} percent.`,
        'Give two numbers from 0 to 100, the smaller one first.',
      );
    }
    case 'clip':
    case 'disparity': {
      const { low, high } = scaling;
      const isDisparity = scaling.kind === 'disparity';
      if (Number.isFinite(low) && Number.isFinite(high) && low < high && (!isDisparity || low > 0)) return;
      throw refuse(
        `Values cannot be scaled from ${String(low)} to ${String(high)}.`,
        `Give two numbers${isDisparity ? ' above 0' : ''}, the smaller one first.`,
      );
    }
  }
}

function checkEncoding(encoding: Encoding): void {
  if (encoding.kind !== 'normals' && encoding.kind !== 'hha') return;
  const { intrinsics } = encoding;
  if (intrinsics) {
    const { fx, fy, cx, cy } = intrinsics;
    if (!(fx > 0 && fy > 0) || ![fx, fy, cx, cy].every(Number.isFinite)) {
      throw refuse(
        `No camera has fx ${String(fx)}, fy ${String(fy)}, cx ${String(cx)} and cy ${String(cy)}.`,
        'Give focal lengths above 0 and a principal point, in pixels of the stored image.',
      );
    }
  }
  if (encoding.kind === 'normals') return;
  const { metresPerUnit } = encoding;
  if (metresPerUnit > 0 && Number.isFinite(metresPerUnit)) return;
  throw refuse(
    `A unit of the file cannot be ${String(metresPerUnit)} metres.`,
    'Give a number above 0: 0.001 for millimetres, 1 for metres.',
  );
}

/**
 * Checks the numbers of a recipe that a person may have typed.
 * @throws StudioError `bad-setting`, naming the numbers
 */
export function checkRecipe({ scaling, encoding }: ImageRecipe): void {
  checkScaling(scaling);
  checkEncoding(encoding);
}
