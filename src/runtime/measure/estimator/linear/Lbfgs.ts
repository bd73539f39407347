/**
 * Minimisation of smooth functions by limited-memory BFGS (Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.5).
 */
import { addScaled, dot } from "./Matrix.ts"

export interface Minimum {
  readonly at: Float64Array
  readonly value: number
  /** Whether every entry of the gradient fell below the tolerance. */
  readonly converged: boolean
  readonly iterations: number
}

const remembered = 12
const sufficientDecrease = 1e-4
const curvature = 0.9
const largestTrials = 60

/**
 * Minimises `evaluate`, which returns the value at a point and writes the gradient there, from `start`.
 *
 * `precondition` applies an approximation of the inverse Hessian, the identity unless given. Steps satisfy the weak
 * Wolfe conditions, found by bisection (Lewis & Overton 2013). Ends when the largest entry of the gradient is at most
 * `tolerance`, no step goes further down, or after `iterations`. Deterministic.
 */
export const minimise = (options: {
  readonly start: Float64Array
  readonly evaluate: (at: Float64Array, gradient: Float64Array) => number
  readonly precondition?: (gradient: Float64Array) => Float64Array
  readonly tolerance: number
  readonly iterations: number
}): Minimum => {
  const { evaluate, iterations, precondition = (gradient) => Float64Array.from(gradient), start, tolerance } = options
  const n = start.length
  let at: Float64Array = Float64Array.from(start)
  let gradient: Float64Array = new Float64Array(n)
  let value = evaluate(at, gradient)
  const pairs: Array<{ readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }> = []
  let scale = 1
  const flat = () => gradient.every((slope) => Math.abs(slope) <= tolerance)

  const direction = (): Float64Array => {
    const q = Float64Array.from(gradient)
    const alphas = new Float64Array(pairs.length)
    for (let k = pairs.length - 1; k >= 0; k--) {
      const pair = pairs[k]
      if (pair === undefined) continue
      alphas[k] = pair.rho * dot(pair.s, 0, q, 0, n)
      addScaled(-(alphas[k] ?? 0), pair.y, 0, q, 0, n)
    }
    const r = precondition(q).map((x) => x * scale)
    pairs.forEach((pair, k) => {
      addScaled((alphas[k] ?? 0) - pair.rho * dot(pair.y, 0, r, 0, n), pair.s, 0, r, 0, n)
    })
    return r.map((x) => -x)
  }

  for (let iteration = 0; iteration < iterations; iteration++) {
    if (flat()) return { at, value, converged: true, iterations: iteration }
    const along = direction()
    const slope = dot(gradient, 0, along, 0, n)
    if (!(slope < 0)) return { at, value, converged: false, iterations: iteration }
    // near the minimum the decrease is smaller than the rounding of the value
    const slack = 4 * Number.EPSILON * Math.abs(value)
    let low = 0
    let high = Infinity
    let step = 1
    let taken: { readonly at: Float64Array; readonly gradient: Float64Array; readonly value: number } | undefined
    for (let trial = 0; trial < largestTrials; trial++) {
      const next = Float64Array.from(at)
      addScaled(step, along, 0, next, 0, n)
      const nextGradient = new Float64Array(n)
      const nextValue = evaluate(next, nextGradient)
      if (!(nextValue <= value + sufficientDecrease * step * slope + slack)) {
        high = step
      } else if (dot(nextGradient, 0, along, 0, n) < curvature * slope) {
        low = step
      } else {
        taken = { at: next, gradient: nextGradient, value: nextValue }
        break
      }
      step = high === Infinity ? step * 2 : (low + high) / 2
    }
    if (taken === undefined) return { at, value, converged: false, iterations: iteration }
    const s = taken.at.map((x, i) => x - (at[i] ?? 0))
    const y = taken.gradient.map((x, i) => x - (gradient[i] ?? 0))
    const sy = dot(s, 0, y, 0, n)
    if (sy > 0) {
      if (pairs.length === remembered) pairs.shift()
      pairs.push({ s, y, rho: 1 / sy })
      scale = sy / dot(y, 0, precondition(y), 0, n)
    }
    at = taken.at
    gradient = taken.gradient
    value = taken.value
  }
  return { at, value, converged: flat(), iterations }
}
