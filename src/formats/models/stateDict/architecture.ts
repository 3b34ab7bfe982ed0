import type { Question } from './choices';
import type { WeightSource } from './keys';
import type { TorchLayers } from './layers';

/** One network that fits a state dict. */
export interface Design {
  /** `ResNet-18` */
  readonly name: string;
  /** Height and width of the input where nothing else is asked for. */
  readonly side: number;
  /** What the state dict does not say. */
  readonly notes: readonly string[];
  /**
   * Adds the network's nodes and takes their weights.
   *
   * @param size `[height, width]`
   * @returns the node of the output
   */
  build(layers: TorchLayers, size: readonly [number, number]): string;
}

/** A family of networks, told from its keys and shapes. A family is one row of the table in `open.ts`. */
export interface Architecture {
  /** For messages: `a ResNet`. */
  readonly label: string;
  /** Whether a state dict looks like one of the family. That it is one, its design finds out: every key must be used. */
  matches(source: WeightSource): boolean;
  /** @throws StudioError 'bad-model' when no network of the family has these keys */
  designs(source: WeightSource): Question<Design>;
}
