/**
 * Runs `work` on every item, at most `limit` at a time, and keeps their order. The first failure ends it: no further
 * item is started, and the failure is thrown.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  results.length = items.length;
  const remaining = items.entries();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of remaining) {
      try {
        results[index] = await work(item, index);
      } catch (thrown) {
        hasFailed = true;
        throw thrown;
      }
      if (hasFailed) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
