import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { StudioActions } from './actions';
import type { Studio } from './studio';
import type { StudioState } from './studioState';

export const StudioContext = createContext<Studio | null>(null);

export function useStudioApi(): Studio {
  const studio = useContext(StudioContext);
  if (studio === null) throw new Error('A component needs a StudioContext around it.');
  return studio;
}

/** A narrow piece of the state; select values, not new objects. */
export function useStudio<T>(select: (state: StudioState) => T): T {
  return useStore(useStudioApi(), select);
}

export function useActions(): StudioActions {
  return useStudioApi().actions;
}
