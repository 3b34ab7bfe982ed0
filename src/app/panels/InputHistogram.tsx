import type { ImagePreview } from '../../shared/images';
import type { Scaling } from '../../shared/recipe';
import { ClipHandles } from '../charts/ClipHandles';
import { Histogram } from '../charts/Histogram';
import type { Axis } from '../state/clipRange';
import { isPerImage, scalingBetween } from '../state/recipeForm';
import { percent } from '../state/units';
import { Facts } from './Facts';

interface Props {
  readonly preview: ImagePreview;
  /** Smallest and largest reading of the folder. */
  readonly valueRange: readonly [number, number];
  /** `mm`; empty where it is not known. */
  readonly unit: string;
  readonly scaling: Scaling;
  readonly locked: boolean;
  readonly onTry: (scaling: Scaling) => void;
  readonly onSet: (scaling: Scaling) => void;
  readonly onCancel: () => void;
}

/** Floats have more bits. */
const mostBitsOfIntegers = 16;

/** As far as the readings of the folder go, because a fixed range counts for all of them. */
function axisOf({ histogramRange, bitDepth }: ImagePreview, valueRange: readonly [number, number]): Axis {
  const from = Math.min(histogramRange[0], valueRange[0]);
  const to = Math.max(histogramRange[1], valueRange[1]);
  const whole = bitDepth <= mostBitsOfIntegers && Number.isInteger(from) && Number.isInteger(to);
  return { from, to, whole };
}

/** What moving a handle does to the scaling, before it is done. */
function handleWords(scaling: Scaling): string {
  const ends = 'The handles are the readings that become black and white.';
  if (scaling.kind === 'clip' || scaling.kind === 'disparity') return ends;
  if (scaling.kind === 'sunRgbd')
    return 'SUN RGB-D is read in millimetres, always from 0 to 8 000: its ends do not move.';
  const from = isPerImage(scaling) ? `${ends} Every image has its own; these are this one’s.` : ends;
  return `${from} Moving one makes them the same for all images: the scaling becomes “fixed range”.`;
}

/** The readings of an image, both ends of what the recipe keeps of them, and what it loses. */
export function InputHistogram({ preview, valueRange, unit, scaling, locked, onTry, onSet, onCancel }: Props) {
  const axis = axisOf(preview, valueRange);
  const { scaledRange } = preview;
  // While a hand moves an end the answer lags behind; the scaling itself is where the hand is.
  const ends =
    scaledRange === null
      ? null
      : scaling.kind === 'clip'
        ? ([scaling.low, scaling.high] as const)
        : scaling.kind === 'disparity'
          ? ([scaling.high, scaling.low] as const)
          : scaledRange;
  return (
    <div className="space-y-2">
      <Histogram
        counts={preview.histogram}
        range={preview.histogramRange}
        axis={axis}
        unit={unit}
        label="Raw readings of this image"
      >
        {ends !== null && (
          <ClipHandles
            axis={axis}
            ends={ends}
            unit={unit}
            disabled={locked || scaling.kind === 'sunRgbd'}
            onTry={(moved) => {
              onTry(scalingBetween(scaling, moved));
            }}
            onSet={(moved) => {
              onSet(scalingBetween(scaling, moved));
            }}
            onCancel={onCancel}
          />
        )}
      </Histogram>
      {ends !== null && <p className="text-xs text-ink-3">{handleWords(scaling)}</p>}
      <Facts
        facts={[
          ...(preview.channels < 3 ? ([['Holes', percent(preview.holes)]] as const) : []),
          ['Saturated', percent(preview.saturated)],
          ...(ends === null
            ? []
            : ([
                ['Cut off at the low end', percent(preview.clippedLow)],
                ['Cut off at the high end', percent(preview.clippedHigh)],
              ] as const)),
        ]}
      />
    </div>
  );
}
