import { DropRow } from '../components/DropRow';
import { FailureNotice } from '../components/FailureNotice';
import { isActive } from '../state/run';
import { useActions, useStudio } from '../state/useStudio';
import { DatasetReview } from './DatasetReview';
import { ReadingLine } from './ReadingLine';
import { ReconnectLine } from './ReconnectLine';

/** Id of the heading of the place of datasets: where the focus goes that is led there. */
export const datasetHeading = 'whole-dataset';

const text = { label: 'Whole dataset', filesLabel: 'Dataset as files or zip', accept: '.zip' };

/** Where a whole dataset is dropped that fills several rows at once; what was found is looked over before it is imported. */
export function DatasetRow() {
  const dataset = useStudio((state) => state.dataset);
  const imported = useStudio((state) => state.imported);
  const reading = useStudio((state) => state.reading.dataset);
  const failure = useStudio((state) => state.failures.dataset);
  const locked = useStudio((state) => isActive(state.run));
  const { findDataset, dismissFailure } = useActions();
  const disabled = locked || reading !== undefined;
  return (
    <DropRow
      text={text}
      disabled={disabled}
      empty={dataset === null}
      replaces={dataset !== null}
      onFiles={(read) => void findDataset(read)}
    >
      <h3 id={datasetHeading} tabIndex={-1} className="text-sm font-semibold outline-none">
        Whole dataset
      </h3>
      {dataset === null ? (
        <>
          <p className="mt-1 text-xs text-ink-2">
            Drop the top folder of SUN RGB-D, RGB-NIR, NYU, DIML or of *_list.txt files: it fills the rows below.
          </p>
          {imported !== null && <p className="mt-1 text-xs font-medium text-ink">{imported.words}</p>}
          <ReconnectLine place="dataset" disabled={disabled} />
        </>
      ) : (
        <DatasetReview dataset={dataset} disabled={disabled} />
      )}
      {reading !== undefined && <ReadingLine what="the dataset" reading={reading} />}
      {failure !== undefined && (
        <div className="mt-2">
          <FailureNotice
            failure={failure}
            onDismiss={() => {
              dismissFailure('dataset');
            }}
          />
        </div>
      )}
    </DropRow>
  );
}
