/** Arithmetic on shapes. */
import type { Shape } from "./Graph.ts"

/** Number of elements; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, axis) => size * axis, 1)

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

/** Row-major strides, in elements. */
export const stridesOf = (shape: Shape): ReadonlyArray<number> => {
  const strides: Array<number> = []
  let stride = 1
  for (const size of shape.toReversed()) {
    strides.push(stride)
    stride *= size
  }
  return strides.reverse()
}

/** NumPy broadcasting: shapes are aligned at the last axis and a size of 1 stretches. `undefined` where they do not agree. */
export const broadcastShapes = (...shapes: ReadonlyArray<Shape>): Shape | undefined => {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length))
  const result: Array<number> = Array.from({ length: rank }, () => 1)
  for (const shape of shapes) {
    const offset = rank - shape.length
    for (const [axis, size] of shape.entries()) {
      const sofar = result[offset + axis]
      if (sofar === 1) result[offset + axis] = size
      else if (size !== 1 && size !== sofar) return undefined
    }
  }
  return result
}

/** The axes of `to` along which a tensor of shape `from` is repeated when it is broadcast to it. */
export const stretchedAxes = (from: Shape, to: Shape): ReadonlyArray<number> => {
  const offset = to.length - from.length
  return to.flatMap((size, axis) => (axis < offset || (from[axis - offset] === 1 && size !== 1) ? [axis] : []))
}

/** The shape left by a reduction over `axes` (non-negative, ascending). */
export const reducedShape = (shape: Shape, axes: ReadonlyArray<number>, keep: boolean): Shape =>
  shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]))
