import { useEffect, useState } from 'react';
import { Button } from './Button';
import { Message } from './Message';

/** Keeps a file that is dropped beside the rows from replacing the page, and says where to drop it. */
export function DropGuard({ hint }: { hint: string }) {
  const [missed, setMissed] = useState(false);
  useEffect(() => {
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const onDragOver = (event: DragEvent): void => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent): void => {
      setMissed(carriesFiles(event) && !event.defaultPrevented); // a row that took the drop has prevented it
      if (carriesFiles(event)) event.preventDefault();
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
  return (
    <div aria-live="polite" className="fixed inset-x-4 bottom-4 z-30 mx-auto max-w-md">
      {missed && (
        <Message level="warning">
          <p>{hint}</p>
          <Button
            size="small"
            tone="quiet"
            onClick={() => {
              setMissed(false);
            }}
          >
            Dismiss
          </Button>
        </Message>
      )}
    </div>
  );
}
