/** Intervals of estimators that are no mean over episodes: episodes are resampled, never steps. */
import type { Random } from "../random/Random.ts"
import type { Estimate } from "./Statistics.ts"

/** Resamples of the bootstrap over episodes. */
export const episodeResamples = 200

const z = 1.959963984540054

/**
 * An estimate with the percentile bootstrap interval over `episodes` episodes, 95 % (Efron 1979). `estimator` is given how often each
 * episode is in the resample; `value` is what it gives for each once. The draws have the address ("measure", "episodes", episodes), so
 * that two metrics of one play are resampled alike. NaN bounds below two episodes, or where more than one resample in ten is undefined.
 */
export const bootstrapEpisodes = (
  episodes: number,
  estimator: (times: Uint16Array) => number,
  random: Random,
  n = episodes
): Estimate => {
  const value = estimator(new Uint16Array(episodes).fill(1))
  const none = { mean: value, low: Number.NaN, high: Number.NaN, n }
  if (episodes < 2 || Number.isNaN(value)) return none
  const draws = new Float32Array(episodes)
  const times = new Uint16Array(episodes)
  const values: Array<number> = []
  for (let r = 0; r < episodeResamples; r++) {
    random.uniform({ stage: "measure", purpose: "episodes", step: episodes }, draws, r * episodes)
    times.fill(0)
    for (const draw of draws) {
      const k = Math.min(episodes - 1, Math.floor(draw * episodes))
      times[k] = (times[k] ?? 0) + 1
    }
    const one = estimator(times)
    if (Number.isFinite(one)) values.push(one)
  }
  if (values.length < 0.9 * episodeResamples) return none
  const sorted = Float64Array.from(values).sort()
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))] ?? Number.NaN
  return { mean: value, low: at(0.025), high: at(0.975), n }
}

/** Groups of episodes that the jackknife leaves out, one after the other. */
export const jackknifeGroups = 10

/**
 * An estimate with the interval value ± 1.96 times the standard error of the delete-a-group jackknife over ten groups of episodes
 * (Shao & Tu 1995, section 2.3): for estimators too dear to be resampled. `estimator` is given the rows to use; the value is that of all
 * rows. Episode k is in group floor(k / 2) mod 10, which leaves the halves of a fitted probe balanced. NaN bounds where a part is undefined.
 */
export const jackknifeEpisodes = (
  episode: ArrayLike<number>,
  estimator: (rows: Int32Array) => number,
  n: number
): Estimate => {
  const all = Int32Array.from({ length: episode.length }, (_, i) => i)
  const value = estimator(all)
  const none = { mean: value, low: Number.NaN, high: Number.NaN, n }
  if (Number.isNaN(value)) return none
  const parts: Array<number> = []
  for (let group = 0; group < jackknifeGroups; group++) {
    parts.push(estimator(all.filter((i) => Math.floor((episode[i] ?? 0) / 2) % jackknifeGroups !== group)))
  }
  if (parts.some((part) => !Number.isFinite(part))) return none
  const centre = parts.reduce((a, b) => a + b, 0) / jackknifeGroups
  const squares = parts.reduce((sum, part) => sum + (part - centre) ** 2, 0)
  const half = z * Math.sqrt(((jackknifeGroups - 1) / jackknifeGroups) * squares)
  return { mean: value, low: value - half, high: value + half, n }
}
