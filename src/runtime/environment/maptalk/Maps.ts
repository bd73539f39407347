/**
 * Maps: obstacles, start, goal, and the steps of the best plan from every cell and heading.
 *
 * A map of n x n cells lies inside a wall, on a grid of width n + 2; a cell is an index into that grid, row by row, north
 * first. Headings are 0 .. 3 for north, east, south, west.
 */
import { below } from "../../random/Random.ts"
import type { Random } from "../../random/Random.ts"
import { EnvironmentError } from "../Environment.ts"

/** Distance of a state from which the goal cannot be reached. */
export const UNREACHABLE = 0xffff

/** Maps in numbered slots, side by side in shared arrays. */
export interface Maps {
  /** Cells in a row, walls included: n + 2. */
  readonly width: number
  /** Cells of a map, walls included: width^2. */
  readonly cells: number
  /** Index difference of one step north, east, south, west. */
  readonly offsets: Int32Array
  /** 1 where a cell is an obstacle or wall: [slot, cell]. */
  readonly blocked: Uint8Array
  /** Steps of the best plan to the goal (forward, left, right cost one each), or `UNREACHABLE`: [slot, cell, heading]. */
  readonly distance: Uint16Array
  readonly start: Int32Array
  readonly heading: Int32Array
  readonly goal: Int32Array
  /** Puts the map of `episode` into `slot` and returns the number of attempts that took. */
  readonly generate: (slot: number, episode: number) => number
  /** Another start on the map in `slot`, which is that of `episode`: cell and heading of round `round`, from 0. */
  readonly startAgain: (slot: number, episode: number, round: number) => readonly [cell: number, heading: number]
}

/** Steps north, east, south, west on a grid of this width. */
export const offsetsOf = (width: number): Int32Array => Int32Array.of(-width, 1, width, -1)

/**
 * Fills `distance` with the steps of the best plan to `goal` from every (cell, heading), by breadth-first search backwards
 * from the goal. `blocked` must be 1 on the border. Index ranges start at `cellBase` in `blocked` and 4 * `cellBase` in
 * `distance`; `queue` has room for 4 * cells states.
 */
export const search = (
  blocked: Uint8Array,
  distance: Uint16Array,
  cellBase: number,
  cells: number,
  offsets: Int32Array,
  goal: number,
  queue: Int32Array
): void => {
  const base = cellBase * 4
  distance.fill(UNREACHABLE, base, base + cells * 4)
  let tail = 0
  for (let heading = 0; heading < 4; heading++) {
    distance[base + goal * 4 + heading] = 0
    queue[tail++] = goal * 4 + heading
  }
  for (let head = 0; head < tail; head++) {
    const state = queue[head]!
    const cell = state >> 2
    const heading = state & 3
    const next = distance[base + state]! + 1
    const cell4 = state & ~3
    const fromLeft = cell4 | ((heading + 1) & 3)
    if (distance[base + fromLeft] === UNREACHABLE) {
      distance[base + fromLeft] = next
      queue[tail++] = fromLeft
    }
    const fromRight = cell4 | ((heading + 3) & 3)
    if (distance[base + fromRight] === UNREACHABLE) {
      distance[base + fromRight] = next
      queue[tail++] = fromRight
    }
    const behind = cell - offsets[heading]!
    if (blocked[cellBase + behind] === 0) {
      const fromBehind = (behind << 2) | heading
      if (distance[base + fromBehind] === UNREACHABLE) {
        distance[base + fromBehind] = next
        queue[tail++] = fromBehind
      }
    }
  }
}

/**
 * Room for `count` maps of `size` x `size` cells, empty until generated.
 *
 * The map of an episode depends on the seed, the stream and the episode only. Attempt k of it reads, from word
 * k * (size^2 + 4, rounded up to a multiple of 4) of the stream (stage `stream`, purpose "map", step episode): the obstacle
 * probability p, uniform in `obstacles`; for each cell row by row whether it is an obstacle, with probability p; the start;
 * the goal among the other cells; the heading. Start and goal are freed. An attempt without a way from start to goal is
 * discarded; after `attempts` of them an `EnvironmentError` says so. `environment` is the name it gives.
 *
 * Round r on the map of an episode reads words 4 r and 4 r + 1 of the stream (stage `stream`, purpose "again", step episode): the start among
 * the cells from which there is a way to the goal, without the goal; the heading.
 */
export const makeMaps = (options: {
  readonly environment: string
  readonly count: number
  readonly size: number
  readonly obstacles: { readonly low: number; readonly high: number }
  readonly random: Random
  readonly stream: string
  readonly attempts?: number
}): Maps => {
  const { attempts = 10_000, count, environment, obstacles, random, size, stream } = options
  const width = size + 2
  const cells = width * width
  const offsets = offsetsOf(width)
  const inside = size * size
  const stride = Math.ceil((inside + 4) / 4) * 4

  const blocked = new Uint8Array(count * cells).fill(1)
  const distance = new Uint16Array(count * cells * 4).fill(UNREACHABLE)
  const start = new Int32Array(count)
  const heading = new Int32Array(count)
  const goal = new Int32Array(count)
  const queue = new Int32Array(cells * 4)
  const drawn = new Uint32Array(stride)

  // Index on the walled grid of the k-th cell inside it.
  const cellOf = (k: number): number => (Math.floor(k / size) + 1) * width + (k % size) + 1

  const generate = (slot: number, episode: number): number => {
    const address = { stage: stream, purpose: "map", step: episode }
    const base = slot * cells
    for (let attempt = 0; attempt < attempts; attempt++) {
      random.words(address, drawn, attempt * stride)
      const probability = obstacles.low + ((obstacles.high - obstacles.low) * drawn[0]!) / 0x100000000
      const threshold = probability * 0x100000000
      let word = 1
      for (let row = 1; row <= size; row++) {
        const at = base + row * width + 1
        for (let column = 0; column < size; column++) {
          blocked[at + column] = drawn[word++]! < threshold ? 1 : 0
        }
      }
      const first = below(drawn[word++]!, inside)
      const second = below(drawn[word++]!, inside - 1)
      const from = cellOf(first)
      const to = cellOf(second < first ? second : second + 1)
      blocked[base + from] = 0
      blocked[base + to] = 0
      search(blocked, distance, base, cells, offsets, to, queue)
      // Turning is always possible, so one heading speaks for the four.
      if (distance[(base + from) * 4] !== UNREACHABLE) {
        start[slot] = from
        goal[slot] = to
        heading[slot] = drawn[word]! >>> 30
        return attempt + 1
      }
    }
    throw new EnvironmentError({
      environment,
      reason:
        `no way from start to goal in ${attempts} maps of episode ${episode}: obstacles ${obstacles.low} .. ${obstacles.high} ` +
        `are too dense for a grid of ${size} by ${size}`
    })
  }

  const again = new Uint32Array(2)
  const startAgain = (slot: number, episode: number, round: number): readonly [cell: number, heading: number] => {
    random.words({ stage: stream, purpose: "again", step: episode }, again, 4 * round)
    const starts: Array<number> = []
    for (let cell = 0; cell < cells; cell++) {
      const steps = distance[(slot * cells + cell) * 4]!
      if (steps !== 0 && steps !== UNREACHABLE) {
        starts.push(cell)
      }
    }
    return [starts[below(again[0]!, starts.length)]!, again[1]! >>> 30]
  }

  return { width, cells, offsets, blocked, distance, start, heading, goal, generate, startAgain }
}
