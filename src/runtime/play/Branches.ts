/** Pairs of plays that share everything up to a step and all random numbers after it, and differ in what the instructor gives there: advice or silence. */
import { Effect } from "effect"
import type { Noise } from "../agent/Agent.ts"
import { makePlayer, makeRecord, purposeOf } from "../agent/Player.ts"
import { ofEach } from "../agent/Team.ts"
import type { Team } from "../agent/Team.ts"
import type { EngineError, Session } from "../engine/Engine.ts"
import { makeStepOutcome } from "../environment/Environment.ts"
import type { Branches } from "../measure/AdaptationMeasures.ts"
import type { Random } from "../random/Random.ts"
import { stream } from "./Team.ts"

/** Branches of each state. */
export const branchesOfState = 8
/** Copies stepped together. */
const largest = 1024

/** A state: before step `t` of an episode. */
export interface BranchPoint {
  readonly episode: number
  readonly t: number
  /** The kind of advice that is compared with silence, from 1 on. */
  readonly advice: number
}

/**
 * The returns of 8 branches of each point with its advice forced at that step and with silence, from there to the end of the episode, undiscounted.
 *
 * A copy plays its episode from the start with the numbers of `playTeam`, so that it comes to the point as that play did. From the
 * point on branch b takes numbers of its own, the same for both plays of the pair.
 */
export const branches = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly learned: ReadonlySet<string>
  readonly loaded: Set<string>
  readonly episodes: number
  readonly points: ReadonlyArray<BranchPoint>
  readonly random: Random
  readonly greedy: boolean
  readonly noise: Noise
}): Effect.fn.Return<Branches, EngineError> {
  const { episodes, greedy, points, random, session, team } = options
  const { environment } = team
  // copy 2 (8 p + b) + u: point p, branch b, advised where u is 1
  const pairs = points.length * branchesOfState
  const returns = new Float64Array(2 * pairs)
  const codes = team.protocol?.of.codes ?? 0
  const symbols = team.protocol?.of.symbols ?? 0
  for (let from = 0; from < 2 * pairs; from += largest) {
    const count = Math.min(largest, 2 * pairs - from)
    const at = (i: number) => points[Math.floor((from + i) / (2 * branchesOfState))] ?? { episode: 0, t: 0, advice: 1 }
    const branchOf = (i: number) => Math.floor((from + i) / 2) % branchesOfState
    const worlds = environment.worlds({ count, random, stream })
    const numbers = Int32Array.from({ length: count }, (_, i) => at(i).episode)
    worlds.reset(numbers)
    const player = yield* makePlayer({
      session,
      team,
      worlds,
      noise: () => options.noise,
      greedy,
      learned: options.learned,
      loaded: options.loaded
    })
    yield* player.refresh
    const record = makeRecord(team, count)
    const outcome = makeStepOutcome(count)
    const finished = new Uint8Array(count)
    let playing = count
    for (let t = 0; t < environment.horizon && playing > 0; t++) {
      /** Numbers of each copy's episode and branch, `width` of them; before the point those of the undisturbed play. */
      const draw = (kind: "uniform" | "gumbel", purpose: string, width: number): Float32Array => {
        const out = new Float32Array(count * width)
        const all = new Map<number, Float32Array>()
        const numbersOf = (branch: number): Float32Array => {
          const known = all.get(branch)
          if (known !== undefined) return known
          const made = new Float32Array(episodes * width)
          random[kind]({ stage: stream, purpose: branch < 0 ? purpose : `${purpose}.branch.${branch}`, step: t }, made)
          all.set(branch, made)
          return made
        }
        for (let i = 0; i < count; i++) {
          const point = at(i)
          const source = numbersOf(t < point.t ? -1 : branchOf(i))
          out.set(source.subarray(point.episode * width, (point.episode + 1) * width), i * width)
        }
        return out
      }
      const forced = Int32Array.from({ length: count }, (_, i) =>
        at(i).t !== t ? -1 : (from + i) % 2 === 1 ? at(i).advice : 0
      )
      yield* player.step(
        {
          speeches: ofEach(team.speakers, (_, k) => ({
            intent: draw("uniform", purposeOf("intent", k), 1),
            token: draw("uniform", purposeOf("token", k), 1),
            channel: draw("uniform", purposeOf("channel", k), 2)
          })),
          action: draw("uniform", "action", 1),
          ...(greedy
            ? {}
            : {
                codeNoise: draw("gumbel", "code", codes),
                symbolNoise: draw("gumbel", "symbol", symbols),
                advice: draw("uniform", "advice", 1)
              }),
          forced
        },
        record,
        outcome
      )
      for (let i = 0; i < count; i++) {
        if (finished[i] === 1) continue
        if (t >= at(i).t) returns[from + i] = (returns[from + i] ?? 0) + (outcome.reward[i] ?? 0)
        if (outcome.done[i] !== 1) continue
        finished[i] = 1
        playing--
      }
      worlds.reset(numbers, outcome.done)
      player.restart(outcome.done)
    }
  }
  return {
    episodes,
    episode: Int32Array.from({ length: pairs }, (_, k) => points[Math.floor(k / branchesOfState)]?.episode ?? 0),
    control: returns.filter((_, i) => i % 2 === 0),
    treated: returns.filter((_, i) => i % 2 === 1)
  }
})
