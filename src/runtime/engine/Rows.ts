/** Rows of what was played, as graphs are fed with them: minibatch after minibatch from the same arrays. */

/**
 * An array that was played into, [steps, copies, width] time-major. Whole numbers, [steps, copies], stand for one-hot rows of `width`.
 * What it holds does not change as long as it is fed: a device takes it over once, and what is played next is another `Played`.
 */
export interface Played {
  /** What it is called; a device keeps one of each name. */
  readonly name: string
  readonly data: Float32Array | Int32Array
  readonly steps: number
  readonly copies: number
  readonly width: number
}

/** The rows of some copies, [steps x chosen, width]. */
export interface Rows {
  readonly of: Played
  readonly chosen: Int32Array
}

/** What an input is given. */
export type Feed = Float32Array | Rows

/** How many numbers a feed is. */
export const sizeOfFeed = (feed: Feed): number =>
  feed instanceof Float32Array ? feed.length : feed.of.steps * feed.chosen.length * feed.of.width

/**
 * Writes rows out where there is no device to do it: the numbers of step 0 for all that are chosen, then those of step 1.
 *
 * ```ts import.meta.vitest
 * const of = { name: "a", data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), steps: 2, copies: 2, width: 2 }
 * Array.from(gather({ of, chosen: Int32Array.of(1) }, new Float32Array(4))) // => [3, 4, 7, 8]
 * const choices = { name: "b", data: Int32Array.of(0, 2, 1, 1), steps: 2, copies: 2, width: 3 }
 * Array.from(gather({ of: choices, chosen: Int32Array.of(1) }, new Float32Array(6))) // => [0, 0, 1, 0, 1, 0]
 * ```
 */
export const gather = ({ chosen, of }: Rows, out: Float32Array): Float32Array =>
  of.data instanceof Int32Array ? oneHot(of.data, of, chosen, out) : numbers(of.data, of, chosen, out)

// internal

const numbers = (data: Float32Array, { copies, steps, width }: Played, chosen: Int32Array, out: Float32Array) => {
  let to = 0
  for (let t = 0; t < steps; t++) {
    for (let k = 0; k < chosen.length; k++) {
      // rows are short: a view of each would cost more than its numbers
      let from = (t * copies + (chosen[k] ?? 0)) * width
      const end = from + width
      while (from < end) out[to++] = data[from++] ?? 0
    }
  }
  return out
}

const oneHot = (data: Int32Array, { copies, steps, width }: Played, chosen: Int32Array, out: Float32Array) => {
  out.fill(0)
  let row = 0
  for (let t = 0; t < steps; t++) {
    for (let k = 0; k < chosen.length; k++) out[row++ * width + (data[t * copies + (chosen[k] ?? 0)] ?? 0)] = 1
  }
  return out
}
