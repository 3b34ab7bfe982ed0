import type { DatasetQuestion, DatasetSummary } from '../../shared/datasets';
import type { ImageRole } from '../../shared/images';
import type { Intrinsics } from '../../shared/recipe';

/** A dropped tree, before anything is known of it. */
export interface DatasetTree {
  /** Name of the dropped folder. */
  readonly name: string;
  /** Relative paths of all files, those that systems leave behind left out. */
  readonly paths: readonly string[];
  /** Text of a small file. @throws StudioError when it cannot be read */
  readonly readText: (path: string) => Promise<string>;
}

/** What the project knows that helps to answer questions. */
export interface DatasetHints {
  /** Class names of the source model, where it states them. */
  readonly modelClasses: readonly string[] | null;
}

/** What was answered so far, by the key of the question. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/** An image with its class, for measuring. */
export interface LabelledImage {
  readonly path: string;
  readonly label: string;
}

/** Two images of one scene; one side is null where a picture has no partner. */
export interface PairedImages {
  /** Names the pair; no two have the same. */
  readonly key: string;
  readonly rgb: string | null;
  readonly target: string | null;
}

/** What the importer knows of the images of a role as a whole. */
export interface RoleDescription {
  /** What they are called, instead of the folder that they lie in. */
  readonly name: string;
  /** Their camera, where all have the same. */
  readonly intrinsics?: Intrinsics | undefined;
}

/** What a dataset gives with certain answers: everything that is shown and opened derives from it. */
export interface DatasetContent {
  /** What was found, a sentence each. */
  readonly facts: readonly string[];
  /** Figures of the cameras, a sentence each. */
  readonly cameras?: readonly string[];
  /** Roles that it names better than their folders do. */
  readonly roles?: Readonly<Partial<Record<ImageRole, RoleDescription>>>;
  /** What is left out and why, a sentence each. */
  readonly warnings: readonly string[];
  readonly questions: readonly DatasetQuestion[];
  /** Labelled target images; empty where the dataset gives pairs only. */
  readonly target: readonly LabelledImage[];
  /** Labelled images to measure on instead of the target images. */
  readonly test: readonly LabelledImage[];
  readonly pairs: readonly PairedImages[];
}

/** A tree that was recognised. */
export interface Dataset {
  readonly kind: DatasetSummary['kind'];
  /** `SUN RGB-D`. */
  readonly title: string;
  readonly name: string;
  /** @param answers questions that are missing in it are answered as proposed */
  readonly contentOf: (answers: Answers) => DatasetContent;
}

/** One known layout. */
export interface DatasetImporter {
  /** Its name and how it is laid out, as a part of a sentence. */
  readonly layout: string;
  /**
   * Decides by paths whether the tree is of this layout, and only then reads small text files.
   * @returns null where it is not
   */
  readonly recognise: (tree: DatasetTree, hints: DatasetHints) => Promise<Dataset | null>;
}

/** The answer to a question: what was chosen, or else what is proposed. */
export const answerTo = (answers: Answers, key: string, proposed: readonly string[]): readonly string[] =>
  answers.get(key) ?? proposed;

const namesShown = 3;

/** The first few of some names, and how many more there are: `a, b, c and 12 more`. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(', ');
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}

/** `1 image`, `2 images`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
