import type { NetworkSpec, Weights } from '../formats/models/format';

/**
 * Weights of a network whose logits are `factor` times those of the given ones: kernel (or gain) and bias of the
 * classifier are scaled.
 */
export function scaleClassifier(spec: NetworkSpec, weights: Weights, factor: number): Weights {
  if (factor === 1) return weights;
  const classifier = spec.nodes.find(({ name }) => name === spec.classifier);
  const scaled = new Map(weights);
  for (const [role, parameter] of Object.entries(classifier?.parameters ?? {}) as [string, { name: string }][]) {
    const values = weights.get(parameter.name);
    if (values && role !== 'direction')
      scaled.set(
        parameter.name,
        values.map((value) => value * factor),
      );
  }
  return scaled;
}
