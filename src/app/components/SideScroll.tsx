import { useEffect, useRef, useState, type ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly children: ReactNode;
}

/** A wide figure that scrolls inside its card; while more lies to the right, the edge fades and words say so. */
export function SideScroll({ label, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [more, setMore] = useState(false);
  const measure = (): void => {
    const element = box.current;
    if (element !== null) setMore(element.scrollLeft + element.clientWidth < element.scrollWidth - 4);
  };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => {
      observer.disconnect();
    };
  }, []);
  return (
    <div className="relative">
      <div
        ref={box}
        className="relative max-h-[28rem] overflow-auto"
        tabIndex={0}
        role="group"
        aria-label={label}
        onScroll={measure}
      >
        {children}
      </div>
      {more && (
        <>
          <div
            aria-hidden
            className="pointer-events-none absolute inset-y-0 right-0 w-10 bg-linear-to-r from-transparent to-surface"
          />
          <p className="mt-1 text-right text-xs text-ink-2">Scroll sideways for more →</p>
        </>
      )}
    </div>
  );
}
