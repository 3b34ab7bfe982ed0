import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../shared/failure';
import {
  dropped,
  integers,
  node,
  numbersFor,
  onnxBytes,
  positive,
  weights,
  type AttributeParts,
  type ModelParts,
  type TensorParts,
  type ValueParts,
} from '../../fixtures/onnxModel';
import type { OpenOptions } from '../modelFormat';
import { openModel, rewriteModel } from '../registry';
import { onnx } from './reader';

const ints = (...values: number[]): AttributeParts => ({ ints: values });
const flat = [node('GlobalAveragePool', 'c', 'g'), node('Flatten', 'g', 'f')];
const conv = node('Conv', 'x w b', 'c');
const gemm = node('Gemm', 'f k o', 'y', { transB: { int: 1 } });
const tensors = [weights('w', 4, 3, 3, 3), weights('b', 4), weights('k', 3, 4), weights('o', 3)];
const small: ModelParts = { nodes: [conv, ...flat, gemm], tensors };

const open = (parts: ModelParts, options: OpenOptions = {}) => openModel([{ path: 'net.onnx', bytes: onnxBytes(parts) }], options); // prettier-ignore
const failureOf = async (parts: ModelParts) => toFailure(await open(parts).catch((error: unknown) => error));
/** The small network with one tensor replaced. */
const withTensor = (tensor: TensorParts): ModelParts => ({ ...small, tensors: tensors.map((other) => (other.name === tensor.name ? tensor : other)) }); // prettier-ignore

describe('a small network', () => {
  it('keeps its names, and says what its head is', async () => {
    const { spec, weights: values, metadata } = await open(small);
    expect(spec).toMatchObject({ name: 'net', input: 'x', classifier: 'y', features: 'f_flatten', classCount: 3 });
    expect(spec.nodes.map(({ op, name }) => `${op} ${name}`)).toEqual([
      'input x', 'conv2d c', 'globalAvgPool g', 'flatten f_flatten', 'dense y',
    ]); // prettier-ignore
    expect([...values.keys()]).toEqual(['c/bias', 'c/kernel', 'y/kernel', 'y/bias']);
    expect(spec.nodes[1]?.parameters).toMatchObject({ kernel: { shape: [3, 3, 3, 4], fileName: 'w' } });
    expect(values.get('c/kernel')?.[1]).toBe(numbersFor('w', 108)[27]);
    expect(metadata).toMatchObject({ format: 'ONNX (test)', openSides: false, classes: null });
  });

  it('takes class names and preprocessing from its properties, if there is a name for each output', async () => {
    const properties = { classes: '["a","b","c"]', 'Image.NominalPixelRange': 'Normalized_1_1' };
    expect((await open({ ...small, properties })).metadata).toMatchObject({
      classes: ['a', 'b', 'c'],
      preprocessing: { preset: 'minus1to1' },
    });
    const { metadata } = await open({ ...small, properties: { classes: '["a"]' } });
    expect(metadata.classes).toBeNull();
    expect(metadata.notes.join()).toContain('names 1 classes');
  });

  it('that takes bytes gets pixels from 0 to 255', async () => {
    const nodes = [node('Cast', 'bytes', 'x', { to: { int: 1 } }), conv, ...flat, gemm];
    const { metadata } = await open({ ...small, inputs: [['bytes', [1, 3, 8, 8], 'uint8']], nodes });
    expect(metadata.preprocessing).toMatchObject({ preset: '0to255' });
  });

  it('with open sides has the chosen size, or 224', async () => {
    const inputs: readonly ValueParts[] = [['x', ['n', 3, 'h', 'w']]];
    const chosen = await open({ ...small, inputs }, { inputSize: [20, 30] });
    expect(chosen.spec.nodes[0]?.outputShape).toEqual([20, 30, 3]);
    expect((await open({ ...small, inputs })).spec.nodes[0]?.outputShape).toEqual([224, 224, 3]);
    expect(chosen.metadata.openSides).toBe(true);
    const half = await open({ ...small, inputs: [['x', ['n', 'c', 12, 'w']]] }, { inputSize: [20, 30] });
    expect(half.spec.nodes[0]?.outputShape).toEqual([12, 30, 3]);
  });

  it('of TensorFlow takes its images channels last', async () => {
    const turned = [node('Transpose', 'image', 'x', { perm: ints(0, 3, 1, 2) }), conv];
    const { spec } = await open({ ...small, inputs: [['image', [1, 10, 9, 3]]], nodes: [...turned, ...flat, gemm] });
    expect(spec.nodes.map(({ outputShape }) => outputShape.join())).toEqual(['10,9,3', '8,7,4', '1,1,4', '4', '3']);
  });

  it('without batch norm says that it was merged, and keeps quiet where convolutions never had one', async () => {
    const { metadata } = await open(small);
    expect(metadata.notes).toEqual([expect.stringContaining('1 of 1 convolutions look as if the exporter had merged batch norm into them: there is none left')]); // prettier-ignore
    const norm = node('BatchNormalization', 'z s t m v', 'c');
    const kept = [node('Conv', 'x w b', 'z'), norm, ...flat, gemm];
    const statistics = [...['s', 't', 'm'].map((name) => weights(name, 4)), positive('v', 4)];
    expect((await open({ nodes: kept, tensors: [...tensors, ...statistics] })).metadata.notes).toEqual([]);
    expect((await open({ nodes: [node('Conv', 'x w', 'c'), ...flat, gemm], tensors })).metadata.notes).toEqual([]);
  });
});

describe('layers in training mode are read as in evaluation, which is said', () => {
  const statistics = [...['s', 't', 'm'].map((name) => weights(name, 3)), positive('v', 3)];
  const truth = (value: number): TensorParts => ({ name: 'training', shape: [], values: [value], type: 'bool' });
  const notesOf = async (opset: number, nodes: ModelParts['nodes'], flag = 1) => {
    const all = [...nodes, node('GlobalAveragePool', 'c', 'g'), node('Flatten', 'g', 'f'), node('Gemm', 'f q', 'y')];
    return (await open({ opset, nodes: all, tensors: [...statistics, weights('q', 3, 3), truth(flag)] })).metadata.notes; // prettier-ignore
  };
  const norms = (attributes: Readonly<Record<string, AttributeParts>>, more: string) => [
    node('BatchNormalization', 'x s t m v', `a${more && more.replaceAll('#', '1')}`, attributes),
    node('BatchNormalization', 'a s t m v', `c${more && more.replaceAll('#', '2')}`, attributes),
  ];
  const dropout = [node('Dropout', 'x - training', 'c')];
  const [twoNorms, oneDropout] = [expect.stringMatching(/^2 batch norm layers were exported in training mode, .* the running statistics are used here/) as string, expect.stringMatching(/^1 dropout layer was exported in training mode/) as string]; // prettier-ignore

  it.each<[string, Promise<readonly string[]>, string[]]>([
    ['batch norm, by its attribute', notesOf(15, norms({ training_mode: { int: 1 } }, ' m# v#')), [twoNorms]],
    ['batch norm before operator set 14, by its outputs', notesOf(13, norms({}, ' m# v# n# w#')), [twoNorms]],
    ['batch norm in evaluation', notesOf(15, norms({ training_mode: { int: 0 } }, '')), []],
    ['dropout, by its input', notesOf(13, dropout), [oneDropout]],
    ['dropout in evaluation', notesOf(13, dropout, 0), []],
  ])('%s', async (_, notes, wanted) => {
    expect(await notes).toEqual(wanted);
  }); // prettier-ignore
});

describe('weights are read wherever they are, and written back there', () => {
  const half = (value: number): number => ({ 1: 0x3c00, 0.5: 0x3800, [-2]: 0xc000 })[value] ?? 0;
  const brain = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
  const plain = Array.from({ length: 12 }, (_, at) => [1, 0.5, -2][at % 3] ?? 0);
  const kernel = (parts: Partial<TensorParts>): ModelParts => withTensor({ name: 'k', shape: [3, 4], values: plain, ...parts }); // prettier-ignore
  const constant = (
    attributes: Readonly<Record<string, AttributeParts>>,
    ...more: ModelParts['nodes']
  ): ModelParts => ({
    nodes: [node('Constant', '', more.length === 0 ? 'k' : 'raw', attributes), ...more, conv, ...flat, gemm],
    tensors: tensors.filter(({ name }) => name !== 'k'),
  });
  const asTensor = { value: { tensor: { name: '', shape: [3, 4], values: plain } } } as const;

  const forms: readonly (readonly [string, ModelParts, string, string | null])[] = [
    ['raw_data', kernel({}), 'k', null],
    ['float_data, packed', kernel({ form: 'packed' }), 'k', null],
    ['float_data, one by one', kernel({ form: 'single' }), 'k', null],
    ['float64', kernel({ type: 'float64' }), 'k', 'float64'],
    ['double_data', kernel({ type: 'float64', form: 'packed' }), 'k', 'float64'],
    ['float16', kernel({ type: 'float16', values: plain.map(half) }), 'k', 'float16'],
    ['bfloat16', kernel({ type: 'bfloat16', values: plain.map(brain) }), 'k', 'bfloat16'],
    ['a Constant node', constant(asTensor), 'k', null],
    ['a Constant node of floats, reshaped', constant({ value_floats: { floats: plain } }, node('Reshape', 'raw size', 'k'), node('Constant', '', 'size', { value_ints: ints(3, 4) })), 'raw', null],
    ['an Identity of a weight', constant(asTensor, node('Identity', 'raw', 'k')), 'raw', null],
    ['a weight with a new axis and without it again', constant(asTensor, node('Unsqueeze', 'raw one', 'long'), node('Squeeze', 'long one', 'k'), node('Constant', '', 'one', { value_int: { int: 1 } })), 'raw', null],
    ['a weight that is cast to what it is', constant(asTensor, node('Cast', 'raw', 'k', { to: { int: 1 } })), 'raw', null],
  ]; // prettier-ignore

  it.each(forms)('%s', async (_, parts, place, type) => {
    const file = { path: 'net.onnx', bytes: onnxBytes(parts) };
    const { spec, weights: values, metadata } = await openModel([file]);
    const turned = plain.map((__, at) => plain[(at % 3) * 4 + Math.floor(at / 3)]);
    expect([...(values.get('y/kernel') ?? [])]).toEqual(turned);
    expect(metadata.notes.some((note) => note.includes(`stored as ${type}`))).toBe(type !== null);
    const stored = (await onnx.tensors(dropped(file.path, file.bytes), [])).find(({ name }) => name === place);
    expect(stored?.readOnly).toBeUndefined();
    const changed = new Map([...values].map(([name, list]) => [name, list.map((value) => value * 2)]));
    const [written = file] = (await rewriteModel([file], { spec, weights: changed })).files;
    expect((await openModel([written])).weights.get('y/kernel')).toEqual(changed.get('y/kernel'));
    expect(written.bytes.length).toBe(file.bytes.length);
  });

  it.each([
    ['float16 listed as integers', kernel({ type: 'float16', form: 'packed', values: plain.map(half) }), 'keeps k as a list of integers'],
    ['a ConstantOfShape', { nodes: [node('ConstantOfShape', 'size', 'k'), conv, ...flat, gemm], tensors: [...tensors.filter(({ name }) => name !== 'k'), integers('size', 3, 4)] }, 'as a result of other numbers'],
    ['arithmetic', constant(asTensor, node('Add', 'raw raw', 'k')), 'as a result of other numbers'],
  ] as const)('but not into %s, which is no place', async (_, parts, reason) => {
    const file = { path: 'net.onnx', bytes: onnxBytes(parts) };
    const opened = await openModel([file]);
    const failure = toFailure(await rewriteModel([file], opened).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'unsupported-format', message: expect.stringContaining(reason) as string });
  }); // prettier-ignore

  it('of a file with open sides, though its dense layer fits one size only', async () => {
    const file = { path: 'net.onnx', bytes: onnxBytes({ inputs: [['x', ['n', 3, 'h', 'w']]], nodes: [conv, node('Flatten', 'c', 'f'), gemm], tensors: [...tensors.filter(({ name }) => name !== 'k'), weights('k', 3, 16)] }) }; // prettier-ignore
    const { spec, weights: values } = await openModel([file], { inputSize: [4, 4] });
    const [written = file] = (await rewriteModel([file], { spec, weights: values })).files;
    expect(written.bytes).toEqual(file.bytes);
  });

  it('a transposed weight, in the order of the file; not when it is used both ways', async () => {
    const turned = node('Transpose', 'k', 't', { perm: ints(1, 0) });
    const once = { path: 'net.onnx', bytes: onnxBytes({ nodes: [conv, ...flat, turned, node('MatMul', 'f t', 'y')], tensors }) }; // prettier-ignore
    const opened = await openModel([once]);
    expect(opened.weights.get('y/kernel')?.slice(0, 3)).toEqual(Float32Array.from([0, 4, 8].map((at) => numbersFor('k', 12)[at] ?? 0))); // prettier-ignore
    const doubled = new Map([...opened.weights].map(([name, list]) => [name, list.map((value) => value * 2)]));
    const [written = once] = (await rewriteModel([once], { spec: opened.spec, weights: doubled })).files;
    expect((await openModel([written])).weights).toEqual(doubled);
    const square = [conv, ...flat, node('Transpose', 'q', 't', { perm: ints(1, 0) }), node('MatMul', 'f t', 'a'), node('MatMul', 'a q', 'y')]; // prettier-ignore
    const twice = { path: 'net.onnx', bytes: onnxBytes({ nodes: square, tensors: [...tensors, weights('q', 4, 4)] }) };
    const failure = toFailure(await rewriteModel([twice], await openModel([twice])).catch((error: unknown) => error));
    expect(failure.message).toContain('in bytes of another weight as well');
  });

  it('a weight that several layers share is written while they agree', async () => {
    const twice = [conv, node('Relu', 'c', 'r'), node('Conv', 'r v b', 'd'), node('GlobalAveragePool', 'd', 'g'), node('Flatten', 'g', 'f'), gemm]; // prettier-ignore
    const file = { path: 'net.onnx', bytes: onnxBytes({ nodes: twice, tensors: [...tensors, weights('v', 4, 4, 1, 1)] }) }; // prettier-ignore
    const { spec, weights: values } = await openModel([file]);
    const scaled = (changedName: string | null) => new Map([...values].map(([name, list]) => [name, list.map((value) => value * (name === changedName ? 3 : 2))])); // prettier-ignore
    const [written = file] = (await rewriteModel([file], { spec, weights: scaled(null) })).files;
    expect((await openModel([written])).weights.get('d/bias')).toEqual(scaled(null).get('d/bias'));
    const failure = toFailure(await rewriteModel([file], { spec, weights: scaled('d/bias') }).catch((error: unknown) => error)); // prettier-ignore
    expect(failure.message).toContain('b serves several layers');
  });
});

describe('weights beside the model', () => {
  const outside = (form: NonNullable<TensorParts['form']>): ModelParts =>
    withTensor({ name: 'k', shape: [3, 4], values: [], form });
  const bytes = new Uint8Array(Float32Array.from({ length: 16 }, (_, at) => at).buffer);
  const drop = (form: NonNullable<TensorParts['form']>, ...paths: string[]) => [
    { path: 'folder/net.onnx', bytes: onnxBytes(outside(form)) },
    ...paths.map((path) => ({ path, bytes })),
  ];

  it('are read from their place, and only that file changes', async () => {
    const files = drop({ location: 'net.onnx.data', offset: 8, length: 48 }, 'folder/net.onnx.data');
    const { spec, weights: values } = await openModel(files);
    expect([...(values.get('y/kernel') ?? [])].slice(0, 3)).toEqual([2, 6, 10]);
    const changed = new Map([...values].map(([name, list]) => [name, name === 'y/kernel' ? list.map((value) => value + 1) : list])); // prettier-ignore
    const [model, data] = (await rewriteModel(files, { spec, weights: changed })).files;
    expect(model?.bytes).toEqual(files[0]?.bytes);
    expect([...new Float32Array(data?.bytes.buffer as ArrayBuffer)]).toEqual([0, 1, ...Array.from({ length: 12 }, (_, at) => at + 3), 14, 15]); // prettier-ignore
  });

  it.each<[string, NonNullable<TensorParts['form']>, string[], string, string]>([
    ['a file that is not there', { location: 'net.onnx.data' }, [], 'missing-file', 'net.onnx.data'],
    ['a folder above', { location: '../net.onnx.data' }, ['net.onnx.data'], 'unsafe-path', '../net.onnx.data'],
    ['a folder above, further in', { location: 'a/../../net.onnx.data' }, ['net.onnx.data'], 'unsafe-path', 'names'],
    ['an absolute path', { location: '/etc/passwd' }, [], 'unsafe-path', '/etc/passwd'],
    ['a drive', { location: 'C:\\data' }, [], 'unsafe-path', 'C:\\data'],
    ['an address', { location: 'https://example.org/w' }, [], 'unsafe-path', 'https://example.org/w'],
    ['no file', { location: '' }, [], 'unsafe-path', 'k'],
    ['a place behind the end', { location: 'd', offset: 32, length: 48 }, ['folder/d'], 'damaged-file', 'k'],
    ['a wrong length', { location: 'd', offset: 0, length: 44 }, ['folder/d'], 'damaged-file', '48 bytes'],
    ['a place that is no number', { location: 'd', offset: '-4' }, ['folder/d'], 'damaged-file', '-4'],
    ['a place beyond all numbers', { location: 'd', offset: '99999999999999999999' }, ['folder/d'], 'damaged-file', '9999'],
  ])('are not read from %s', async (_, form, paths, code, message) => {
    const failure = toFailure(await openModel(drop(form, ...paths)).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(failure.remedy).not.toBe('');
  }); // prettier-ignore
});

describe('what cannot be read is refused in one sentence', () => {
  const after = (...nodes: ModelParts['nodes']): ModelParts => ({ nodes: [...nodes, ...flat, gemm], tensors });
  const image: ValueParts = ['x', ['n', 3, 8, 8]];
  /** The image times a number that is computed as m. */
  const scaledBy = (tensor: TensorParts, ...nodes: ModelParts['nodes']): ModelParts => ({
    ...after(...nodes, node('Cast', 'm', 'r', { to: { int: 1 } }), node('Mul', 'x r', 'e'), node('Conv', 'e w b', 'c')),
    tensors: [...tensors, tensor],
  });
  const cases: readonly (readonly [string, ModelParts, string, RegExp])[] = [
    ['unknown operators, all of them', after(node('Foo', 'x', 'a'), node('Bar', 'a', 'd'), { ...node('Foo', 'd', 'e'), domain: 'com.example' }, node('Conv', 'e w b', 'c')), 'unsupported-layer', /Foo \(a\), Bar \(d\), com.example.Foo \(e\)/],
    ['a decision', after(node('If', 'x', 'e', { then_branch: { graph: new Uint8Array([1, 2, 3]) } }), node('Conv', 'e w b', 'c')), 'unsupported-layer', /If \(e\)/],
    ['an old operator set', { ...small, opset: 6 }, 'unsupported-format', /version 6 of the ONNX operators/],
    ['an operator set of the future', { ...small, opset: 99 }, 'unsupported-format', /version 99/],
    ['a loop', after(node('Add', 'x c', 'e'), node('Conv', 'e w b', 'c')), 'bad-model', /a loop through the node/],
    ['a node that uses itself', after(node('Add', 'c c', 'c')), 'bad-model', /a loop through the node c/],
    ['a missing value', after(node('Conv', 'nowhere w b', 'c')), 'bad-model', /c uses nowhere, which the model does not have/],
    ['a missing output', { ...small, outputs: [['z', [1, 3]]] }, 'bad-model', /output z is computed by no node/],
    ['two inputs', { ...small, inputs: [image, ['second', [1]]] }, 'bad-model', /2 inputs \(x, second\)/],
    ['no input', { ...small, inputs: [] }, 'bad-model', /0 inputs/],
    ['two outputs', { ...small, outputs: [['y', [1, 3]], ['f', [1, 4]]] }, 'bad-model', /2 outputs \(y, f\)/],
    ['a list as its input', { ...small, inputs: [['x', [1, 784]]] }, 'bad-model', /takes a list of values/],
    ['four channels', { ...small, inputs: [['x', [1, 4, 8, 8]]] }, 'bad-model', /3 channels \(colour\) or 1 \(grey\)/],
    ['two values of one name', { ...small, nodes: [...small.nodes, node('Relu', 'x', 'c')] }, 'bad-model', /two values the name c/],
    ['two weights of one name', { ...small, tensors: [...tensors, weights('w', 1)] }, 'bad-model', /two weights of one name/],
    ['indices of a MaxPool', after(node('MaxPool', 'x', 'a i', { kernel_shape: ints(2, 2) }), node('Add', 'a i', 'c')), 'unsupported-layer', /gives several values that are used/],
    ['a kernel for other channels', withTensor(weights('w', 4, 2, 3, 3)), 'unsupported-layer', /c \(Conv\) applies a kernel \[4, 2, 3, 3\] in 1 groups to 3 channels/],
    ['a kernel that depends on the image', after(node('Conv', 'x x', 'c')), 'unsupported-layer', /c \(Conv\) computes its input 2 from the image/],
    ['a batch norm of each place', { ...after(node('BatchNormalization', 'x b b b b', 'c', { spatial: { int: 0 } })), opset: 8 }, 'unsupported-layer', /spatial = 0/],
    ['an integer weight', withTensor({ name: 'k', shape: [3, 4], values: numbersFor('k', 12).map(() => 1), type: 'int32' }), 'unsupported-format', /k holds int32 values/],
    ['arithmetic of bytes', { ...after(node('Sub', 'bytes two', 'e'), node('Cast', 'e', 'x', { to: { int: 1 } }), node('Conv', 'x w b', 'c')), inputs: [['bytes', [1, 3, 8, 8], 'uint8']], tensors: [...tensors, { name: 'two', shape: [], values: [128], type: 'uint8' }] }, 'unsupported-layer', /e \(Sub\) computes with uint8 values of the image/],
    ['a division of whole numbers that were moved', { ...after(node('Transpose', 'whole', 'e', { perm: ints(0, 3, 1, 2) }), node('Div', 'e two', 'd'), node('Cast', 'd', 'x', { to: { int: 1 } }), node('Conv', 'x w b', 'c')), inputs: [['whole', [1, 8, 8, 3], 'int32']], tensors: [...tensors, { name: 'two', shape: [], values: [2], type: 'int32' }] }, 'unsupported-layer', /d \(Div\) computes with int32 values of the image/],
    ['an image made of whole numbers', after(node('Cast', 'x', 'e', { to: { int: 2 } }), node('Cast', 'e', 'd', { to: { int: 1 } }), node('Conv', 'd w b', 'c')), 'unsupported-layer', /e \(Cast\) turns the image into whole numbers/],
    ['truth values as an image', { ...after(node('Cast', 'truth', 'x', { to: { int: 1 } }), conv), inputs: [['truth', [1, 3, 8, 8], 'bool']] }, 'unsupported-layer', /truth takes bool values/],
    ['a whole number beyond its type', scaledBy({ name: 'n', shape: [1], values: [300], type: 'int64' }, node('Cast', 'n', 'm', { to: { int: 2 } })), 'unsupported-layer', /m \(Cast\) computes a number that is no uint8/],
    ['a product beyond its type', scaledBy({ name: 'n', shape: [1], values: [2 ** 31 - 1], type: 'int32' }, node('Mul', 'n n', 'm')), 'unsupported-layer', /m \(Mul\) computes a number that is no int32/],
    ['a division of a constant by 0', scaledBy(integers('n', 0), node('Div', 'n n', 'm')), 'unsupported-layer', /m \(Div\) computes a number that is no int64/],
    ['Erf by itself', after(node('Erf', 'x', 'e'), node('Conv', 'e w b', 'c')), 'unsupported-layer', /e \(Erf\) is not part of a GELU/],
    ['reflection', { ...after(node('Pad', 'x', 'e', { mode: { text: 'reflect' }, pads: ints(0, 0, 1, 1, 0, 0, 1, 1) }), node('Conv', 'e w b', 'c')), opset: 9 }, 'unsupported-layer', /pads in the way reflect/],
    ['a channel shuffle', { ...after(node('Reshape', 'q s', 'e'), node('Transpose', 'e', 'c', { perm: ints(0, 2, 1, 3, 4) }), node('Conv', 'x w b', 'q')), tensors: [...tensors, integers('s', 1, 2, 2, 6, 6)] }, 'unsupported-layer', /e \(Reshape\) splits axes: it makes \[1, 2, 2, 6, 6\] of \[1, 4, 6, 6\]/],
    ['a part of the channels', { ...after(node('Slice', 'x zero one one', 'c')), tensors: [...tensors, integers('zero', 0), integers('one', 1)] }, 'unsupported-layer', /takes a part of the channels/],
    ['cubic resizing', { ...after(node('Resize', 'x - s', 'e', { mode: { text: 'cubic' } }), node('Conv', 'e w b', 'c')), tensors: [...tensors, { name: 's', shape: [4], values: [1, 1, 2, 2] }] }, 'unsupported-layer', /resizes in the way cubic/],
    ['an output that the image does not change', { nodes: [node('Identity', 'k', 'y')], tensors }, 'bad-model', /does not depend on its input/],
    ['a network without a classifier', { ...small, outputs: [['c', [1, 4, 6, 6]]] }, 'bad-model', /No classifier was found/],
    ['a weight that is no number', withTensor({ name: 'k', shape: [3, 4], values: new Array<number>(12).fill(NaN) }), 'bad-model', /k contains NaN/],
    ['a negative variance', after(node('BatchNormalization', 'z b b b b', 'c'), node('Conv', 'x w', 'z')), 'bad-model', /The variance b is negative/],
  ]; // prettier-ignore

  it.each(cases)('%s', async (_, parts, code, message) => {
    const failure = await failureOf(parts);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(failure.remedy).not.toBe('');
  });
});
