/**
 * Sessions of the navigator: a person and an AI look for pictures that an oracle values (NAVIGATOR.md section 4).
 *
 * A session has an oracle and a taste of its own, and fresh heads; attention, trust and the mapper persist over the
 * sessions of a seed. Every number drawn has an address of stream, purpose, session and click, and no condition: all
 * conditions meet the same person, the same oracles and the same noise, so that differences are paired.
 */
import { multiply, row, takeRows } from "../../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../measure/estimator/linear/Matrix.ts"
import type { Address, Random } from "../../random/Random.ts"
import { lift, nearest } from "./Catalogue.ts"
import type { Catalogue } from "./Catalogue.ts"
import {
  apart,
  assistantDefaults,
  choiceFeatures,
  drawItems,
  drawScores,
  drawWeights,
  freshChoiceHead,
  laplace,
  logitProbabilities,
  scoreHead,
  utilitiesOf,
  zScores
} from "./Assistant.ts"
import type { AssistantSettings, Choice, ScorePrior } from "./Assistant.ts"
import { makeMapper, mappedCoordinates, mapperDefaults } from "./Mapper.ts"
import type { MapperSettings } from "./Mapper.ts"
import {
  choiceProbabilities,
  drawDirichlet,
  drawIndex,
  FEATURES,
  featuresOf,
  GROUPS,
  makePerson,
  perceptsOf,
  personDefaults
} from "./Person.ts"
import type { PersonSettings } from "./Person.ts"
import { drawTaste, scoresOf } from "./Taste.ts"
import type { Taste } from "./Taste.ts"

/** Who chooses, and who learns from whom. */
export type Condition = "random" | "human_alone" | "ai_alone" | "one_directional" | "bidirectional"

export const conditions: ReadonlyArray<Condition> = [
  "random",
  "human_alone",
  "ai_alone",
  "one_directional",
  "bidirectional"
]

export interface NavigatorSettings {
  /** Clicks of a session. */
  readonly clicks: number
  /** Suggestions at each click. */
  readonly suggestions: number
  /** Radius of a suggested region, in standard deviations of the map; suggestions are farther apart than twice it. */
  readonly region: number
  /** Standard deviation of the noise of an observed score. */
  readonly score_noise: number
  /** Items at the end of the catalogue on which a session is measured. */
  readonly sample: number
  readonly person: PersonSettings
  readonly assistant: AssistantSettings
  readonly mapper: MapperSettings
}

export const navigatorDefaults: NavigatorSettings = {
  clicks: 100,
  suggestions: 3,
  region: 0.15,
  score_noise: 0.02,
  sample: 600,
  person: personDefaults,
  assistant: assistantDefaults,
  mapper: mapperDefaults
}

/** What both sides make of the sample when the session is over: row i, or number i, belongs to `items[i]`. */
export interface SampleView {
  readonly items: Int32Array
  /** A random order of the rows. */
  readonly shuffled: Int32Array
  /** Two looks of the person: [items, 8] each. */
  readonly percepts: Matrix
  readonly secondPercepts: Matrix
  /** The AI's coordinates: active latents, and what the mapper makes of them where it is in use. */
  readonly coordinates: Matrix
  /** z^A S, the percepts the mapper expects: [items, 8]; `undefined` without a mapper. */
  readonly mapped: Matrix | undefined
  /** The preference the AI predicts. */
  readonly predicted: Float64Array
  /** The person's value, without noise. */
  readonly values: Float64Array
}

/** A session as it was played. Rows of what only a choice among suggestions has are -1 or NaN without one. */
export interface SessionRecord {
  readonly condition: Condition
  readonly session: number
  readonly taste: Taste
  /** Items clicked: [clicks]. */
  readonly clicked: Int32Array
  /** Their true scores, and these as they were observed: [clicks]. */
  readonly scores: Float64Array
  readonly observed: Float64Array
  /** Suggested items, best first, -1 where there was none: [clicks, suggestions]. */
  readonly suggestions: Int32Array
  /** The person's own idea, an item: [clicks]. */
  readonly ideas: Int32Array
  /** Index of the suggestion taken, or the number of suggestions for the own idea: [clicks]. */
  readonly choices: Int32Array
  /** Probabilities of the choice, suggestions first, then the own idea: [clicks, suggestions + 1]. */
  readonly forecasts: Float64Array
  readonly probabilities: Float64Array
  /** Attention and trust at the end, and the attention the person came with. */
  readonly attention: Float64Array
  readonly trust: number
  readonly firstAttention: Float64Array
  /** KL_H in nats. */
  readonly drift: number
  readonly sample: SampleView
}

export interface SessionOptions {
  readonly catalogue: Catalogue
  readonly condition: Condition
  readonly sessions: number
  readonly settings: NavigatorSettings
  readonly random: Random
  readonly stream: string
}

// Addresses: session and click in one step.
const CLICKS = 0x10000

/** The oracle of a session, the same in all conditions. */
export const tasteOf = (random: Random, stream: string, session: number): Taste =>
  drawTaste(random, { stage: stream, purpose: "oracle", step: session })

/** The attention a person comes with. */
export const firstAttentionOf = (random: Random, stream: string, settings: PersonSettings): Float64Array =>
  drawDirichlet(random, { stage: stream, purpose: "attention", step: 0 }, GROUPS, settings.concentration)

/**
 * Plays the sessions of a seed in one condition, one after the other: one record for each session.
 *
 * - `random`: the item nearest to a point uniform in the box of the map; nobody learns.
 * - `human_alone`: the person's own ideas; the person learns.
 * - `ai_alone`: the AI's first suggestion by its score head is executed; the person does not learn.
 * - `one_directional`: the person chooses between suggestions and an own idea; only the AI learns, from choices.
 * - `bidirectional`: both learn, the AI from choices, scores and the mapper, the person within the budget.
 */
export function* sessionsOf(options: SessionOptions): Generator<SessionRecord, void, undefined> {
  const { catalogue, condition, random, sessions, settings, stream } = options
  const { assistant, clicks, mapper: mapperSettings, person: personSettings, suggestions } = settings
  if (clicks >= CLICKS || sessions > CLICKS) throw new RangeError(`at most ${CLICKS - 1} clicks and ${CLICKS} sessions`)
  const { count, dimensions, map } = catalogue
  const latents: Matrix = { rows: count, columns: dimensions, data: catalogue.latents }
  const features = featuresOf(catalogue)
  const together = condition === "one_directional" || condition === "bidirectional"
  const adapts = condition === "bidirectional"
  const length = assistant.length * Math.sqrt(dimensions)
  const prior: ScorePrior = { ...assistant, length }

  const start = firstAttentionOf(random, stream, personSettings)
  const learns = condition === "human_alone" || adapts
  const person = makePerson({ features, start, settings: personSettings, learns })
  const mapper = makeMapper(mapperSettings)
  const box = extentOf(map)

  let coordinates = latents
  for (let session = 0; session < sessions; session++) {
    const at = (purpose: string, click = 0): Address => ({ stage: stream, purpose, step: session * CLICKS + click })
    const normals = (address: Address, n: number): Float32Array => {
      const out = new Float32Array(n)
      random.normal(address, out)
      return out
    }
    const taste = tasteOf(random, stream, session)
    const truth = scoresOf(taste, catalogue)
    const unrelated = scoresOf(drawTaste(random, { stage: stream, purpose: "taste", step: session }), catalogue)
    const share = personSettings.shared_taste
    person.begin(truth.map((score, item) => share * score + (1 - share) * unrelated[item]!))

    const embed = (): Matrix =>
      choiceFeatures({
        random,
        address: at("choice head"),
        coordinates,
        features: assistant.features,
        widest: dimensions + FEATURES,
        amplitude: assistant.choice_amplitude,
        length
      })
    let embedded = together ? embed() : undefined
    let head = freshChoiceHead(assistant.features)
    const choicesMade: Array<Choice> = []

    const clicked = new Int32Array(clicks)
    const scores = new Float64Array(clicks)
    const observed = new Float64Array(clicks)
    const options = suggestions + 1
    const suggested = new Int32Array(clicks * suggestions).fill(-1)
    const ideas = new Int32Array(clicks).fill(-1)
    const choices = new Int32Array(clicks).fill(-1)
    const forecasts = new Float64Array(clicks * options).fill(Number.NaN)
    const probabilities = new Float64Array(clicks * options).fill(Number.NaN)

    // the score head, after the first `n` clicks
    const scoresKnown = (n: number) => scoreHead(prior, coordinates, clicked.subarray(0, n), observed.subarray(0, n))

    // the person's click at an item in view, which lands close by on the map and means that item
    const click = (anchor: number, t: number): number => {
      const miss = normals(at("jitter", t), 2)
      const { jitter } = personSettings
      return lift(catalogue, [map[2 * anchor]! + jitter * miss[0]!, map[2 * anchor + 1]! + jitter * miss[1]!], anchor)
    }

    // what comes to the person's mind, and the value of the best of it
    const ownIdea = (t: number): { readonly item: number; readonly value: number } => {
      const items = drawItems(random, at("ideas", t), count, personSettings.ideas)
      const noise = normals(at("look at ideas", t), items.length * FEATURES)
      const values = Float64Array.from(items, (item, i) => person.value(item, lookOf(noise, i)))
      const best = values.reduce((top, value, i) => (value > values[top]! ? i : top), 0)
      return { item: items[best]!, value: values[best]! }
    }

    const suggest = (t: number, known: ReturnType<typeof scoresKnown> | undefined, n: number): Int32Array => {
      const items = drawItems(random, at("candidates", t), count, assistant.candidates)
      const utilities = new Float64Array(items.length)
      if (known !== undefined) {
        // alone, or beside the choice head, in units of their prior standard deviations
        const drawn = drawScores(known, items, normals(at("score draw", t), items.length))
        const weight = (embedded === undefined ? 1 : 0.5) / assistant.amplitude
        drawn.forEach((score, i) => (utilities[i]! += weight * score))
      }
      if (embedded !== undefined) {
        const drawn = utilitiesOf(embedded, items, drawWeights(head, normals(at("choice draw", t), assistant.features)))
        const weight = (known === undefined ? 1 : 0.5) / assistant.choice_amplitude
        drawn.forEach((utility, i) => (utilities[i]! += weight * utility))
      }
      return apart(items, utilities, map, 2 * settings.region, n)
    }

    // a click on one of the suggestions or the own idea, and what both sides learn of the choice
    const chooseTogether = (i: number, t: number): number => {
      if (embedded === undefined) throw new Error("no choice head")
      const known = adapts ? scoresKnown(i) : undefined
      const offered = suggest(t, known, suggestions)
      const idea = ownIdea(t)
      const items = Int32Array.of(...offered, idea.item)
      const noise = normals(at("look at suggestions", t), offered.length * FEATURES)
      const own = Float64Array.from(items, (item, j) =>
        j < offered.length ? person.value(item, lookOf(noise, j)) : idea.value
      )
      const promised = known?.mean(items) ?? new Float64Array(items.length)
      const centre = promised.reduce((sum, each) => sum + each, 0) / items.length
      const wobble = normals(at("value noise", t), items.length)
      const felt = own.map(
        (value, j) => value + personSettings.value_noise * wobble[j]! + person.trust() * (promised[j]! - centre)
      )
      const odds = choiceProbabilities(felt, personSettings.precision, personSettings.lapse)
      const uniform = new Float32Array(1)
      random.uniform(at("choice", t), uniform)
      const chosen = drawIndex(odds, uniform[0]!)

      // columns of what is missing stay NaN; the own idea is always last
      const column = (j: number) => i * options + (j < offered.length ? j : suggestions)
      const forecast = logitProbabilities(embedded, items, head.weights)
      odds.forEach((probability, j) => {
        probabilities[column(j)] = probability
        forecasts[column(j)] = forecast[j]!
      })
      suggested.set(offered, i * suggestions)
      ideas[i] = idea.item
      choices[i] = chosen < offered.length ? chosen : suggestions
      // taking a suggestion says that it is the best of them, the own idea that it is the best of all (Luce 1959)
      choicesMade.push(chosen < offered.length ? { items: offered, chosen } : { items, chosen })

      const item = settle(i, t, click(items[chosen]!, t))
      if (adapts && t > personSettings.trust_after) {
        person.compare(own[chosen]! - observed[i]!, promised[chosen]! - observed[i]!)
      }
      return item
    }

    // scores the clicked item
    const settle = (i: number, t: number, item: number): number => {
      clicked[i] = item
      scores[i] = truth[item]!
      observed[i] = truth[item]! + settings.score_noise * normals(at("score noise", t), 1)[0]!
      return item
    }

    for (let i = 0; i < clicks; i++) {
      const t = i + 1
      if (condition === "random") {
        const point = new Float32Array(2)
        random.uniform(at("free click", t), point)
        settle(
          i,
          t,
          nearest(
            catalogue,
            box.map(({ high, low }, axis) => low + (high - low) * point[axis]!)
          )
        )
        continue
      }
      if (condition === "ai_alone") {
        settle(i, t, suggest(t, scoresKnown(i), 1)[0]!)
        continue
      }
      const item = together ? chooseTogether(i, t) : settle(i, t, click(ownIdea(t).item, t))
      const noise = normals(at("closer look", t), FEATURES)
      const percept = person.look(item, noise)
      person.learn({ item, noise, score: observed[i]! })
      if (adapts && mapper.observe(row(latents, item), percept) && mapperSettings.weight > 0) {
        coordinates = mappedCoordinates(latents, mapper.mapping()!, mapperSettings.weight)
        embedded = embed()
        head = freshChoiceHead(assistant.features)
      }
      if (embedded !== undefined) head = laplace(embedded, choicesMade, head.weights, assistant.newton_steps)
    }

    const size = Math.min(settings.sample, count)
    const items = Int32Array.from({ length: size }, (_, k) => count - size + k)
    const silent = new Float32Array(FEATURES)
    const fromScores = () => scoresKnown(clicks).mean(items)
    const fromChoices = embedded === undefined ? undefined : utilitiesOf(embedded, items, head.weights)
    const mapping = mapper.mapping()
    yield {
      condition,
      session,
      taste,
      clicked,
      scores,
      observed,
      suggestions: suggested,
      ideas,
      choices,
      forecasts,
      probabilities,
      attention: person.attention(),
      trust: person.trust(),
      firstAttention: Float64Array.from(start),
      drift: person.drift(),
      sample: {
        items,
        shuffled: random.permutation(at("shuffled"), size),
        percepts: perceptsOf(person, items, normals(at("look at sample"), size * FEATURES)),
        secondPercepts: perceptsOf(person, items, normals(at("second look at sample"), size * FEATURES)),
        coordinates: takeRows(coordinates, items),
        mapped: mapping === undefined ? undefined : multiply(takeRows(latents, items), mapping),
        predicted:
          fromChoices === undefined
            ? fromScores()
            : adapts
              ? meanOf(zScores(fromScores()), zScores(fromChoices))
              : fromChoices,
        values: Float64Array.from(items, (item) => person.value(item, silent))
      }
    }
  }
}

const lookOf = (noise: Float32Array, i: number): Float32Array => noise.subarray(i * FEATURES, (i + 1) * FEATURES)

const meanOf = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => (value + b[i]!) / 2)

// The box of the map [count, 2]: the range of each axis.
const extentOf = (map: Float64Array): ReadonlyArray<{ readonly low: number; readonly high: number }> =>
  [0, 1].map((axis) => {
    let [low, high] = [Infinity, -Infinity]
    for (let i = axis; i < map.length; i += 2) {
      low = Math.min(low, map[i]!)
      high = Math.max(high, map[i]!)
    }
    return { low, high }
  })
