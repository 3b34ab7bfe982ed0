/** How partners are found. */
export type PairRule =
  | { readonly kind: 'stem' } // the same path below the folder, the ending left aside
  | { readonly kind: 'index' } // the first with the first, in natural order of the paths
  /** Regular expressions over the path below the folder; the groups, joined, are the name that partners share. */
  | { readonly kind: 'pattern'; readonly rgb: string; readonly target: string }
  | { readonly kind: 'dataset' }; // as the importer of a known dataset says

export interface PairSummary {
  readonly rule: PairRule;
  readonly matched: number;
  readonly unmatchedRgbCount: number;
  readonly unmatchedTargetCount: number;
  /** The first of them; all by `pairs/unmatched`. */
  readonly unmatchedRgb: readonly string[];
  readonly unmatchedTarget: readonly string[];
  /** Names that stand for several files of one folder, so that no partner can be named. */
  readonly ambiguousCount: number;
  readonly ambiguous: readonly string[];
  readonly examples: readonly { readonly rgb: string; readonly target: string }[];
}

/** Whether two pictures that were paired show the same scene, from a sample of the pairs. */
export interface PairCheck {
  readonly sampled: number;
  /** Mean correlation of edge strength between partners, -1..1. */
  readonly correlation: number;
  /** The same between pictures that are no partners: what chance gives. */
  readonly shuffled: number;
  /** `same`: most pairs hold one picture on both sides, so that their agreement tells nothing. */
  readonly verdict: 'aligned' | 'unclear' | 'unpaired' | 'same';
  /** Pairs of the sample whose pictures have another shape (width to height). */
  readonly differentShapes: number;
  /** Pictures of the sample that stand in several pairs with the same pixels. */
  readonly duplicates: readonly { readonly paths: readonly string[] }[];
  /** The least alike pairs of the sample, worst first. */
  readonly worst: readonly {
    readonly index: number;
    readonly rgb: string;
    readonly target: string;
    readonly correlation: number;
  }[];
}
