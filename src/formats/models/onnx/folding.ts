import { bytesPerValue, sizeOf, type StoredType } from '../storedTensor';
import { computed, filled, isReal, MOST_NUMBERS, transposed, withShape, type Constant } from './constants';
import { constantInput, integerAttribute, normalizedAxes, numbersOf, shapeOf, unsupported, type Call } from './context';
import { MOST_AXES, permutationOf, squeezedAxes, targetShape, unsqueezedAxes } from './shaping';
import { slicesOf } from './spatial';
import { constantOf, listedFloats, storedTypeOf, type Drop } from './tensors';

/** The least and the largest whole number of a type, as far as they are exact here. */
function rangeOf(type: StoredType): readonly [number, number] {
  if (type === 'bool') return [0, 1];
  const bits = 8 * bytesPerValue[type];
  const isSigned = type.startsWith('int');
  const most = Math.min(2 ** (isSigned ? bits - 1 : bits) - 1, Number.MAX_SAFE_INTEGER);
  return [isSigned ? Math.max(-(2 ** (bits - 1)), Number.MIN_SAFE_INTEGER) : 0, most];
}

/** What a node computes of constants only. */
type Folder = (call: Call, drop: Drop) => Constant;

const nameOf = ({ node }: Call): string => node.outputs[0] ?? node.name;

/** A Constant node: the value is in one of its attributes. */
const constant: Folder = (call, drop) => {
  const { attributes } = call.node;
  const name = nameOf(call);
  const tensor = attributes.get('value')?.tensor;
  if (tensor) return constantOf(tensor, name, drop);
  const [float, floats] = [attributes.get('value_float')?.float, attributes.get('value_floats')?.floats];
  if (float) return listedFloats(name, [], [float], drop);
  if (floats) {
    const count = floats.reduce((sum, bytes) => sum + bytes.length, 0) / 4;
    return listedFloats(name, [count], floats, drop);
  }
  const [int, ints] = [attributes.get('value_int')?.int, attributes.get('value_ints')?.ints];
  if (int !== undefined) return computed(name, [], [int], 'int64');
  if (ints) return computed(name, [ints.length], ints, 'int64');
  return unsupported(call, 'holds no numbers');
};

const constantOfShape: Folder = (call, drop) => {
  const shape = numbersOf(call, constantInput(call, 0));
  const tensor = call.node.attributes.get('value')?.tensor;
  const value = tensor ? constantOf(tensor, nameOf(call), drop) : null;
  if (shape.length > 16 || shape.some((length) => length < 0)) unsupported(call, `makes a constant of the shape [${shape.slice(0, 16).join(', ')}]`); // prettier-ignore
  return filled(nameOf(call), shape, (value && numbersOf(call, value)[0]) ?? 0, value?.type ?? 'float32');
};

const shape: Folder = (call) => {
  const [value] = call.inputs;
  const lengths = value ? shapeOf(call, value) : unsupported(call, 'has no input');
  const [start, end] = [integerAttribute(call, 'start', 0), integerAttribute(call, 'end', lengths.length)];
  const part = lengths.slice(start, end);
  return computed(nameOf(call), [part.length], part, 'int64');
};

const size: Folder = (call) => {
  const [value] = call.inputs;
  return computed(nameOf(call), [], [sizeOf(value ? shapeOf(call, value) : [])], 'int64');
};

/** The type that constants have together. */
function typeOf(call: Call, constants: readonly Constant[]): StoredType {
  const types = constants.map(({ type }) => type);
  const [first = 'float32'] = types;
  if (types.every((type) => type === first)) return first;
  return types.every(isReal) ? 'float32' : unsupported(call, `combines constants of the types ${[...new Set(types)].join(', ')}`); // prettier-ignore
}

/** Computed numbers. Whole ones must be within their type: elsewhere they wrap. */
function resultOf(
  call: Call,
  shapeOfResult: readonly number[],
  numbers: readonly number[],
  type: StoredType,
): Constant {
  if (isReal(type)) return computed(nameOf(call), shapeOfResult, numbers, type);
  const [least, most] = rangeOf(type);
  const fits = numbers.every((number) => Number.isInteger(number) && number >= least && number <= most);
  // There is no negative 0 among them.
  return fits ? computed(nameOf(call), shapeOfResult, numbers.map((number) => number + 0), type) : unsupported(call, `computes a number that is no ${type}`); // prettier-ignore
}

const identity: Folder = (call) => constantInput(call, 0);

/** Weights stay what they are: the studio computes in float32. */
const cast: Folder = (call) => {
  const value = constantInput(call, 0);
  const type = storedTypeOf(integerAttribute(call, 'to', 0)) ?? unsupported(call, 'makes other things than numbers');
  if (type === value.type || (isReal(type) && isReal(value.type))) return value;
  const convert = isReal(type) ? Math.fround : type === 'bool' ? (number: number) => (number === 0 ? 0 : 1) : Math.trunc; // prettier-ignore
  return resultOf(call, value.shape, numbersOf(call, value).map(convert), type);
};

/** Numbers of a block of a constant: the given places along one axis. */
function taken(call: Call, value: Constant, axis: number, places: readonly number[]): readonly number[] {
  const values = numbersOf(call, value);
  const length = value.shape[axis] ?? 1;
  const inner = sizeOf(value.shape.slice(axis + 1));
  const outer = sizeOf(value.shape.slice(0, axis));
  const result: number[] = [];
  for (let block = 0; block < outer; block += 1) {
    for (const place of places) {
      const from = (block * length + place) * inner;
      for (let at = from; at < from + inner; at += 1) result.push(values[at] ?? NaN);
    }
  }
  return result;
}

/** Takes care, before they are there, that numbers may be computed one by one. */
function requireFew(call: Call, shapeOfResult: readonly number[]): void {
  if (!(sizeOf(shapeOfResult) <= MOST_NUMBERS)) unsupported(call, 'computes with a large constant');
  if (shapeOfResult.length > MOST_AXES) unsupported(call, `makes a constant with ${shapeOfResult.length} axes`);
  call.context.budgets.numbers.spend(sizeOf(shapeOfResult), call.node.name);
}

const gather: Folder = (call) => {
  const [value, indices] = [constantInput(call, 0), constantInput(call, 1)];
  const [axis = 0] = normalizedAxes(call, [integerAttribute(call, 'axis', 0)], value.shape.length);
  const length = value.shape[axis] ?? 0;
  const places = numbersOf(call, indices).map((index) => (index < 0 ? index + length : index));
  if (places.some((place) => place < 0 || place >= length)) unsupported(call, `takes the place ${places.slice(0, 16).join(', ')} of ${length}`); // prettier-ignore
  const result = [...value.shape.slice(0, axis), ...indices.shape, ...value.shape.slice(axis + 1)];
  requireFew(call, result);
  return computed(nameOf(call), result, taken(call, value, axis, places), value.type);
};

const slice: Folder = (call) => {
  const value = constantInput(call, 0);
  return slicesOf(call, value.shape).reduce(
    (part, [start, end, step], axis) => {
      const places = Array.from({ length: Math.max(Math.ceil((end - start) / step), 0) }, (_, at) => start + at * step);
      const result = part.shape.map((length, at) => (at === axis ? places.length : length));
      return computed(nameOf(call), result, taken(call, part, axis, places), value.type);
    },
    computed(nameOf(call), value.shape, numbersOf(call, value), value.type),
  );
};

const concat: Folder = (call) => {
  const values = call.inputs.map((_, position) => constantInput(call, position));
  const first = values[0]?.shape ?? [];
  const [axis = 0] = normalizedAxes(call, [integerAttribute(call, 'axis', 1)], first.length);
  const total = values.reduce((sum, value) => sum + (value.shape[axis] ?? 0), 0);
  const result = first.map((length, at) => (at === axis ? total : length));
  requireFew(call, result);
  if (values.some((value) => value.shape.some((length, at) => at !== axis && length !== first[at]))) unsupported(call, 'joins constants of different shapes'); // prettier-ignore
  const outer = sizeOf(first.slice(0, axis));
  const numbers = values.map((value) => numbersOf(call, value));
  const blocks = Array.from({ length: outer }, (_, block) =>
    numbers.flatMap((list) => list.slice((block * list.length) / outer, ((block + 1) * list.length) / outer)),
  );
  return computed(nameOf(call), result, blocks.flat(), typeOf(call, values));
};

const reshape: Folder = (call) => {
  const value = constantInput(call, 0);
  return withShape(value, targetShape(call, value.shape, numbersOf(call, constantInput(call, 1))));
};

const unsqueeze: Folder = (call) => {
  const value = constantInput(call, 0);
  const places = unsqueezedAxes(call, value.shape.length);
  const old = [...value.shape];
  const result = Array.from({ length: old.length + places.length }, (_, at) => (places.includes(at) ? 1 : (old.shift() ?? 1))); // prettier-ignore
  return withShape(value, result);
};

const squeeze: Folder = (call) => {
  const value = constantInput(call, 0);
  const gone = squeezedAxes(call, value.shape, -1);
  if (gone.some((axis) => value.shape[axis] !== 1)) unsupported(call, 'takes away an axis that is longer than 1');
  return withShape(value, value.shape.filter((_, axis) => !gone.includes(axis))); // prettier-ignore
};

const transpose: Folder = (call) => {
  const value = constantInput(call, 0);
  const permutation = permutationOf(call, value.shape.length);
  if (!value.isInteger) {
    // A weight in the file is only seen otherwise; one that was made is made here.
    if (!value.inFile) call.context.budgets.weights.spend(sizeOf(value.shape), call.node.name);
    return transposed(nameOf(call), value, permutation);
  }
  const numbers = numbersOf(call, value);
  const places = computed('', value.shape, numbers.map((_, place) => place), 'float32'); // prettier-ignore
  const moved = transposed('', places, permutation);
  return computed(nameOf(call), moved.shape, moved.values().map((place) => numbers[place] ?? NaN), value.type); // prettier-ignore
};

/** Where a number of a result comes from, in a constant with these lengths that broadcasts to it. */
function placesIn(lengths: readonly number[], result: readonly number[]): (index: number) => number {
  const size = sizeOf(lengths);
  if (size === sizeOf(result)) return (index) => index;
  if (size === 1) return () => 0;
  return (index) => {
    let [place, rest, step] = [0, index, 1];
    for (let axis = lengths.length - 1; axis >= 0; axis -= 1) {
      const length = result[axis] ?? 1;
      if (lengths[axis] !== 1) place += (rest % length) * step;
      rest = Math.floor(rest / length);
      step *= lengths[axis] ?? 1;
    }
    return place;
  };
}

/** Arithmetic of constants that broadcast as numpy's do. */
const arithmetic =
  (compute: (a: number, b: number) => number): Folder =>
  (call) => {
    const [a, b] = [constantInput(call, 0), constantInput(call, 1)];
    const rank = Math.max(a.shape.length, b.shape.length);
    const lengthsFrom = ({ shape: own }: Constant) => [...new Array<number>(rank - own.length).fill(1), ...own];
    const [left, right] = [lengthsFrom(a), lengthsFrom(b)];
    const result = left.map((length, axis) => (length === 1 ? (right[axis] ?? 1) : length));
    const fits = result.every((length, axis) => right[axis] === 1 || right[axis] === length);
    if (!fits) unsupported(call, 'combines constants of different shapes');
    requireFew(call, result);
    const [aPlace, bPlace] = [placesIn(left, result), placesIn(right, result)];
    const type = typeOf(call, [a, b]);
    const [aValues, bValues] = [numbersOf(call, a), numbersOf(call, b)];
    const numbers = Array.from({ length: sizeOf(result) }, (_, index) => {
      const value = compute(aValues[aPlace(index)] ?? NaN, bValues[bPlace(index)] ?? NaN);
      return isReal(type) ? value : Math.trunc(value);
    });
    return resultOf(call, result, numbers, type);
  };

const range: Folder = (call) => {
  const inputs = [0, 1, 2].map((position) => constantInput(call, position));
  const [start = 0, end = 0, step = 1] = inputs.map((value) => numbersOf(call, value)[0] ?? NaN);
  const count = Math.max(Math.ceil((end - start) / step), 0);
  if (!(count <= MOST_NUMBERS)) unsupported(call, `counts from ${start} to ${end}`);
  const numbers = Array.from({ length: count }, (_, at) => start + at * step);
  return resultOf(call, [count], numbers, typeOf(call, inputs));
};

/** Of each number by itself. */
const unary =
  (compute: (value: number) => number): Folder =>
  (call) => {
    const value = constantInput(call, 0);
    return resultOf(call, value.shape, numbersOf(call, value).map(compute), value.type);
  };

/** Nodes without an input of the image. */
export const folders: ReadonlyMap<string, Folder> = new Map<string, Folder>([
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Shape', shape],
  ['Size', size],
  ['Identity', identity],
  ['Cast', cast],
  ['Gather', gather],
  ['Slice', slice],
  ['Concat', concat],
  ['Reshape', reshape],
  ['Unsqueeze', unsqueeze],
  ['Squeeze', squeeze],
  ['Transpose', transpose],
  ['Add', arithmetic((a, b) => a + b)],
  ['Sub', arithmetic((a, b) => a - b)],
  ['Mul', arithmetic((a, b) => a * b)],
  ['Div', arithmetic((a, b) => a / b)],
  ['Range', range],
  ['Neg', unary((value) => -value)],
  ['Sqrt', unary(Math.sqrt)],
  ['Floor', unary(Math.floor)],
  ['Ceil', unary(Math.ceil)],
]);

/** These depend on shapes only, which are known, also where their input is the image. */
export const shapeOperators: ReadonlySet<string> = new Set(['Shape', 'Size']);
