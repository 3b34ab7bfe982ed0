import * as ort from 'onnxruntime-web';
import type { FileBytes } from '../formats/models/format';

/** What onnxruntime's WebAssembly computes with an ONNX file. */
export interface OnnxResult {
  /** Name of the file's only output. */
  readonly output: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Runs an ONNX file with one input and one output.
 *
 * @param x in our order, `[batch, height, width, channels]`
 */
export async function runOnnx(
  { bytes }: FileBytes,
  x: { readonly shape: readonly number[]; readonly values: ArrayLike<number> },
): Promise<OnnxResult> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const [input = ''] = session.inputNames;
  const [output = ''] = session.outputNames;
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const values = new Float32Array(x.values.length);
  const pixels = height * width;
  for (let at = 0; at < values.length; at += 1) {
    const channel = at % channels;
    const pixel = Math.floor(at / channels) % pixels;
    const image = Math.floor(at / (channels * pixels));
    values[(image * channels + channel) * pixels + pixel] = x.values[at] ?? NaN;
  }
  const feeds = { [input]: new ort.Tensor('float32', values, [batch, channels, height, width]) };
  const result = (await session.run(feeds))[output];
  if (!result) throw new Error('The session gave no output.');
  const read = (await result.getData()) as Float32Array;
  await session.release();
  return { output, shape: result.dims, values: read.slice() };
}
