import { Undo2 } from 'lucide-react';
import type { FolderSummary } from '../../shared/images';
import type { ImageRecipe, Scaling } from '../../shared/recipe';
import { Button } from '../components/Button';
import { CheckField, NumberField, SelectField } from '../components/Fields';
import {
  encodingWays,
  hasReadings,
  holeWays,
  refuseEnds,
  resizeWays,
  sameRecipe,
  scalingWays,
  typedNumber,
  usualEncoding,
  usualScaling,
  type Way,
} from '../state/recipeForm';
import { CameraFields } from './CameraFields';

interface Props {
  readonly folder: FolderSummary;
  /** The recipe to show; while a handle is dragged, the one that is tried. */
  readonly recipe: ImageRecipe;
  readonly locked: boolean;
  readonly onChange: (recipe: ImageRecipe) => void;
}

/** The recipe of a folder as a form: only what applies to its images. */
export function RecipeForm({ folder, recipe, locked, onChange }: Props) {
  const change = (changes: Partial<ImageRecipe>): void => {
    onChange({ ...recipe, ...changes });
  };
  return (
    <div className="grid grid-cols-1 items-start gap-x-4 gap-y-3 sm:grid-cols-2">
      <div className="space-y-2">
        <WayField
          label="Scaling"
          value={recipe.scaling.kind}
          ways={scalingWays(folder, recipe.scaling.kind)}
          locked={locked}
          onChoose={(kind) => {
            change({ scaling: usualScaling(kind, folder) });
          }}
        />
        <Ends
          scaling={recipe.scaling}
          unit={folder.unit}
          locked={locked}
          onChange={(scaling) => {
            change({ scaling });
          }}
        />
      </div>
      {hasReadings(folder) && <ReadingFields folder={folder} recipe={recipe} locked={locked} onChange={onChange} />}
      <WayField
        label="Resizing"
        value={recipe.resize}
        ways={resizeWays(folder, recipe.resize)}
        locked={locked}
        onChoose={(resize) => {
          change({ resize });
        }}
      />
      <Rest folder={folder} recipe={recipe} locked={locked} onChange={onChange} />
    </div>
  );
}

/** What only measurements of one channel have: holes, and colours that stand for their values. */
function ReadingFields({ folder, recipe, locked, onChange }: Props) {
  return (
    <>
      <WayField
        label="Holes (pixels without a reading) become"
        value={recipe.holes}
        ways={holeWays}
        locked={locked}
        onChoose={(holes) => {
          onChange({ ...recipe, holes });
        }}
      />
      <div className="space-y-2">
        <WayField
          label="The network’s colours show"
          value={recipe.encoding.kind}
          ways={encodingWays}
          locked={locked}
          onChoose={(kind) => {
            onChange({ ...recipe, encoding: usualEncoding(kind, folder) });
          }}
        />
        <CameraFields
          encoding={recipe.encoding}
          folder={folder}
          locked={locked}
          onChange={(encoding) => {
            onChange({ ...recipe, encoding });
          }}
        />
      </div>
    </>
  );
}

/** Yes and no, and the way back. */
function Rest({ folder, recipe, locked, onChange }: Props) {
  const suggested = sameRecipe(recipe, folder.suggestedRecipe);
  return (
    <div className="space-y-2 sm:col-span-2">
      {(folder.turned > 0 || recipe.orientation === 'apply') && (
        <CheckField
          label="Turn pictures as their EXIF tag asks"
          help={`${String(folder.turned)} of ${String(folder.measured)} measured images ask for it. PyTorch’s ImageFolder ignores the tag, and so do models trained with it.`}
          checked={recipe.orientation === 'apply'}
          disabled={locked}
          onChange={(apply) => {
            onChange({ ...recipe, orientation: apply ? 'apply' : 'ignore' });
          }}
        />
      )}
      <CheckField
        label="Round to 8 bits after scaling"
        help="As SOCKET’s released code does by accident; only to repeat its numbers."
        checked={recipe.eightBit}
        disabled={locked}
        onChange={(eightBit) => {
          onChange({ ...recipe, eightBit });
        }}
      />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button
          size="small"
          disabled={locked || suggested}
          onClick={() => {
            onChange(folder.suggestedRecipe);
          }}
        >
          <Undo2 aria-hidden className="size-3.5" />
          Back to the suggestion
        </Button>
        {suggested && <span className="text-xs text-ink-3">This is what the studio suggests for this folder.</span>}
      </div>
    </div>
  );
}

interface WayFieldProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly ways: readonly Way<Value>[];
  readonly locked: boolean;
  readonly onChoose: (value: Value) => void;
}

/** A select that says what its chosen way does. */
function WayField<Value extends string>({ label, value, ways, locked, onChoose }: WayFieldProps<Value>) {
  return (
    <SelectField
      label={label}
      value={value}
      options={ways}
      help={ways.find((way) => way.value === value)?.help}
      disabled={locked}
      onChange={(text) => {
        const chosen = ways.find((way) => way.value === text);
        if (chosen !== undefined) onChoose(chosen.value);
      }}
    />
  );
}

interface EndsProps {
  readonly scaling: Scaling;
  readonly unit: string | undefined;
  readonly locked: boolean;
  readonly onChange: (scaling: Scaling) => void;
}

/** Both ends of the readings that are kept, where the scaling has ends. */
function Ends({ scaling, unit = 'raw', locked, onChange }: EndsProps) {
  if (!('low' in scaling)) return null;
  const commit = (side: 'low' | 'high') => (text: string) => {
    const changed = { ...scaling, [side]: typedNumber(text) };
    const failure = refuseEnds(changed, text);
    if (failure === null) onChange(changed);
    return failure;
  };
  const percentiles = scaling.kind === 'percentile' || scaling.kind === 'log';
  const common = { unit: percentiles ? '%' : unit, disabled: locked };
  return (
    <div className="grid grid-cols-2 gap-2">
      <NumberField label="From" value={shownEnd(scaling.low)} onCommit={commit('low')} {...common} />
      <NumberField label="To" value={shownEnd(scaling.high)} onCommit={commit('high')} {...common} />
    </div>
  );
}

/** As many digits as a person set, none of what arithmetic adds to them. */
const shownEnd = (value: number): string => String(Number(value.toPrecision(7)));
