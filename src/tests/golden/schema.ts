import * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from '../../method/pseudoLabels';
import type { GoldenArray, GoldenWeights } from '../goldenNetwork';

export type { GoldenArray, GoldenWeights };

/** Cases of the golden files, as far as they are checked. */
export interface ImCase {
  readonly name: string;
  readonly logits: GoldenArray;
  readonly softmax: GoldenArray;
  readonly mean_softmax: GoldenArray;
  readonly entropy_per_sample: GoldenArray;
  readonly entropy: number;
  readonly diversity: number;
  readonly im: number;
  readonly grad_entropy: GoldenArray;
  readonly grad_diversity: GoldenArray;
  readonly grad_im: GoldenArray;
}

export interface CeCase {
  readonly name: string;
  readonly logits: GoldenArray;
  readonly labels: readonly number[];
  readonly smoothing: readonly { readonly epsilon: number; readonly loss: number; readonly grad: GoldenArray }[];
}

export interface PseudoSingle {
  readonly name: string;
  readonly features: GoldenArray;
  readonly logits: GoldenArray;
  readonly first_prediction: readonly number[];
  readonly normalised_features: GoldenArray;
  readonly centroids: GoldenArray;
  readonly distances: GoldenArray;
  readonly labels: readonly number[];
  readonly n_changed: number;
  readonly cls_loss_x_cls_par: number;
  readonly cls_par: number;
}

export interface PseudoMixed {
  readonly name: string;
  readonly w: readonly number[];
  readonly z: GoldenArray;
  readonly features: readonly GoldenArray[];
  readonly logits: readonly GoldenArray[];
  readonly centroids_per_source: readonly GoldenArray[];
  readonly mixed_centroids: GoldenArray;
  readonly mixed_features: GoldenArray;
  readonly labels: readonly number[];
  readonly cls_loss_x_cls_par: number;
  readonly cls_par: number;
}

export interface PseudoShot {
  readonly name: string;
  readonly case: string;
  readonly distance: 'cosine' | 'euclidean';
  readonly threshold: number;
  readonly rounds: readonly { readonly centroids_kept: GoldenArray; readonly n_kept: number }[];
  readonly labels: readonly number[];
}

export interface PseudoCases {
  readonly single: readonly PseudoSingle[];
  readonly mixed: readonly PseudoMixed[];
  readonly shot: readonly PseudoShot[];
}

export interface TiCase {
  readonly name: string;
  readonly w: readonly number[];
  readonly source_features: readonly GoldenArray[];
  readonly index: readonly number[];
  readonly target_features: readonly GoldenArray[];
  readonly weights: GoldenArray;
  readonly mixed_difference: GoldenArray;
  readonly loss: number;
  readonly grad_target_features: readonly GoldenArray[];
  readonly grad_w: readonly number[];
}

export interface DmForm {
  readonly layers: readonly {
    readonly source?: number;
    readonly layer?: number;
    readonly mean_norm: number;
    readonly var_norm: number;
    readonly multiplier: number;
    readonly term: number;
  }[];
  readonly loss: number;
  readonly grad_inputs: readonly (readonly GoldenArray[])[];
  readonly grad_w: readonly number[];
}

export interface DmCase {
  readonly name: string;
  readonly w: readonly number[];
  readonly inputs: readonly (readonly GoldenArray[])[];
  readonly source_mean: readonly (readonly GoldenArray[])[];
  readonly source_var: readonly (readonly GoldenArray[])[];
  readonly target_mean: readonly (readonly GoldenArray[])[];
  readonly target_var: readonly (readonly GoldenArray[])[];
  readonly official: DmForm;
  readonly mixed_unnormalised: DmForm;
  readonly mixed_normalised: DmForm;
}

export interface MixCase {
  readonly name: string;
  readonly w: readonly number[];
  readonly sigmoid: readonly number[];
  readonly weights: GoldenArray;
  readonly logits: readonly GoldenArray[];
  readonly aggregated: GoldenArray;
  readonly im: number;
  readonly grad_logits: readonly GoldenArray[];
  readonly grad_w: readonly number[];
}

export interface OptimCases {
  readonly schedule: readonly {
    readonly lr: number;
    readonly max_iter: number;
    readonly rows: readonly { readonly iter: number; readonly 'lr_x0.1': number; readonly lr_x1: number }[];
  }[];
  readonly sgd: readonly {
    readonly name: string;
    readonly lr0: number;
    readonly momentum: number;
    readonly weight_decay: number;
    readonly scheduled: boolean;
    readonly max_iter: number;
    readonly p0: GoldenArray;
    readonly grads: readonly GoldenArray[];
    readonly steps: readonly { readonly lr: number; readonly p: GoldenArray; readonly v: GoldenArray }[];
  }[];
}

export interface LoadCase {
  readonly name: string;
  readonly bits: number;
  readonly stored: GoldenArray;
  readonly l_loader: GoldenArray;
}

/** One optimisation step of `net*.json`. */
export interface NetStep {
  readonly step: number;
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly lr: Readonly<Record<string, number>>;
  readonly grad_norm: Readonly<Record<string, number>>;
  readonly grad?: Readonly<Record<string, GoldenArray>>;
  readonly param?: Readonly<Record<string, GoldenArray>>;
  readonly stat?: Readonly<Record<string, GoldenArray>>;
}

export interface NetCase {
  readonly name: string;
  readonly w: readonly number[];
  readonly config: {
    readonly cls_par: number;
    readonly ent_par: number;
    readonly lambda_d: number;
    readonly lambda_TI: number;
    readonly lr: number;
  };
  readonly max_iter: number;
  readonly net: readonly GoldenWeights[];
  readonly target: GoldenArray;
  readonly ti_source: GoldenArray;
  readonly ti_target: GoldenArray;
  readonly ti_index: readonly number[];
  readonly pseudo_labels: readonly number[];
  readonly ti_source_features: readonly GoldenArray[];
  readonly first_logits: GoldenArray;
  readonly dm_layers_per_source: number;
  readonly steps: readonly NetStep[];
}

export interface NetShotCase {
  readonly name: string;
  readonly config: {
    readonly cls_par: number;
    readonly ent_par: number;
    readonly lr: number;
    readonly distance: 'cosine' | 'euclidean';
    readonly threshold: number;
  };
  readonly max_iter: number;
  readonly net: readonly GoldenWeights[];
  readonly target: GoldenArray;
  readonly pseudo_labels: readonly number[];
  readonly steps: readonly NetStep[];
}

export interface NetSourceCase {
  readonly name: string;
  readonly config: { readonly smoothing: number; readonly lr: number; readonly lr_multipliers: { readonly F: number } };
  readonly max_iter: number;
  readonly net: readonly GoldenWeights[];
  readonly images: GoldenArray;
  readonly labels: readonly number[];
  readonly steps: readonly NetStep[];
}

/** A trace of the released training loop. Arrays in PyTorch's layout: NCHW, OIHW, `[out, in]`. */
export interface Trace {
  readonly config: {
    readonly nsrc: number;
    readonly classes: number;
    readonly max_epoch: number;
    readonly interval: number;
    readonly batch: number;
    readonly lr: number;
    readonly lr_decay1: number;
    readonly cls_par: number;
    readonly ent_par: number;
    readonly lambda_d: number;
    readonly lambda_TI: number;
  };
  readonly inputs: { readonly target: GoldenArray; readonly ti_source: GoldenArray; readonly ti_target: GoldenArray };
  readonly init: readonly Readonly<Record<'F' | 'B' | 'C', GoldenWeights>>[];
  readonly ti_source_features: readonly GoldenArray[];
  readonly iterations: readonly {
    readonly tar_idx: readonly number[];
    readonly ti_idx: readonly number[];
    readonly logits: readonly number[];
    readonly pseudo: readonly number[];
    readonly ce: number;
    readonly alpha_mean: readonly number[];
    readonly centroids: readonly (readonly number[])[];
    readonly im: number;
    readonly Ld: number;
    readonly LTI: number;
    readonly total: number;
    readonly lr: readonly number[];
    readonly w: readonly number[];
    readonly after: readonly Readonly<Record<string, readonly number[]>>[];
  }[];
}

export const tensorOf = <R extends tf.Rank>({ shape, data }: GoldenArray): tf.Tensor<R> =>
  tf.tensor<R>(Float32Array.from(data), [...shape] as tf.ShapeMap[R], 'float32');

export const matrixOf = ({ shape: [rows = 0, columns = 0], data }: GoldenArray): Matrix => ({
  rows,
  columns,
  values: Float32Array.from(data),
});
