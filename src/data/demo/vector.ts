/** A point or direction in metres; y points up. */
export type Vector3 = readonly [number, number, number];

/** Three rows of a rotation. */
export type Rotation = readonly [Vector3, Vector3, Vector3];

export const add = (a: Vector3, b: Vector3): Vector3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vector3, factor: number): Vector3 => [a[0] * factor, a[1] * factor, a[2] * factor];
export const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const normalize = (a: Vector3): Vector3 => scale(a, 1 / Math.sqrt(dot(a, a)));

/** `rotation * a` */
export const rotate = (rotation: Rotation, a: Vector3): Vector3 => [
  dot(rotation[0], a),
  dot(rotation[1], a),
  dot(rotation[2], a),
];

/** `rotation^T * a`: undoes {@link rotate}. */
export const rotateBack = (rotation: Rotation, a: Vector3): Vector3 =>
  add(add(scale(rotation[0], a[0]), scale(rotation[1], a[1])), scale(rotation[2], a[2]));

/** Turns world coordinates into those of an object that stands turned by `angle` radians about the vertical. */
export const turned = (angle: number): Rotation => {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [
    [cosine, 0, -sine],
    [0, 1, 0],
    [sine, 0, cosine],
  ];
};

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
