import { readFileSync } from 'node:fs';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import {
  dropped,
  integers,
  node,
  onnxBytes,
  weights,
  type ModelParts,
  type TensorParts,
} from '../../fixtures/onnxModel';
import { toFailure, type Failure } from '../../../shared/failure';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import { openModel } from '../registry';
import { onnx } from './reader';
import { attributeFields, graphFields, modelFields, nodeFields } from './schema';

const folder = new URL('../../fixtures/onnx/', import.meta.url);
const exported = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)));
const open = (bytes: Uint8Array) => openModel([{ path: 'a.onnx', bytes }]);

/** Milliseconds and outcome of opening a file. */
async function timed(parts: ModelParts): Promise<{ readonly milliseconds: number; readonly failure: Failure | null }> {
  const bytes = onnxBytes(parts);
  const start = performance.now();
  const failure = await open(bytes).then(() => null, (error: unknown) => toFailure(error)); // prettier-ignore
  return { milliseconds: performance.now() - start, failure };
}

const head = [node('GlobalAveragePool', 'last', 'g'), node('Flatten', 'g', 'f'), node('Gemm', 'f k', 'y')];
const kernel = weights('k', 3, 3);

describe('a damaged file is read or refused', () => {
  it.each(['resnet-preserve-9', 'vgg-preserve-16-open'])('%s, cut off anywhere', async (name) => {
    const handling = await handle(truncations(exported(name), 2048), open);
    expect(handling).toMatchObject({ opened: 0 });
    expect(handling.milliseconds).toBeLessThan(2000);
    expect(handling.bytes).toBeLessThan(512 * 2 ** 20);
  });

  it.each(['resnet-preserve-9', 'vgg-preserve-16-open', 'mobile3-training-13'])(
    '%s with any byte changed',
    async (name) => {
      const handling = await handle(byteChanges(exported(name), 2048), open);
      expect(handling.opened).toBeGreaterThan(50);
      expect(handling.refused).toBeGreaterThan(50);
      expect(handling.milliseconds).toBeLessThan(2000);
      expect(handling.bytes).toBeLessThan(512 * 2 ** 20);
    },
  );
});

describe('a hostile file', () => {
  const huge = (...shape: number[]): TensorParts => ({ name: 'k', shape, values: [1, 2] });
  const products = (count: number) => Array.from({ length: count }, (_, at) => node('Mul', `p${at} p0`, `p${at + 1}`));
  const shapes: readonly (readonly [string, Partial<ModelParts>, string])[] = [
    ['a constant of 2^40 values as a weight', { nodes: [node('ConstantOfShape', 'size', 'filled'), node('Gemm', 'f filled', 'y')], tensors: [integers('size', 3, 2 ** 38)] }, 'too-large'],
    ['a constant of 2^80 values as a shape', { nodes: [node('ConstantOfShape', 'size', 'filled'), node('Reshape', 'f filled', 'y')], tensors: [integers('size', 2 ** 40, 2 ** 40)] }, 'too-large'],
    ['a range of 2^40 numbers', { nodes: [node('Range', 'zero many one', 'r'), node('Reshape', 'f r', 'y')], tensors: [integers('zero', 0), integers('many', 2 ** 40), integers('one', 1)] }, 'unsupported-layer'],
    ['a kernel of 2^52 values', { nodes: [node('Gemm', 'f k', 'y')], tensors: [huge(3, 2 ** 52)] }, 'too-large'],
    ['a kernel of negative size', { nodes: [node('Gemm', 'f k', 'y')], tensors: [huge(3, -3)] }, 'damaged-file'],
    ['a kernel with too few bytes', { nodes: [node('Gemm', 'f k', 'y')], tensors: [huge(3, 3)] }, 'damaged-file'],
    ['a reshape to 2^60 values', { nodes: [node('Reshape', 'f size', 'y')], tensors: [integers('size', 2 ** 30, 2 ** 30)] }, 'unsupported-layer'],
    ['an image that is padded to 2^50 pixels', { nodes: [node('Pad', 'x size', 'y')], tensors: [integers('size', 0, 0, 2 ** 25, 2 ** 25, 0, 0, 0, 0)] }, 'too-large'],
    ['an image that is enlarged to 2^46 pixels', { nodes: [node('Resize', 'x - s', 'a'), node('Resize', 'a - s', 'b'), node('Resize', 'b - s', 'd'), node('Resize', 'd - s', 'y')], tensors: [{ name: 's', shape: [4], values: [1, 1, 32, 32] }] }, 'too-large'],
    ['products of many constants', { nodes: [...products(400), node('Gather', 'p400 zero', 's'), node('Mul', 'f s', 'y')], tensors: [{ ...weights('p0', 65536) }, integers('zero', 0)] }, 'too-large'],
    ['weights that are made of nothing again and again', { nodes: [...[1, 2, 3, 4, 5, 6].flatMap((at) => [node('ConstantOfShape', 'size', `w${at}`), node('Gemm', `f w${at}`, `m${at}`)]), node('Sum', 'm1 m2 m3 m4 m5 m6', 'y')], tensors: [integers('size', 3, 2 ** 21)] }, 'too-large'],
    ['a weight that is made of nothing and transposed', { nodes: [node('ConstantOfShape', 'size', 'w'), node('Transpose', 'w', 't'), node('Gemm', 'f t', 'y')], tensors: [integers('size', 2 ** 23, 3)] }, 'too-large'],
    ['one weight in 60 layers', { nodes: [node('Gemm', 'f k', 'm0'), ...Array.from({ length: 60 }, (_, at) => node('MatMul', `m${at} w`, `m${at + 1}`))], tensors: [weights('k', 3, 600), weights('w', 600, 600)], outputs: [['m60', [1, 600]]] }, 'too-large'],
    ['a convolution with a huge stride', { nodes: [node('Conv', 'x w', 'y', { strides: { ints: [2 ** 40, 1] } })], tensors: [weights('w', 3, 3, 1, 1)] }, 'unsupported-layer'],
  ]; // prettier-ignore

  it.each(shapes)('%s is refused before anything is allocated', async (_, parts, code) => {
    const before = process.resourceUsage().maxRSS;
    const nodes = [node('GlobalAveragePool', 'x', 'g'), node('Flatten', 'g', 'f'), ...(parts.nodes ?? [])];
    const { failure, milliseconds } = await timed({ tensors: [], ...parts, nodes });
    expect(failure).toMatchObject({ code });
    expect(failure?.remedy).not.toBe('');
    expect(milliseconds).toBeLessThan(10_000);
    expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(200 * 2 ** 20);
  });

  it('with 20,000 Identity nodes is read in linear time', async () => {
    const chain = Array.from({ length: 20_000 }, (_, at) => node('Identity', at === 0 ? 'x' : `i${at - 1}`, at === 19_999 ? 'last' : `i${at}`)); // prettier-ignore
    const { failure, milliseconds } = await timed({ nodes: [...chain, ...head], tensors: [kernel] });
    expect(failure).toBeNull();
    expect(milliseconds).toBeLessThan(2000);
  });

  it('with 10,000 gates, each of which looks at what came before, too', async () => {
    const gates = Array.from({ length: 10_000 }, (_, at) => node('Mul', `g${at} x`, `g${at + 1}`));
    const { failure, milliseconds } = await timed({ nodes: [node('Sigmoid', 'x', 'g0'), ...gates, node('Identity', 'g10000', 'last'), node('GlobalAveragePool', 'last', 'p'), node('Flatten', 'p', 'f'), node('Gemm', 'f k', 'y')], tensors: [kernel] }); // prettier-ignore
    expect(failure).toBeNull();
    expect(milliseconds).toBeLessThan(4000);
  });

  it('with 10,000 layers of one name, too', async () => {
    const layers = Array.from({ length: 10_000 }, (_, at) => ({ ...node('Relu', at === 0 ? 'x' : `r${at - 1}`, at === 9999 ? 'last' : `r${at}`), name: 'r' })); // prettier-ignore
    const { failure, milliseconds } = await timed({ nodes: [...layers, ...head], tensors: [kernel] });
    expect(failure).toBeNull();
    expect(milliseconds).toBeLessThan(2000);
  });

  it('with 20,000 other shapes of one weight, too', async () => {
    const shapes = Array.from({ length: 20_000 }, (_, at) => node('Reshape', `k${at} ${at % 2 === 0 ? 'nine' : 'three'}`, `k${at + 1}`)); // prettier-ignore
    const list = [node('GlobalAveragePool', 'x', 'g'), node('Flatten', 'g', 'f'), ...shapes, node('Gemm', 'f k20000', 'y')];
    for (const first of [[], [node('Transpose', 'k', 'k0')]]) {
      const tensors = [weights(first.length === 0 ? 'k0' : 'k', 3, 3), integers('nine', 9), integers('three', 3, 3)];
      const { failure, milliseconds } = await timed({ nodes: [...first, ...list], tensors });
      expect(failure).toBeNull();
      expect(milliseconds).toBeLessThan(2000);
    }
  }); // prettier-ignore

  it('that adds 15,000 values at once, too', async () => {
    const names = Array.from({ length: 15_000 }, (_, at) => `r${at}`);
    const sum = node('Sum', names.join(' '), 'last');
    const { failure, milliseconds } = await timed({ nodes: [...names.map((name) => node('Relu', 'x', name)), sum, ...head], tensors: [kernel] }); // prettier-ignore
    expect(failure).toBeNull();
    expect(milliseconds).toBeLessThan(2500);
  });

  /** A node with one more attribute. */
  const withAttribute = (parts: ReturnType<typeof node>, name: string, write: (writer: BinaryWriter) => BinaryWriter) => {
    const attribute = write(new BinaryWriter().tag(attributeFields.name, WireType.LengthDelimited).string(name)).finish();
    const extra = new BinaryWriter().tag(nodeFields.attribute, WireType.LengthDelimited).bytes(attribute).finish();
    return { ...parts, extra };
  }; // prettier-ignore

  it.each([200_000, 3_000_000])('whose attribute packs %i numbers is refused in a short sentence', async (count) => {
    const exchange = withAttribute(node('Transpose', 'x', 'last'), 'perm', (writer) => writer.tag(attributeFields.ints, WireType.LengthDelimited).bytes(new Uint8Array(count))); // prettier-ignore
    const { failure } = await timed({ nodes: [exchange, ...head], tensors: [kernel] });
    expect(failure).toMatchObject({ code: count < 2 ** 20 ? 'unsupported-layer' : 'too-large' });
    expect(failure?.message.length).toBeLessThan(300);
  });

  it('which states an attribute twice is refused', async () => {
    const twice = withAttribute(node('Softmax', 'x', 'last', { axis: { int: 1 } }), 'axis', (writer) => writer.tag(attributeFields.int, WireType.Varint).int64(2)); // prettier-ignore
    const { failure } = await timed({ nodes: [twice, ...head], tensors: [kernel] });
    expect(failure).toMatchObject({ code: 'damaged-file', message: expect.stringContaining('the node last has the attribute axis twice') as string }); // prettier-ignore
  });

  it('with 30,000 layers of ours is too large', async () => {
    const layers = Array.from({ length: 30_000 }, (_, at) => node('Relu', at === 0 ? 'x' : `r${at - 1}`, at === 29_999 ? 'last' : `r${at}`)); // prettier-ignore
    expect((await timed({ nodes: [...layers, ...head], tensors: [kernel] })).failure).toMatchObject({
      code: 'too-large',
    });
  });

  it('whose messages are nested 10,000 deep is refused without a deep stack', async () => {
    let inner = new Uint8Array();
    for (let depth = 0; depth < 10_000; depth += 1) {
      inner = new BinaryWriter().tag(6, WireType.LengthDelimited).bytes(inner).finish();
    }
    const groups = new Uint8Array(10_000).fill((graphFields.name << 3) | WireType.StartGroup);
    for (const graph of [inner, groups]) {
      const bytes = new BinaryWriter().tag(modelFields.irVersion, WireType.Varint).int64(7).tag(modelFields.graph, WireType.LengthDelimited).bytes(graph).finish(); // prettier-ignore
      const failure = toFailure(await open(bytes).catch((error: unknown) => error));
      expect(['damaged-file', 'bad-model', 'unsupported-format']).toContain(failure.code);
    }
  });

  it('whose weights share bytes is read, but nothing is written into it', async () => {
    const place = (name: string, offset: number): TensorParts => ({ name, shape: [3, 3], values: [], form: { location: 'w.data', offset, length: 36 } }); // prettier-ignore
    const nodes = [node('GlobalAveragePool', 'x', 'g'), node('Flatten', 'g', 'f'), node('Gemm', 'f a', 'h'), node('Gemm', 'h b', 'y')]; // prettier-ignore
    const main = dropped('m.onnx', onnxBytes({ nodes, tensors: [place('a', 0), place('b', 16)] }));
    const files = [main, dropped('w.data', new Uint8Array(new Float32Array(20).fill(0.5).buffer))];
    await onnx.open(main, files, {});
    const tensors = await onnx.tensors(main, files);
    expect(tensors.map(({ name, readOnly }) => [name, readOnly !== undefined])).toEqual([['a', true], ['b', true]]); // prettier-ignore
  });
});
