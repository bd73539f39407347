/** What a report draws of a play: a few episodes step by step, the protocol as tables, what was said when. */
import { outcomesOf } from "../agent/Instructor.ts"
import type { Speaker, Team } from "../agent/Team.ts"
import { tableContexts } from "../agent/Team.ts"
import type { Episodes } from "../environment/Episodes.ts"
import { situations, situationsOf } from "../measure/TeamMeasures.ts"
import { distributions, protocolLogits } from "./Disturbance.ts"
import type { Spoken, Trace } from "./Trace.ts"
import type { Trained } from "./Weights.ts"

/** A play of a team on one environment. */
export interface Played {
  readonly team: Team
  readonly trace: Trace
  readonly episodes: Episodes
}

/** Episodes that are shown of each condition. */
const shown = 4

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`)

const choicesOf = (team: Team, role: string): ReadonlyArray<string> =>
  team.environment.declaration.roles.find(({ name }) => name === role)?.choices ?? []

/** What the indices of one speaker stand for. */
const wordsOf = (team: Team, { role, symbols }: Speaker) => ({
  symbols: [...symbols, "silence"],
  intents: choicesOf(team, role)
})

/** What the roles are called, of an environment of a module. */
const rolesOf = ({ actor, environment, speaker }: Team) =>
  environment.oracles === undefined ? {} : { roles: { speaks: speaker.role, acts: actor.role } }

/** What is said of the speakers after the first: nothing where there is none. */
const othersOf = <A>(team: Team, of: (speaker: Speaker, place: number) => A) => {
  const [, ...others] = team.speakers
  return others.length === 0 ? {} : { others: others.map((speaker, k) => ({ role: speaker.role, ...of(speaker, k) })) }
}

/**
 * `replay.json`: the first four episodes of each play; each step with the state before it, the intent, the token as sent and as heard,
 * the AI's message, its action, whether that collided, and what the instructor gave (0 is silence). Tokens, intents and actions are indices.
 * Of an environment that draws its own pictures these stand in place of map and places, with the names of the roles; of one that draws
 * none there are no episodes. Speakers after the first stand under `others`.
 */
export const replayJson = (plays: ReadonlyArray<Played>): Uint8Array => {
  const [first] = plays
  if (first === undefined) return bytes({})
  const episodes = plays.flatMap(({ episodes: counted, team, trace }) =>
    (trace.drawn ?? trace.scenes).slice(0, Math.min(shown, trace.episodes)).map((scene, number) => {
      const from = trace.episode.indexOf(number)
      const length = counted.steps[number] ?? 0
      return {
        on: team.environment.name,
        number,
        ...scene,
        best: counted.best[number],
        succeeded: counted.success[number] === 1,
        steps: Array.from({ length }, (_, t) => {
          const i = from + t
          return {
            ...(trace.drawn === undefined ? { x: trace.x[i], y: trace.y[i], heading: trace.heading[i] } : {}),
            intent: trace.intent[i],
            token: trace.token[i],
            heard: trace.heard[i],
            message: trace.message[i],
            action: trace.action[i],
            collided: trace.collided[i],
            advice: trace.advice[i],
            ...(trace.others.length === 0
              ? {}
              : {
                  others: trace.others.map(({ heard, intent, token }) => ({
                    intent: intent[i],
                    token: token[i],
                    heard: heard[i]
                  }))
                })
          }
        })
      }
    })
  )
  const { team } = first
  const { intents, symbols } = wordsOf(team, team.speaker)
  return bytes({
    symbols,
    codes: team.protocol?.of.symbols ?? 0,
    intents,
    actions: choicesOf(team, team.actor.role),
    ...rolesOf(team),
    ...othersOf(team, (speaker) => wordsOf(team, speaker)),
    episodes
  })
}

/** The contexts of the protocol table, in its order. */
export const contexts: ReadonlyArray<string> = ["moved, sure", "moved, unsure", "collided, sure", "collided, unsure"]

const nested = (counts: ArrayLike<number>, width: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: counts.length / width }, (_, row) =>
    Array.from({ length: width }, (_, k) => counts[row * width + k] ?? 0)
  )

const countedBy = (rows: Int32Array, values: Int32Array, count: number, width: number) => {
  const counts = new Float64Array(count * width)
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] ?? 0) * width + (values[i] ?? 0)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return nested(counts, width)
}

/** How often each of `width` values was there in each situation. */
const situated = (on: string, trace: Trace, values: Int32Array, width: number, intents: number) => ({
  on,
  situations,
  counts: countedBy(situationsOf(trace, intents), values, situations.length, width)
})

/**
 * `protocol.json`: the guide's protocol before training (its prior) and after, as probabilities [contexts x intents][symbols and
 * silence]; how often each row sent each token, and in which situation the AI said what and an
 * instructor of several kinds gave what, in the steps of each play's trace. Speakers after the first stand under `others`.
 */
export const protocolJson = (plays: ReadonlyArray<Played>, trained: Trained): Uint8Array => {
  const [first] = plays
  if (first === undefined) return bytes({})
  const { team } = first
  const { intents } = wordsOf(team, team.speaker)
  const tablesOf = (speaker: Speaker) => {
    const width = speaker.symbols.length + 1
    const table = (logits: Float32Array) =>
      nested(distributions(logits, width).data, width).map((row) => row.map((p) => Number(p.toPrecision(6))))
    return [
      { when: "before", rows: table(speaker.tablePrior) },
      { when: "after", rows: table(protocolLogits(speaker, trained)) }
    ]
  }
  const usedOf = (speaker: Speaker, spokenIn: (trace: Trace) => Pick<Spoken, "row" | "token"> | undefined) =>
    plays.flatMap(({ trace, team: { environment } }) => {
      const spoken = spokenIn(trace)
      const contextRows = tableContexts * choicesOf(team, speaker.role).length
      return spoken === undefined
        ? []
        : [
            {
              on: environment.name,
              counts: countedBy(spoken.row, spoken.token, contextRows, speaker.symbols.length + 1)
            }
          ]
    })
  const advice = plays.flatMap(({ trace, team: { environment, instructor } }) =>
    instructor === undefined || instructor.of.kinds === 1
      ? []
      : [situated(environment.name, trace, trace.advice, outcomesOf(instructor.of), intents.length)]
  )
  return bytes({
    ...wordsOf(team, team.speaker),
    contexts,
    ...rolesOf(team),
    tables: tablesOf(team.speaker),
    used: usedOf(team.speaker, (trace) => trace),
    ...othersOf(team, (speaker, k) => ({
      ...wordsOf(team, speaker),
      tables: tablesOf(speaker),
      used: usedOf(speaker, ({ others }) => others[k])
    })),
    codes: plays.flatMap(({ trace, team: { environment, protocol } }) =>
      protocol === undefined
        ? []
        : [situated(environment.name, trace, trace.message, protocol.of.symbols, intents.length)]
    ),
    ...(advice.length === 0 ? {} : { advice })
  })
}
