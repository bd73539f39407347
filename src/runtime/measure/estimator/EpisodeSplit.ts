/**
 * Halves of the evaluation episodes for everything that is fitted: steps of one episode resemble each other, so no
 * episode is in both.
 */

/** Row numbers of the two halves. */
export interface Halves {
  readonly fit: Int32Array
  readonly heldOut: Int32Array
}

/**
 * Splits rows by their episode: of the episode numbers in rising order the 1st, 3rd, 5th, ... are for fitting, the
 * others held out.
 *
 * `episode[i]` is the episode of row i. Maps are drawn independently per episode, so the order carries nothing; without
 * randomness the split is the same for every condition. One episode leaves nothing held out.
 */
export const splitByEpisode = (episode: ArrayLike<number>): Halves => {
  const numbers = Array.from(new Set(Array.from(episode))).sort((a, b) => a - b)
  const held = new Set(numbers.filter((_, rank) => rank % 2 === 1))
  const fit: Array<number> = []
  const heldOut: Array<number> = []
  for (let i = 0; i < episode.length; i++) (held.has(episode[i] ?? Number.NaN) ? heldOut : fit).push(i)
  return { fit: Int32Array.from(fit), heldOut: Int32Array.from(heldOut) }
}

/** At most `most` rows of each episode, evenly spaced over its rows, in the order of the episodes' first rows. */
export const spreadOverEpisodes = (episode: ArrayLike<number>, most: number): Int32Array => {
  const rows = new Map<number, Array<number>>()
  for (let i = 0; i < episode.length; i++) {
    const number = episode[i] ?? Number.NaN
    const found = rows.get(number)
    if (found === undefined) rows.set(number, [i])
    else found.push(i)
  }
  const chosen: Array<number> = []
  for (const found of rows.values()) {
    const count = Math.min(most, found.length)
    for (let k = 0; k < count; k++) {
      const at = found[Math.floor(((k + 0.5) * found.length) / count)]
      if (at !== undefined) chosen.push(at)
    }
  }
  return Int32Array.from(chosen)
}
