import { describe, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { checkNetworkGradients, gradientCases } from '../tests/networkGradients';

describe('whole networks on wasm', () => {
  useBackend('wasm');

  it.each(gradientCases)('have the gradients of the cpu backend: $name, $edge pixels, $batchNorm', (shape) =>
    checkNetworkGradients(shape, 'wasm'),
  );
});
