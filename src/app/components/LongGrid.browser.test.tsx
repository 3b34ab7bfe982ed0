import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LongGrid } from './LongGrid';
import { LongList } from './LongList';

/** The few rules of the page's style sheet that a scrolling list stands on. */
const rules = `
  .overflow-auto { overflow: auto; max-height: 400px; }
  .relative { position: relative; } .absolute { position: absolute; top: 0; left: 0; }
`;
const total = 50_000;
const frame = () => act(() => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined))));

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

let host: HTMLElement;
let root: ReturnType<typeof createRoot>;

beforeEach(() => {
  host = document.createElement('div');
  host.style.width = '800px';
  const style = document.createElement('style');
  style.textContent = rules;
  document.body.append(host, style);
  root = createRoot(host);
});

afterEach(async () => {
  await act(() => {
    root.unmount();
    return Promise.resolve();
  });
  document.body.replaceChildren();
});

/** A table that answers in the next task, and counts what is on its way. */
function countedTable() {
  const seen = { asked: 0, waiting: 0, mostWaiting: 0 };
  const load = async (from: number, count: number) => {
    seen.asked += count;
    seen.waiting += 1;
    seen.mostWaiting = Math.max(seen.mostWaiting, seen.waiting);
    await new Promise((resolve) => setTimeout(resolve));
    seen.waiting -= 1;
    return Array.from({ length: count }, (_, at) => `tile ${String(from + at)}`);
  };
  return { seen, load };
}

describe('a grid of 50,000 tiles', () => {
  async function show(onChoose: (index: number) => void = () => undefined) {
    const table = countedTable();
    await act(async () => {
      root.render(
        <LongGrid
          label="Tiles"
          count={total}
          tilesKey="a"
          load={table.load}
          captionHeight={30}
          choice={{ chosen: 0, onChoose, nameOf: (tile, index) => tile ?? `waiting for ${String(index)}` }}
        >
          {(tile) => <span>{tile}</span>}
        </LongGrid>,
      );
      await Promise.resolve();
    });
    const scroller = host.querySelector<HTMLElement>('[role=listbox]')!;
    const tiles = () => [...host.querySelectorAll<HTMLElement>('[role=option]')];
    const settled = async () => {
      for (let frames = 0; frames < 30 && tiles().some((tile) => tile.textContent === ''); frames += 1) await frame();
    };
    await settled();
    return { ...table, scroller, tiles, settled };
  }

  it('draws what is in view, asks for little, and arrives at the last tile', async () => {
    const { seen, scroller, tiles, settled } = await show();
    let most = 0;
    const end = scroller.scrollHeight;
    for (let place = 1; place <= 25; place += 1) {
      scroller.scrollTop = (end * place) / 25;
      await frame();
      most = Math.max(most, tiles().length);
    }
    await settled();
    expect(tiles().at(-1)?.textContent).toBe(`tile ${String(total - 1)}`);
    expect(tiles().at(-1)?.getAttribute('aria-posinset')).toBe(String(total));
    expect(most).toBeGreaterThan(7);
    expect(most).toBeLessThan(120);
    expect(seen.mostWaiting).toBeLessThanOrEqual(2);
    expect(seen.asked).toBeLessThan(25 * 120);
  });

  it('is walked by keys, which bring the tile into view, and chosen from by Enter', async () => {
    const chosen: number[] = [];
    const { scroller, settled } = await show((index) => chosen.push(index));
    const press = async (key: string) => {
      act(() => {
        scroller.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      });
      await frame();
      await frame();
      await settled();
    };
    const active = () => document.getElementById(scroller.getAttribute('aria-activedescendant') ?? '')?.textContent;
    await press('End');
    expect(active()).toBe(`tile ${String(total - 1)}`);
    await press('ArrowUp');
    await press('Enter');
    const columns = total - 1 - chosen[0]!;
    expect(columns).toBe(7); // (800 + 10) / (100 + 10), rounded down
    await press('Home');
    await press('ArrowRight');
    expect(active()).toBe('tile 1');
    await press(' ');
    expect(chosen[1]).toBe(1);
  });
});

it('lists 50,000 rows, of which those of several lines take their room', async () => {
  const { seen, load } = countedTable();
  act(() => {
    root.render(
      <LongList label="Rows" count={total} rowsKey="a" load={load}>
        {(row, index) => <span style={{ display: 'block', height: index % 2 === 0 ? '20px' : '60px' }}>{row}</span>}
      </LongList>,
    );
  });
  const rows = () => [...host.querySelectorAll<HTMLElement>('li')];
  for (let frames = 0; frames < 30 && !rows()[3]?.textContent.startsWith('tile'); frames += 1) await frame();
  await frame();
  const [first, second, third] = rows().map((row) => row.getBoundingClientRect().top);
  expect(second! - first!).toBeCloseTo(20, 0);
  expect(third! - second!).toBeCloseTo(60, 0);
  const scroller = host.querySelector<HTMLElement>('[role=group]')!;
  scroller.scrollTop = scroller.scrollHeight;
  for (let frames = 0; frames < 60 && rows().at(-1)?.textContent !== `tile ${String(total - 1)}`; frames += 1) {
    scroller.scrollTop = scroller.scrollHeight;
    await frame();
  }
  expect(rows().at(-1)?.textContent).toBe(`tile ${String(total - 1)}`);
  expect(rows().length).toBeLessThan(80);
  expect(seen.asked).toBeLessThan(2000);
});
