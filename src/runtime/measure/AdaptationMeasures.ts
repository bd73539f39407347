/**
 * Metrics of adaptation (MAPTALK.md section 3): what feeds the estimators from traces, replayed policies and branches, and their intervals.
 * Every value is NaN where its minimum data is missing.
 */
import type { Trace } from "../play/Trace.ts"
import type { Random } from "../random/Random.ts"
import { clip01 } from "./estimator/Bounds.ts"
import { rowDivergences } from "./estimator/JensenShannon.ts"
import { knowledgeTransfer, transferredShare } from "./estimator/KnowledgeTransfer.ts"
import type { Matrix } from "./estimator/linear/Matrix.ts"
import { representationAlignment } from "./estimator/LinearCka.ts"
import { informationOf } from "./estimator/MutualInformation.ts"
import { answers, leastIntentEntropy, noAnswer } from "./estimator/ProtocolConvergence.ts"
import { superiority } from "./estimator/TeachingEffectiveness.ts"
import { bootstrapEpisodes, jackknifeEpisodes } from "./EpisodeBootstrap.ts"
import type { Estimate } from "./Statistics.ts"
import { normal } from "./Statistics.ts"
import type { TracedLatents } from "./TeamMeasures.ts"
import { latentRows, undefinedOf } from "./TeamMeasures.ts"

/** One side's choice probabilities at the same logged steps, [n, choices], before and after co-training. */
export interface BeforeAfter {
  readonly before: Matrix
  readonly after: Matrix
}

/** The number of episodes that rows numbered from 0 belong to. */
const episodesIn = (episode: ArrayLike<number>): number =>
  episode.length === 0 ? 0 : (episode[episode.length - 1] ?? 0) + 1

/** The mean of `values` over the rows of a resample of the episodes, as a function of how often each is in it. */
const meanOver = (values: ArrayLike<number>, episode: ArrayLike<number>, episodes: number) => {
  const sums = new Float64Array(episodes)
  const rows = new Float64Array(episodes)
  for (let i = 0; i < values.length; i++) {
    const k = episode[i] ?? 0
    sums[k] = (sums[k] ?? 0) + (values[i] ?? Number.NaN)
    rows[k] = (rows[k] ?? 0) + 1
  }
  return (times: Uint16Array): number => {
    let sum = 0
    let count = 0
    for (let k = 0; k < episodes; k++) {
      const weight = times[k] ?? 0
      if (weight === 0) continue
      sum += weight * (sums[k] ?? 0)
      count += weight * (rows[k] ?? 0)
    }
    return sum / count
  }
}

/**
 * Mutual adaptation of Table 3, sqrt(human * ai), and how far each side has changed: the mean of J(after, before) over steps of the
 * final team, both policies fed the same histories. 0 where a side is frozen; NaN without steps.
 */
export const adaptation = (options: {
  readonly human: BeforeAfter
  readonly ai: BeforeAfter
  readonly episode: ArrayLike<number>
  readonly random: Random
}): { readonly mutual: Estimate; readonly human: Estimate; readonly ai: Estimate } => {
  const { ai, episode, human, random } = options
  const n = episodesIn(episode)
  const changed = ({ after, before }: BeforeAfter) => meanOver(rowDivergences(before, after), episode, n)
  const [h, a] = [changed(human), changed(ai)]
  return {
    mutual: bootstrapEpisodes(n, (times) => Math.sqrt(h(times) * a(times)), random),
    human: bootstrapEpisodes(n, h, random),
    ai: bootstrapEpisodes(n, a, random)
  }
}

/** What one side's adaptation is worth in success: the difference over the same episodes, with the normal interval. */
export const gain = (final: Uint8Array, first: Uint8Array): Estimate =>
  normal(Float64Array.from(final, (success, i) => success - (first[i] ?? Number.NaN)))

/**
 * Convergence of the protocol (Table 3), use * stability: what the intent decides of the AI's next move (positive signalling and listening:
 * Lowe et al. 2019; Eccles et al. 2019), I(intent; answer) / H(intent) corrected (Miller & Madow 1955) and clipped to [0, 1], and how
 * little the table still changes, 1 - mean J of `final` and `late`, weighted by visits, which alone is trivial for a frozen one.
 * `final` and `late` are P(token | row) at the end and at 90 % of the updates. `use` is NaN without intents or where their entropy is
 * below 0.1 nat, `stability` without `late`.
 */
export const convergence = (options: {
  readonly trace: Trace
  readonly intents: number
  readonly final: Matrix
  readonly late: Matrix | undefined
  readonly random: Random
}): { readonly convergence: Estimate; readonly use: Estimate; readonly stability: Estimate } => {
  const { final, intents, late, random, trace } = options
  if (trace.rows === 0 || (trace.intent[0] ?? -1) < 0) {
    const none = undefinedOf(trace.episodes)
    return { convergence: none, use: none, stability: none }
  }
  const { episode, episodes } = trace
  const answer = answers(trace)
  const width = noAnswer + 1
  // pairs of intent and answer, counted episode by episode
  const pairs = new Float64Array(episodes * intents * width)
  answer.forEach((y, i) => {
    const at = ((episode[i] ?? 0) * intents + (trace.intent[i] ?? 0)) * width + y
    pairs[at] = (pairs[at] ?? 0) + 1
  })
  const use = (times: Uint16Array): number => {
    const counts = new Float64Array(intents * width)
    times.forEach((weight, k) => {
      if (weight === 0) return
      for (let j = 0; j < counts.length; j++)
        counts[j] = (counts[j] ?? 0) + weight * (pairs[k * counts.length + j] ?? 0)
    })
    const { corrected, entropyX } = informationOf(counts, width)
    return entropyX >= leastIntentEntropy ? clip01(corrected / entropyX) : Number.NaN
  }
  const divergences = late === undefined ? undefined : rowDivergences(final, late)
  const changed = meanOver(
    Float64Array.from(trace.row, (row) => divergences?.[row] ?? Number.NaN),
    episode,
    episodes
  )
  const stability = (times: Uint16Array): number => 1 - changed(times)
  return {
    convergence: bootstrapEpisodes(episodes, (times) => use(times) * stability(times), random),
    use: bootstrapEpisodes(episodes, use, random),
    stability: bootstrapEpisodes(episodes, stability, random)
  }
}

/** Representation alignment of T(z^H) and z^A at the steps of `episode`, the first rows of the latents; n counts episodes. */
export const alignment = (episode: Int32Array, latents: TracedLatents): Estimate =>
  jackknifeEpisodes(episode, (rows) => representationAlignment(latentRows(latents, episode, rows)), episodesIn(episode))

/** Knowledge transfer; the probes stay as they are, the held-out episodes are resampled. */
export const transfer = (options: {
  readonly heard: Matrix
  readonly deaf: Matrix
  readonly full: Matrix
  readonly best: ArrayLike<number>
  readonly episode: ArrayLike<number>
  readonly random: Random
}): Estimate => {
  const { episode, random } = options
  const found = knowledgeTransfer(options)
  const n = episodesIn(episode)
  if (Number.isNaN(found.share)) return undefinedOf(n)
  const held = Int32Array.from(found.heldOut, (row) => episode[row] ?? 0)
  const of = (hits: ArrayLike<number>) => meanOver(hits, held, n)
  const [heard, deaf, full] = [of(found.hits.heard), of(found.hits.deaf), of(found.hits.full)]
  return bootstrapEpisodes(
    n,
    (times) => transferredShare({ heard: heard(times), deaf: deaf(times), full: full(times) }),
    random
  )
}

/** Returns of pairs of branches that differ in one intervention, and the episode in which each branched off. */
export interface Branches {
  readonly episodes: number
  readonly episode: ArrayLike<number>
  readonly treated: ArrayLike<number>
  readonly control: ArrayLike<number>
}

/**
 * Teaching effectiveness of Table 3, P(treated > control) + 0.5 P(equal) over branches that differ in the intervention alone (Vargha &
 * Delaney 2000, paired): 0.5 is no effect. NaN without branches, so without an instructor; n counts pairs of branches.
 */
export const teaching = (branches: Branches | undefined, random: Random): Estimate => {
  if (branches === undefined) return undefinedOf(0)
  const { control, episode, episodes, treated } = branches
  const won = Float64Array.from(treated, (one, i) => superiority(one, control[i] ?? Number.NaN))
  return bootstrapEpisodes(episodes, meanOver(won, episode, episodes), random, won.length)
}
