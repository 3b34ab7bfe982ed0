/** Element of a storage buffer. `vec4f` needs a tensor whose size is a multiple of 4. */
type Element = 'f32' | 'i32' | 'u32' | 'vec4f';

/**
 * A compute shader as data. Its body sees every output and input under its name (`array<element>`), and the numbers of
 * the call as `dims.<name>`: shapes are numbers of the call and not of the code, so that a network of any size needs
 * about ten pipelines.
 */
export interface Program {
  /** Unique for the code; two programs with the same key are the same. */
  readonly key: string;
  /** Storage buffers that are written (and may be read: in-place updates), by name. */
  readonly outputs: Readonly<Record<string, Element>>;
  /** Storage buffers that are only read, by name. */
  readonly inputs: Readonly<Record<string, Element>>;
  /** Numbers of the call by name. */
  readonly dims: readonly string[];
  /** Those of `dims` that are not whole numbers. */
  readonly floats?: readonly string[];
  /** Invocations of a workgroup in x (and y, z). */
  readonly workgroup: readonly [number, number?, number?];
  /** Module-scope declarations: functions, constants, workgroup variables. */
  readonly declarations?: string;
  /**
   * Body of the entry point. In scope: `local` (index in the workgroup), `group` (index of the workgroup over x and y),
   * `groupZ`, and `index`, the flat index of the invocation over x and y.
   */
  readonly body: string;
  /** Whether it uses subgroup operations; only for devices that have them. */
  readonly subgroups?: boolean;
}

/** Numbers are bound as vec4s of a uniform buffer; its size in bytes. */
export function dimsBytes({ dims }: Program): number {
  return Math.max(1, Math.ceil(dims.length / 4)) * 16;
}

/** The complete WGSL module of a program. */
export function moduleOf(program: Program): string {
  const { outputs, inputs, dims, floats = [], workgroup, declarations = '', body, subgroups = false } = program;
  const [x, y = 1, z = 1] = workgroup;
  const storage = [
    ...Object.entries(outputs).map(([name, element]) => `var<storage, read_write> ${name}: array<${element}>;`),
    ...Object.entries(inputs).map(([name, element]) => `var<storage, read> ${name}: array<${element}>;`),
    ...(dims.length > 0 ? ['var<uniform> dims: Dims;'] : []),
  ].map((declaration, binding) => `@group(0) @binding(${binding}) ${declaration}`);
  const fields = dims.map((name) => `  ${name}: ${floats.includes(name) ? 'f32' : 'i32'},`);
  return [
    subgroups ? 'enable subgroups;' : '',
    dims.length > 0 ? `struct Dims {\n${fields.join('\n')}\n}` : '',
    ...storage,
    declarations,
    `@compute @workgroup_size(${x}, ${y}, ${z})`,
    'fn main(',
    '  @builtin(local_invocation_index) localIndex: u32,',
    '  @builtin(workgroup_id) groupId: vec3u,',
    '  @builtin(num_workgroups) groupCount: vec3u,',
    ') {',
    '  let local = i32(localIndex);',
    '  let group = i32(groupId.x + groupId.y * groupCount.x);',
    '  let groupZ = i32(groupId.z);',
    `  let index = group * ${x * y * z} + local;`,
    body,
    '}',
  ].join('\n');
}
