import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import { useWidth } from '../charts/useWidth';
import type { LoadRows } from '../state/pages';
import { usePages, useWanted } from '../state/usePages';
import { classes } from './classes';
import { PagesFailure } from './PagesFailure';

interface Props<Tile> {
  /** What the tiles are, for people who cannot see them. */
  readonly label: string;
  /** Tiles in all. */
  readonly count: number;
  /** Everything that the tiles depend on, as text: another key reads them anew. */
  readonly tilesKey: string;
  readonly load: LoadRows<Tile>;
  /** Height in pixels of what stands under the square picture of a tile. */
  readonly captionHeight: number;
  /** With it a tile can be chosen, by pointer and by keyboard. */
  readonly choice?: {
    readonly chosen: number;
    readonly onChoose: (index: number) => void;
    readonly nameOf: (tile: Tile | undefined, index: number) => string;
  };
  /** Draws a tile, undefined while it is on its way; file names in it must go through `shownName`. */
  readonly children: (tile: Tile | undefined, index: number) => ReactNode;
}

const pageSize = 24;
/** Pictures of 96 pixels of this many pages take 35 MB. */
const keptPages = 40;
const leastTileWidth = 100;
const gap = 10;

/** Where the tiles stand: how many in a row, how large, and which are in view. */
function useTiles(scroller: RefObject<HTMLDivElement | null>, width: number, count: number, captionHeight: number) {
  const columns = Math.max(1, Math.floor((width + gap) / (leastTileWidth + gap)));
  const tileWidth = Math.max(leastTileWidth, (width - gap * (columns - 1)) / columns);
  const rowHeight = tileWidth + captionHeight + gap;
  // eslint-disable-next-line react-hooks/incompatible-library -- the grid is drawn anew at each scroll, as it has to be
  const virtualizer = useVirtualizer({
    count: Math.ceil(count / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 2,
  });
  useLayoutEffect(() => {
    virtualizer.measure();
  }, [virtualizer, rowHeight]);
  const rows = virtualizer.getVirtualItems();
  const from = (rows[0]?.index ?? 0) * columns;
  const to = Math.min(count, ((rows.at(-1)?.index ?? -1) + 1) * columns);
  return {
    columns,
    from,
    to,
    height: virtualizer.getTotalSize(),
    /** Rows that fit into the view. */
    view: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight)),
    reveal: (index: number) => {
      virtualizer.scrollToIndex(Math.floor(index / columns));
    },
    placeOf: (index: number): CSSProperties => ({
      width: `${String(tileWidth)}px`,
      height: `${String(rowHeight - gap)}px`,
      transform: `translate(${String((index % columns) * (tileWidth + gap))}px, ${String(Math.floor(index / columns) * rowHeight)}px)`,
    }),
  };
}

/** A grid of any number of square pictures: they are read and drawn when they come into view. */
export function LongGrid<Tile>({ label, count, tilesKey, load, captionHeight, choice, children }: Props<Tile>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [box, width] = useWidth<HTMLDivElement>();
  const tiles = useTiles(scroller, width, count, captionHeight);
  const { from, to, columns } = tiles;
  const [active, setActive] = useState(choice?.chosen ?? 0);
  const pages = usePages({ load, total: count, rowsKey: tilesKey, pageSize, keep: keptPages });
  useWanted(pages, from, to);
  const id = useId();
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = keyed(event, { active, count, columns, view: tiles.view() }, choice?.onChoose);
    if (next !== null) tiles.reveal(next);
    setActive(next ?? active);
  };
  return (
    <div className="space-y-2">
      <PagesFailure pages={pages} />
      <div
        ref={scroller}
        tabIndex={0}
        role={choice === undefined ? 'list' : 'listbox'}
        aria-label={label}
        {...(choice !== undefined && {
          onKeyDown,
          'aria-activedescendant': active >= from && active < to ? tileId(id, active) : undefined,
        })}
        className="group relative max-h-[26rem] overflow-auto p-1"
      >
        <div ref={box} className="relative" style={{ height: `${String(tiles.height)}px` }}>
          {Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at).map((index) => {
            const tile = pages.at(index);
            return (
              <TileFrame
                key={index}
                count={count}
                index={index}
                style={tiles.placeOf(index)}
                choice={
                  choice && {
                    id: tileId(id, index),
                    name: choice.nameOf(tile, index),
                    isChosen: index === choice.chosen,
                    isActive: index === active,
                    onChoose: () => {
                      setActive(index);
                      choice.onChoose(index);
                    },
                  }
                }
              >
                {children(tile, index)}
              </TileFrame>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface TileProps {
  readonly count: number;
  readonly index: number;
  readonly style: CSSProperties;
  readonly choice:
    | {
        readonly id: string;
        readonly name: string;
        readonly isChosen: boolean;
        /** The keyboard is at it. */
        readonly isActive: boolean;
        readonly onChoose: () => void;
      }
    | undefined;
  readonly children: ReactNode;
}

const tileLook = 'absolute top-0 left-0 min-w-0 text-2xs text-ink-3';

function TileFrame({ count, index, style, choice, children }: TileProps) {
  const place = { 'aria-setsize': count, 'aria-posinset': index + 1, style };
  if (choice === undefined) {
    return (
      <div role="listitem" className={tileLook} {...place}>
        {children}
      </div>
    );
  }
  return (
    <div
      role="option"
      id={choice.id}
      aria-label={choice.name}
      aria-selected={choice.isChosen}
      className={classes(
        tileLook,
        'cursor-pointer rounded-sm outline-offset-1',
        choice.isChosen && 'outline-2 outline-accent',
        choice.isActive && 'group-focus-visible:outline-2 group-focus-visible:outline-[var(--focus)]',
      )}
      onClick={choice.onChoose}
      {...place}
    >
      {children}
    </div>
  );
}

const tileId = (id: string, index: number): string => `${id}-${String(index)}`;

interface Place {
  readonly active: number;
  readonly count: number;
  readonly columns: number;
  /** Rows that are in view. */
  readonly view: number;
}

/** The tile that a key leads to, or null for a key that leads nowhere; Enter and Space choose where the keyboard is. */
function keyed(event: KeyboardEvent, place: Place, choose: ((index: number) => void) | undefined): number | null {
  const chooses = event.key === 'Enter' || event.key === ' ';
  const next = movedBy(event.key, place);
  if (chooses || next !== null) event.preventDefault();
  if (chooses) choose?.(place.active);
  return next;
}

function movedBy(key: string, { active, count, columns, view }: Place): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * view,
    PageDown: columns * view,
    Home: -count,
    End: count,
  };
  const step = steps[key];
  return step === undefined ? null : Math.min(count - 1, Math.max(0, active + step));
}
