import { describe, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { checkNetworkGradients, gradientCases } from '../tests/networkGradients';

describe('whole networks on webgpu', () => {
  useBackend('webgpu');

  it.each(gradientCases)('have the gradients of the cpu backend: $name, $edge pixels, $batchNorm', (shape) =>
    checkNetworkGradients(shape, 'webgpu'),
  );
});
