import { Component, type ReactNode } from 'react';
import type { Failure } from '../../shared/failure';
import { toFailure } from '../../shared/failure';
import { Button } from './Button';
import { FailureNotice } from './FailureNotice';

interface Props {
  readonly name: string;
  readonly children: ReactNode;
}

/** Keeps a fault of one panel inside that panel. A class, because React has no other way to catch it. */
export class PanelBoundary extends Component<Props, { failure: Failure | null }> {
  override state: { failure: Failure | null } = { failure: null };

  static getDerivedStateFromError(error: unknown): { failure: Failure } {
    return { failure: toFailure(error) };
  }

  override render(): ReactNode {
    if (this.state.failure === null) return this.props.children;
    return (
      <div className="space-y-2 rounded-lg border border-line bg-surface p-4">
        <p className="font-medium">The panel “{this.props.name}” stopped working. A run is not affected.</p>
        <FailureNotice failure={this.state.failure} />
        <Button
          onClick={() => {
            this.setState({ failure: null });
          }}
        >
          Reload panel
        </Button>
      </div>
    );
  }
}
