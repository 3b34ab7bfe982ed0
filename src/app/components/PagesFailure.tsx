import type { Pages } from '../state/pages';
import { Button } from './Button';
import { FailureNotice } from './FailureNotice';

/** Why the rest of a long table does not come, with the way to try again; nothing while it comes. */
export function PagesFailure({ pages }: { pages: Pages<unknown> }) {
  const failure = pages.failure();
  if (failure === null) return null;
  return (
    <FailureNotice failure={failure}>
      <Button size="small" onClick={pages.retry}>
        Try again
      </Button>
    </FailureNotice>
  );
}
