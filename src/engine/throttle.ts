/**
 * Passes a progress on, but not more often than every so many milliseconds, and the last one always. While the total is
 * still unknown (0), no report is the last.
 */
export function atMostEvery(
  milliseconds: number,
  report: (done: number, total: number) => void,
): (done: number, total: number) => void {
  let last = -Infinity;
  return (done, total) => {
    const isLast = total > 0 && done >= total;
    if (!isLast && performance.now() - last < milliseconds) return;
    last = performance.now();
    report(done, total);
  };
}
