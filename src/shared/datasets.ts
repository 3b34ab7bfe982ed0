/** A decision that a dataset leaves to the person. */
export interface DatasetQuestion {
  readonly key: string;
  /** `Which camera's depth images are the target?` */
  readonly label: string;
  readonly help: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** Several may be chosen (task classes) or exactly one. */
  readonly multiple: boolean;
  readonly chosen: readonly string[];
}

/** A dropped tree that was recognised, and what would be opened of it. */
export interface DatasetSummary {
  readonly kind: 'sunRgbd' | 'rgbNir' | 'pairedFolders' | 'socketLists';
  /** `SUN RGB-D`. */
  readonly title: string;
  /** Name of the dropped folder. */
  readonly name: string;
  /** What was found, a sentence each. */
  readonly facts: readonly string[];
  /** Figures of the cameras, a sentence each, for those who look them up. */
  readonly cameras: readonly string[];
  /** What will be left out and why, a sentence each. */
  readonly warnings: readonly string[];
  readonly questions: readonly DatasetQuestion[];
  /** Images that each role would get with the answers as they are. */
  readonly target: number;
  readonly test: number;
  readonly pairs: number;
  readonly classes: readonly { readonly name: string; readonly count: number }[];
}
