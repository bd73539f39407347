/**
 * The oracle: what a picture is worth, a number in [0, 1] of its true factors (NAVIGATOR.md section 4).
 *
 * Three modes, one for each shape, w = (1, .8, .6):
 *
 *   s(f) = max_m w_m g_m(shape) exp(-1/2 sum_k ((f_k - c_mk) / h_k)^2),  g_m = 1 for the mode's shape, else 1/2,
 *
 * over scale, orientation (circular), x and y in [0, 1], with h = (.25, .35, .22, .22).
 */
import type { Address, Random } from "../../random/Random.ts"
import type { Catalogue } from "./Catalogue.ts"

/** The number of modes, M. */
export const MODES = 3

/** The height w of each mode. */
export const heights: ReadonlyArray<number> = [1, 0.8, 0.6]

/** The width h of a mode in scale, orientation, x and y. */
export const widths: ReadonlyArray<number> = [0.25, 0.35, 0.22, 0.22]

/** What a mode keeps of its value for pictures of another shape. */
export const OTHER_SHAPE = 0.5

export interface Mode {
  readonly height: number
  /** Index of the shape: 0, 1 or 2. */
  readonly shape: number
  /** Scale, orientation, x and y of its centre, each in [0, 1]. */
  readonly centre: readonly [scale: number, orientation: number, x: number, y: number]
}

export interface Taste {
  readonly modes: ReadonlyArray<Mode>
}

/**
 * The taste at an address. The heights go to the shapes in random order; centres are uniform, those of x and y in
 * [.15, .85], where a mode has room on every side.
 */
export const drawTaste = (random: Random, address: Address): Taste => {
  const shapes = random.permutation({ ...address, purpose: `${address.purpose} shapes` }, MODES)
  const drawn = new Float32Array(MODES * 4)
  random.uniform({ ...address, purpose: `${address.purpose} centres` }, drawn)
  const inner = (u: number): number => 0.15 + 0.7 * u
  return {
    modes: heights.map((height, m) => ({
      height,
      shape: shapes[m]!,
      centre: [drawn[4 * m]!, drawn[4 * m + 1]!, inner(drawn[4 * m + 2]!), inner(drawn[4 * m + 3]!)]
    }))
  }
}

/**
 * The value that `mode` alone gives to the factors at `offset` of `factors`: the index of the shape, then scale,
 * orientation, x and y in [0, 1].
 */
export const modeValue = (mode: Mode, factors: Float64Array, offset: number): number => {
  let squares = 0
  for (let k = 0; k < 4; k++) {
    let difference = Math.abs(factors[offset + 1 + k]! - mode.centre[k]!)
    // a full turn is the same orientation
    if (k === 1) difference = Math.min(difference, 1 - difference)
    squares += (difference / widths[k]!) ** 2
  }
  return mode.height * (factors[offset] === mode.shape ? 1 : OTHER_SHAPE) * Math.exp(-0.5 * squares)
}

/** The value that each mode gives to each item of the catalogue: [count, modes]. */
export const componentsOf = (taste: Taste, catalogue: Catalogue): Float64Array => {
  const values = new Float64Array(catalogue.count * taste.modes.length)
  for (let item = 0; item < catalogue.count; item++) {
    taste.modes.forEach((mode, m) => {
      values[item * taste.modes.length + m] = modeValue(mode, catalogue.normalised, item * 5)
    })
  }
  return values
}

/** s(f) of each item of the catalogue: [count]. */
export const scoresOf = (taste: Taste, catalogue: Catalogue): Float64Array => {
  const components = componentsOf(taste, catalogue)
  const modes = taste.modes.length
  return Float64Array.from({ length: catalogue.count }, (_, item) => {
    let best = 0
    for (let m = 0; m < modes; m++) best = Math.max(best, components[item * modes + m]!)
    return best
  })
}
