import type { ImageRole } from '../../shared/images';
import { presets } from '../../shared/settings';
import { usesPairs } from '../state/slots';
import { useStudio } from '../state/useStudio';
import { DatasetRow } from './DatasetRow';
import { FolderRow } from './FolderRow';
import { PairDetails } from './PairDetails';
import { StageHeading } from './StageHeading';
import { StorageLine } from './StorageLine';

/** Stage 2: what to adapt to, what to pair, and what to measure with. */
export function ImagesPanel() {
  const needsPairs = useStudio((state) => usesPairs(presets[state.preset], state.settings));
  return (
    <section className="min-w-0">
      <StageHeading id="stage-images" number={2}>
        Images
      </StageHeading>
      <div className="grid grid-cols-1 items-start gap-2.5 sm:grid-cols-2">
        <div className="sm:col-span-2">
          <DatasetRow />
        </div>
        <FolderPair roles={['target', 'test']} needsPairs={needsPairs} />
        <FolderPair roles={['pairsRgb', 'pairsTarget']} needsPairs={needsPairs} />
        <div className="sm:col-span-2">
          <PairDetails />
        </div>
        <div className="sm:col-span-2">
          <StorageLine />
        </div>
      </div>
    </section>
  );
}

/** Two folders side by side; below each other while details of one are open, which then have the whole width. */
function FolderPair({ roles, needsPairs }: { roles: readonly ImageRole[]; needsPairs: boolean }) {
  return (
    <div className="grid grid-cols-1 items-start gap-2.5 sm:col-span-2 sm:grid-cols-2 sm:has-[details[open]]:grid-cols-1">
      {roles.map((role) => (
        <FolderRow key={role} role={role} needsPairs={needsPairs} />
      ))}
    </div>
  );
}
