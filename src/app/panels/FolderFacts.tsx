import type { FolderChange, FolderSummary } from '../../shared/images';
import { visibleText } from '../../shared/visibleText';
import { Button } from '../components/Button';
import { Disclosure } from '../components/Disclosure';
import { LongList } from '../components/LongList';
import { Message } from '../components/Message';
import { changeWords, measuredWords } from '../state/folderWords';
import { shownName } from '../state/shownName';
import { count, plural } from '../state/units';
import { useActions, useStudioApi } from '../state/useStudio';
import { datasetHeading } from './DatasetRow';
import { InputView } from './InputView';

interface Props {
  readonly folder: FolderSummary;
  readonly locked: boolean;
}

/** What was found in a folder: figures, what to know before a run, and everything in it on demand. */
export function FolderFacts({ folder, locked }: Props) {
  const { classes, skippedCount } = folder;
  const sample = measuredWords(folder);
  return (
    <div className="mt-1.5 space-y-2">
      <p className="text-xs text-ink-2">
        <span className="font-semibold text-ink">{plural(folder.usable, 'image')}</span> · {figures(folder)}
        {folder.inPairs !== null && ` · ${count(folder.inPairs)} of them in pairs`}
        {sample !== null && <span className="text-ink-3"> · {sample}</span>}
        <span className="block truncate text-ink-3" title={visibleText(folder.name)}>
          {shownName(folder.name)}
        </span>
      </p>
      {folder.change !== null && <ChangeLines change={folder.change} rowsKey={folder.fingerprint} />}
      {folder.looksLike !== null && <DatasetOffer folder={folder} title={folder.looksLike} locked={locked} />}
      {folder.warnings.map((warning) => (
        <Message key={warning} level="warning">
          {visibleText(warning)}
        </Message>
      ))}
      {folder.remarks.map((remark) => (
        <p key={remark} className="text-xs text-ink-2">
          {visibleText(remark)}
        </p>
      ))}
      <div>
        <Disclosure summary="What the network sees">
          <InputView folder={folder} locked={locked} />
        </Disclosure>
        {classes !== null && (
          <Disclosure summary={`${classesInWords(folder, classes.length)}, for measuring only`}>
            <LongList
              label="Classes and their images"
              count={classes.length}
              rowsKey={folder.fingerprint}
              load={(from, howMany) => Promise.resolve(classes.slice(from, from + howMany))}
            >
              {(entry) => (
                <span className="flex justify-between gap-3 pr-2">
                  <span className="truncate" title={visibleText(entry.name)}>
                    {shownName(entry.name)}
                  </span>
                  <span>{count(entry.count)}</span>
                </span>
              )}
            </LongList>
          </Disclosure>
        )}
        {skippedCount > 0 && (
          <Disclosure summary={`${plural(skippedCount, 'file')} skipped`}>
            <SkippedFiles folder={folder} />
          </Disclosure>
        )}
      </div>
    </div>
  );
}

/** A whole dataset lies in the place of a single role: leads to the place where it fills all of them. */
function DatasetOffer({ folder, title, locked }: Props & { readonly title: string }) {
  const { findDatasetIn } = useActions();
  const open = async (): Promise<void> => {
    document.getElementById(datasetHeading)?.focus();
    await findDatasetIn(folder.role);
  };
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-2">
      This looks like {title}.
      <Button size="small" disabled={locked} onClick={() => void open()}>
        Open it as a dataset
      </Button>
    </p>
  );
}

/** How many classes there are, and what gave them. */
const classesInWords = ({ labelsFrom }: FolderSummary, classes: number): string =>
  labelsFrom === null
    ? plural(classes, 'class folder')
    : `${plural(classes, 'class', 'classes')}, from ${shownName(labelsFrom)}`;

/** Size, bits and kind of the images. */
function figures({ sizes, bitDepths, channels }: FolderSummary): string {
  const [first] = sizes;
  const rest = sizes.length > 1 ? ` and ${plural(sizes.length - 1, 'other size')}` : '';
  const size = first === undefined ? '' : `${String(first.width)} × ${String(first.height)}${rest}`;
  const grey = channels.every((each) => each <= 2);
  const kind = grey ? 'grey' : channels.every((each) => each > 2) ? 'colour' : 'mixed';
  return [size, `${bitDepths.join('/')}-bit`, kind].filter(Boolean).join(' · ');
}

/** All files that cannot be used, each with its reason. */
function SkippedFiles({ folder }: { folder: FolderSummary }) {
  const { engine } = useStudioApi();
  const { role, skipped } = folder; // the first of them came with the summary
  return (
    <LongList
      label="Skipped files"
      count={folder.skippedCount}
      rowsKey={`${role} ${folder.fingerprint} ${String(folder.skippedCount)}`}
      load={(from, howMany) =>
        from + howMany <= skipped.length
          ? Promise.resolve(skipped.slice(from, from + howMany))
          : engine.call('images/skipped', { role, from, count: howMany })
      }
      file={{
        fileName: `skipped-${role}.csv`,
        columns: ['file', 'reason'],
        cells: ({ path, reason }) => [path, reason],
      }}
    >
      {({ path, reason }) => (
        <>
          <span className="font-mono break-all">{shownName(path)}</span>: {visibleText(reason)}
        </>
      )}
    </LongList>
  );
}

const changes = [
  ['changed', 'changed'],
  ['added', 'new'],
  ['removed', 'gone'],
] as const;

/** What became of the folder since it was last open. */
function ChangeLines({ change, rowsKey }: { change: FolderChange; rowsKey: string }) {
  const rows = changes.flatMap(([key, word]) => change[key].map((path) => ({ word, path })));
  return (
    <Message level="info">
      <p>{changeWords(change)}</p>
      <Disclosure summary="Which files">
        <LongList
          label="Files that changed"
          count={rows.length}
          rowsKey={rowsKey}
          load={(from, howMany) => Promise.resolve(rows.slice(from, from + howMany))}
          file={{ fileName: 'changed-files.csv', columns: ['change', 'file'], cells: ({ word, path }) => [word, path] }}
        >
          {({ word, path }) => (
            <>
              {word} <span className="font-mono break-all">{shownName(path)}</span>
            </>
          )}
        </LongList>
      </Disclosure>
    </Message>
  );
}
