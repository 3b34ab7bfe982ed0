import type { Args, CommandName, EngineEvent, Result } from '../../shared/protocol';

/** The engine as the page sees it: commands with one answer each, and a stream of events. */
export interface Engine {
  /** @throws StudioError when the engine refuses or has died */
  call<C extends CommandName>(command: C, args: Args<C>): Promise<Result<C>>;
  /** @returns a function that ends the subscription */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}
