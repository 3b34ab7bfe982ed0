import type { FolderSummary } from '../../shared/images';
import type { Encoding, Intrinsics } from '../../shared/recipe';
import { CheckField, NumberField } from '../components/Fields';
import { cameraOf, refuseCameraNumber, typedNumber } from '../state/recipeForm';

interface Props {
  readonly encoding: Encoding;
  readonly folder: FolderSummary;
  readonly locked: boolean;
  readonly onChange: (encoding: Encoding) => void;
}

const cameraLabels = [
  ['fx', 'Focal length across'],
  ['fy', 'Focal length down'],
  ['cx', 'Centre across'],
  ['cy', 'Centre down'],
] as const;

/** The camera that the geometry of an encoding needs; nothing for encodings without geometry. */
export function CameraFields({ encoding, folder, locked, onChange }: Props) {
  if (encoding.kind !== 'normals' && encoding.kind !== 'hha') return null;
  return (
    <div className="space-y-2 border-l-2 border-line pl-3">
      {encoding.kind === 'normals' && (
        <CheckField
          label="I know the camera"
          help={`Otherwise one that sees 60 degrees across is assumed.${folder.intrinsics === undefined ? '' : ' The dataset states its camera.'}`}
          checked={encoding.intrinsics !== null}
          disabled={locked}
          onChange={(known) => {
            const intrinsics = known ? cameraOf(folder) : null;
            onChange({ kind: 'normals', intrinsics });
          }}
        />
      )}
      {encoding.intrinsics !== null && (
        <CameraNumbers
          camera={encoding.intrinsics}
          locked={locked}
          onChange={(intrinsics) => {
            onChange({ ...encoding, intrinsics });
          }}
        />
      )}
      {encoding.kind === 'hha' && (
        <NumberField
          label="Metres in one raw unit"
          unit="m"
          value={String(encoding.metresPerUnit)}
          disabled={locked}
          onCommit={(text) => {
            const failure = refuseCameraNumber('metresPerUnit', text);
            if (failure === null) onChange({ ...encoding, metresPerUnit: typedNumber(text) });
            return failure;
          }}
        />
      )}
    </div>
  );
}

interface NumbersProps {
  readonly camera: Intrinsics;
  readonly locked: boolean;
  readonly onChange: (camera: Intrinsics) => void;
}

function CameraNumbers({ camera, locked, onChange }: NumbersProps) {
  return (
    <>
      <div className="grid grid-cols-2 gap-2">
        {cameraLabels.map(([key, label]) => (
          <NumberField
            key={key}
            label={`${label} (${key})`}
            unit="px"
            value={String(camera[key])}
            disabled={locked}
            onCommit={(text) => {
              const failure = refuseCameraNumber(key, text);
              if (failure === null) onChange({ ...camera, [key]: typedNumber(text) });
              return failure;
            }}
          />
        ))}
      </div>
      <p className="text-xs text-ink-3">
        In pixels of the images as they are stored, from a calibration of the camera.
      </p>
    </>
  );
}
