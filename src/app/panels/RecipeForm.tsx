import type { Failure } from '../../shared/failure';
import type { FolderSummary } from '../../shared/images';
import type { ImageRecipe, Scaling } from '../../shared/recipe';
import { NumberField, SelectField } from '../components/Fields';
import { useActions } from '../state/useStudio';

interface Props {
  readonly folder: FolderSummary;
  readonly locked: boolean;
}

const scalings: readonly { value: Scaling['kind']; label: string }[] = [
  { value: 'full', label: 'full range of the bits' },
  { value: 'minMax', label: 'smallest to largest reading of each image' },
  { value: 'percentile', label: 'percentiles of each image' },
  { value: 'clip', label: 'fixed range' },
  { value: 'sunRgbd', label: 'SUN RGB-D (unrotate, 0 to 8 000 mm)' },
];

function scalingOf(kind: Scaling['kind'], folder: FolderSummary): Scaling {
  if (kind === 'percentile' || kind === 'log') return { kind, low: 1, high: 99 };
  if (kind === 'clip' || kind === 'disparity') return { kind, low: folder.valueRange[0], high: folder.valueRange[1] };
  return { kind };
}

/** The recipe of a folder as a form. */
export function RecipeForm({ folder, locked }: Props) {
  const { setRecipe } = useActions();
  const { recipe } = folder;
  const change = (changes: Partial<ImageRecipe>): void => {
    void setRecipe(folder.role, { ...recipe, ...changes });
  };
  return (
    <div className="grid grid-cols-2 gap-2">
      <SelectField
        className="col-span-2"
        label="Scaling"
        value={recipe.scaling.kind}
        options={scalings}
        disabled={locked}
        onChange={(value) => {
          const chosen = scalings.find((option) => option.value === value);
          if (chosen !== undefined) change({ scaling: scalingOf(chosen.value, folder) });
        }}
      />
      <Bounds
        scaling={recipe.scaling}
        locked={locked}
        onChange={(scaling) => {
          change({ scaling });
        }}
      />
      <SelectField
        className="col-span-2"
        label="Holes (pixels without a reading)"
        value={recipe.holes}
        options={[
          { value: 'keep', label: 'keep as 0' },
          { value: 'nearest', label: 'fill with the nearest reading' },
        ]}
        disabled={locked}
        onChange={(value) => {
          change({ holes: value === 'nearest' ? 'nearest' : 'keep' });
        }}
      />
      <label className="col-span-2 flex items-center gap-2 text-xs text-ink-2">
        <input
          type="checkbox"
          checked={recipe.eightBit}
          disabled={locked}
          onChange={(event) => {
            change({ eightBit: event.target.checked });
          }}
        />
        Round to 8 bits after scaling, as SOCKET’s released code does
      </label>
    </div>
  );
}

interface BoundsProps {
  readonly scaling: Scaling;
  readonly locked: boolean;
  readonly onChange: (scaling: Scaling) => void;
}

/** Both ends of the readings that are kept, where the scaling has ends. */
function Bounds({ scaling, locked, onChange }: BoundsProps) {
  if (scaling.kind !== 'percentile' && scaling.kind !== 'clip') return null;
  const commit = (side: 'low' | 'high') => (text: string) => {
    const changed = { ...scaling, [side]: text.trim() === '' ? Number.NaN : Number(text) };
    const failure = refuseBounds(changed, text);
    if (failure === null) onChange(changed);
    return failure;
  };
  const common = { unit: scaling.kind === 'percentile' ? '%' : 'raw', disabled: locked };
  return (
    <>
      <NumberField label="From" value={String(scaling.low)} onCommit={commit('low')} {...common} />
      <NumberField label="To" value={String(scaling.high)} onCommit={commit('high')} {...common} />
    </>
  );
}

/** Why these ends cannot be used, or null. `text` is what was typed. */
function refuseBounds({ kind, low, high }: Extract<Scaling, { low: number }>, text: string): Failure | null {
  const isPercentile = kind === 'percentile';
  const inRange = Number.isFinite(low) && Number.isFinite(high) && (!isPercentile || (low >= 0 && high <= 100));
  if (inRange && low < high) return null;
  const remedy = `Give a number${isPercentile ? ' from 0 to 100' : ''}, "From" smaller than "To".`;
  return { code: 'bad-setting', message: `"${text}" cannot be an end of the readings.`, remedy };
}
