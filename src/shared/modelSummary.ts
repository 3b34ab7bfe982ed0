type Triple = readonly [number, number, number];

/** What a person decides about the pixels of a model: a usual way, what the file states, a guess, or own numbers. */
export type PreprocessingChoice =
  | 'imagenet'
  | 'minus1to1'
  | '0to1'
  | '0to255'
  | 'file'
  | 'guess'
  /** Of pixels in 0 to 1, a channel each. */
  | { readonly mean: Triple; readonly std: Triple };

export interface PreprocessingSummary {
  readonly preset: 'imagenet' | 'minus1to1' | '0to1' | '0to255' | 'own';
  readonly mean: Triple;
  readonly std: Triple;
  /** Who decided. */
  readonly origin: 'file' | 'guess' | 'person' | 'default';
  /** Score of every candidate (lower fits better), best first; empty before the guess. */
  readonly scores: readonly { readonly preset: string; readonly score: number }[];
}

export interface ModelSummary {
  readonly modelId: number;
  readonly name: string;
  readonly format: string;
  /** `[height, width, channels]` */
  readonly inputShape: readonly [number, number, number];
  /** Whether the file leaves height and width open, so that they can be chosen. */
  readonly openSides: boolean;
  readonly classCount: number;
  readonly classes: readonly string[];
  readonly classesFrom: 'file' | 'folders' | 'numbers';
  readonly parameterCount: number;
  readonly layers: readonly {
    readonly name: string;
    readonly op: string;
    readonly outputShape: readonly number[];
    readonly parameters: number;
  }[];
  readonly batchNormLayers: readonly { readonly name: string; readonly channels: number; readonly spatial: boolean }[];
  readonly features: string;
  readonly featureCount: number;
  readonly classifier: string;
  readonly bottleneck: readonly string[];
  readonly preprocessing: PreprocessingSummary;
  readonly notes: readonly string[];
  readonly sizeBytes: number;
  readonly fingerprint: string;
}
