import type { JsonObject } from '../json';
import type { WrittenWeight } from '../modelPart';

/** The layers and weights of a model.json under construction. */
export interface Sheet {
  /**
   * Adds a layer.
   *
   * @param name wished; the sheet makes it unique and fit for tfjs
   * @param inputs names of layers, as returned
   * @param weights by tfjs' names, in tfjs' order
   * @returns the layer's name
   */
  add(
    className: string,
    name: string,
    inputs: readonly string[],
    config?: JsonObject,
    weights?: Readonly<Record<string, WrittenWeight>>,
  ): string;
  readonly layers: readonly JsonObject[];
  readonly manifest: readonly JsonObject[];
  /** All weights, one after the other. */
  bytes(): Uint8Array;
}

/** tfjs takes letters, digits, `-`, `.` and `_` in names, and not `-`, `.` or `_` in front. */
function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'layer';
}

export function createSheet(): Sheet {
  const names = new Set<string>();
  const layers: JsonObject[] = [];
  const manifest: JsonObject[] = [];
  const weightValues: Float32Array[] = [];

  const uniqueName = (wish: string): string => {
    const plain = plainName(wish);
    let name = plain;
    for (let copy = 2; names.has(name); copy += 1) name = `${plain}_${copy}`;
    names.add(name);
    return name;
  };

  return {
    layers,
    manifest,
    add(className, wish, inputs, config = {}, weights = {}) {
      const name = uniqueName(wish);
      const common = className === 'InputLayer' ? { name } : { name, trainable: true, dtype: 'float32' };
      const inbound = inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])];
      layers.push({ class_name: className, name, config: { ...common, ...config }, inbound_nodes: inbound });
      for (const [key, { shape, values }] of Object.entries(weights)) {
        manifest.push({ name: `${name}/${key}`, shape, dtype: 'float32' });
        weightValues.push(values);
      }
      return name;
    },
    bytes() {
      const total = weightValues.reduce((sum, values) => sum + values.length, 0);
      const joined = new Float32Array(total);
      weightValues.reduce((offset, values) => {
        joined.set(values, offset);
        return offset + values.length;
      }, 0);
      return new Uint8Array(joined.buffer);
    },
  };
}
