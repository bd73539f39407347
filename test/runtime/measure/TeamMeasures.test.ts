import { assert, describe, it } from "@effect/vitest"
import { fromRows, matrix } from "../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { bootstrapEpisodes, jackknifeEpisodes } from "../../../src/runtime/measure/EpisodeBootstrap.ts"
import {
  agreement,
  calibration,
  calibrationOf,
  compatibility,
  latentDiversity,
  messages,
  oracleCalibration,
  predictability,
  sensitivity,
  situations,
  situationsOf,
  stability
} from "../../../src/runtime/measure/TeamMeasures.ts"
import type { TracedLatents } from "../../../src/runtime/measure/TeamMeasures.ts"
import type { Trace } from "../../../src/runtime/play/Trace.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { numbers } from "../engine/Engines.ts"

const random = makeRandom(3)

/** A trace with these columns; others are 0. */
const traceOf = (columns: Partial<Record<keyof Trace, ReadonlyArray<number>>>, inputRows = 0): Trace => {
  const rows = columns.episode?.length ?? 0
  const ints = (name: keyof Trace) => Int32Array.from({ length: rows }, (_, i) => columns[name]?.[i] ?? 0)
  const flags = (name: keyof Trace) => Uint8Array.from(ints(name))
  return {
    rows,
    episodes: new Set(columns.episode).size,
    episode: ints("episode"),
    t: ints("t"),
    intent: ints("intent"),
    row: ints("row"),
    token: ints("token"),
    heard: ints("heard"),
    message: ints("message"),
    advice: ints("advice"),
    action: ints("action"),
    entropy: Float32Array.from({ length: rows }, (_, i) => columns.entropy?.[i] ?? 0),
    collided: flags("collided"),
    advanced: flags("advanced"),
    x: ints("x"),
    y: ints("y"),
    heading: ints("heading"),
    ahead: flags("ahead"),
    best: ints("best"),
    optimal: ints("optimal"),
    scenes: [],
    others: [],
    inputs: {
      rows: inputRows,
      speaker: new Float32Array(0),
      speakerPrior: new Float32Array(0),
      actor: new Float32Array(0),
      context: new Float32Array(0)
    }
  }
}

const vocabulary = { intents: 4, tokens: 5, codes: 3 }
const none = Number.NaN

describe("messages", () => {
  // four episodes of two steps; the token names the intent but for one step, where it is silence
  const trace = traceOf({
    episode: [0, 0, 1, 1, 2, 2, 3, 3],
    intent: [0, 1, 0, 1, 2, 3, 2, 3],
    row: [0, 1, 0, 1, 2, 3, 2, 3],
    token: [0, 1, 0, 1, 2, 3, 2, 4],
    best: [0, 0, 0, 0, 1, 1, 1, 1],
    message: [0, 0, 0, 0, 1, 1, 1, 1],
    ahead: [0, 1, 0, 1, 0, 1, 0, 1]
  })
  const found = messages(trace, vocabulary, random)
  // symbols seen 2, 2, 2, 1, 1 times of 8
  const plugIn = 3 * (2 / 8) * Math.log(4) + 2 * (1 / 8) * Math.log(8)

  it("have the entropy of their frequencies with Miller and Madow's correction", () => {
    assert.closeTo(found.entropy_of_messages.mean, plugIn + 4 / 16, 1e-12)
    assert.strictEqual(found.entropy_of_messages.n, 4)
    // two symbols, four each
    assert.closeTo(found.entropy_of_codes.mean, Math.log(2) + 1 / 16, 1e-12)
  })

  it("say of intent and state what the entropies leave", () => {
    // the token gives the intent away: I = H(intent), in corrected entropies ln 4 + 3/16 + H(token) - H(token, intent)
    assert.closeTo(found.message_intent_information.mean, Math.log(4) + 3 / 16, 1e-12)
    assert.closeTo(found.message_state_information.mean, Math.log(2) + 1 / 16, 1e-12)
    // the AI's symbol goes with the intents {0, 1} and {2, 3}
    assert.closeTo(found.code_intent_information.mean, Math.log(2) + 1 / 16, 1e-12)
    // situations 0 and 1 (by what is ahead) are independent of the symbol: 0 + (1 + 1 - 3) / 16
    assert.closeTo(found.code_state_information.mean, -1 / 16, 1e-12)
  })

  it("have an interval that contains them, over episodes", () => {
    for (const { high, low, mean } of [found.entropy_of_messages, found.message_state_information]) {
      assert.isTrue(low <= mean && mean <= high)
    }
  })

  it("are alike where context and intent are alike, or not", () => {
    // rows (context, intent) 0: a, 1: a, 4: b, 5: b: features differ by 1, 1, 2, messages by 0 within a context and 1 across
    const of = (tokens: ReadonlyArray<number>) =>
      messages(
        traceOf({ episode: [0, 1, 2, 3], intent: [0, 1, 0, 1], row: [0, 1, 4, 5], token: tokens }),
        vocabulary,
        random
      ).topographic_similarity.mean
    // pairs 01, 02, 03, 12, 13, 23: features 1, 1, 2, 2, 1, 1, ranks 2.5 and 5.5; messages 0, 1, 1, 1, 1, 0, ranks 1.5 and 4.5
    // Spearman by hand: sum of products of centred ranks (-1)(-2) 2 + (-1)(1) 2 + (2)(1) 2 = 6, over sqrt(12 * 12)
    assert.closeTo(of([0, 0, 1, 1]), 0.5, 1e-12)
    assert.isNaN(of([2, 2, 2, 2]))
  })

  it("of an oracle that guides nobody, and of an AI without symbols, are undefined", () => {
    const silent = messages(traceOf({ episode: [0, 1], intent: [-1, -1], token: [4, 4] }), vocabulary, random)
    for (const estimate of Object.values(silent)) assert.isNaN(estimate.mean)
    assert.isNaN(messages(trace, { ...vocabulary, codes: 0 }, random).entropy_of_codes.mean)
    assert.isNaN(messages(traceOf({ episode: [] }), vocabulary, random).entropy_of_messages.mean)
  })
})

it("situations tell collision, entropy and what is ahead", () => {
  const trace = traceOf({ episode: [0, 0, 0], row: [3, 6, 15], ahead: [0, 1, 1] })
  assert.deepStrictEqual(
    Array.from(situationsOf(trace, 4), (k) => situations[k]),
    ["moved, sure, free ahead", "moved, unsure, blocked ahead", "collided, unsure, blocked ahead"]
  )
})

describe("agreement with the literal executor", () => {
  const executor = (intent: number, heading: number) => (intent === heading ? 0 : 1)
  it("is kappa, at least 0", () => {
    const trace = traceOf({
      episode: [0, 0, 1, 1, 2, 2, 3, 3],
      intent: [0, 0, 0, 0, 1, 1, 1, 1],
      heading: [0, 0, 0, 0, 0, 0, 0, 0],
      action: [0, 0, 0, 1, 1, 1, 1, 1]
    })
    // literal 0000 1111, done 0001 1111: agreed 7/8, by chance (4 * 3 + 4 * 5) / 64 = 1/2
    assert.closeTo(agreement(trace, executor, 4, random).mean, 0.75, 1e-12)
    const against = traceOf({ episode: [0, 1], intent: [0, 1], heading: [0, 0], action: [1, 0] })
    assert.strictEqual(agreement(against, executor, 4, random).mean, 0)
  })
  it("is undefined where nobody guides or both always do one thing", () => {
    assert.isNaN(agreement(traceOf({ episode: [0], intent: [-1] }), executor, 4, random).mean)
    assert.isNaN(agreement(traceOf({ episode: [0, 1], intent: [0, 0] }), executor, 4, random).mean)
  })
})

const latentsOf = (
  rows: number,
  of: (i: number, next: () => number) => Partial<Record<keyof TracedLatents, ReadonlyArray<number>>>
) => {
  const next = numbers(9)
  const all = Array.from({ length: rows }, (_, i) => of(i, next))
  const part = (name: keyof TracedLatents) => fromRows(all.map((row) => row[name] ?? [0]))
  const latents: TracedLatents = {
    human: part("human"),
    mapped: undefined,
    ai: part("ai"),
    aiBefore: part("aiBefore")
  }
  return latents
}

describe("mutual predictability", () => {
  const rows = 400
  const columns = {
    episode: Array.from({ length: rows }, (_, i) => Math.floor(i / 4)),
    action: Array.from({ length: rows }, (_, i) => (i * 7) % 4),
    token: Array.from({ length: rows }, (_, i) => (i * 3) % 5)
  }
  it("is near 1 on the side whose latent tells, and its U falls with the other", () => {
    const trace = traceOf(columns, rows)
    // z^H shows the action; h^A is noise
    const latents = latentsOf(rows, (i, next) => ({
      human: [0, 1, 2, 3].map((k) => ((i * 7) % 4 === k ? 5 : 0)),
      aiBefore: [next(), next()]
    }))
    const { mp, mp_u } = predictability({ trace, latents, actions: 4, tokens: 5, random })
    // the noisy side: uniform tokens cost ln 5, so its part is near 0
    assert.isAbove(mp.mean, 0.45)
    assert.isBelow(mp.mean, 0.53)
    assert.isTrue(mp.low <= mp.mean && mp.mean <= mp.high)
    assert.strictEqual(mp.n, 2)
    assert.closeTo(mp_u.mean, mp.mean, 0.05)
  })
  it("of a sender that never varies is 1, and its U is of the other side alone", () => {
    const trace = traceOf({ ...columns, token: Array.from({ length: rows }, () => 4) }, rows)
    const latents = latentsOf(rows, (i, next) => ({
      human: [0, 1, 2, 3].map((k) => ((i * 7) % 4 === k ? 5 : 0)),
      aiBefore: [next()]
    }))
    const { mp, mp_u } = predictability({ trace, latents, actions: 4, tokens: 5, random })
    assert.isAbove(mp.mean, 0.98)
    assert.strictEqual(mp_u.n, 1)
  })
  it("of one episode is undefined", () => {
    const trace = traceOf({ episode: [0, 0], action: [0, 1], token: [0, 1] }, 2)
    const latents = latentsOf(2, (i) => ({ human: [i], aiBefore: [i] }))
    const { mp } = predictability({ trace, latents, actions: 4, tokens: 5, random })
    assert.isNaN(mp.mean)
    assert.strictEqual(mp.n, 0)
  })
})

describe("latents", () => {
  const rows = 1200
  const episode = Array.from({ length: rows }, (_, i) => Math.floor(i / 4))
  const trace = traceOf({ episode }, rows)
  it("that are equal are compatible and not diverse, and have an interval", () => {
    const latents = latentsOf(rows, (_, next) => {
      const z = [next(), next()]
      return { human: z, ai: z }
    })
    const rc = compatibility(trace, latents)
    assert.closeTo(rc.mean, 1, 1e-3)
    assert.strictEqual(rc.n, 300)
    assert.isAtLeast(rc.high, rc.low)
    const diversity = latentDiversity(trace, latents)
    assert.closeTo(diversity.mean, 0, 1e-9)
  })
  it("below 1000 rows, or 512 of four an episode, are not compared", () => {
    const few = traceOf({ episode: episode.slice(0, 400) }, 400)
    const latents = latentsOf(400, (_, next) => ({ human: [next()], ai: [next()] }))
    assert.isNaN(compatibility(few, latents).mean)
    assert.isNaN(latentDiversity(few, latents).mean)
  })
})

describe("behavioural sensitivity", () => {
  const outcomes = (reached: number, of = 100) => Uint8Array.from({ length: of }, (_, i) => (i < reached ? 1 : 0))
  const steps = new Int32Array(100).fill(8)
  const side = (...reached: ReadonlyArray<number>) => ({ outcomes: reached.map((n) => outcomes(n)), divergence: 0.02 })

  it("is the excess over the noise floor as a share of what could change, over sides", () => {
    const { bs, bs_change } = sensitivity(
      {
        undisturbed: outcomes(90),
        steps,
        reseeded: [outcomes(91), outcomes(89)],
        sides: [side(80, 80, 80, 80, 100, 100, 100, 100), "disabled"]
      },
      random
    )
    // moved 0.1, floor 0.01, bound sqrt(8 * 0.02 / 2): 0.09 / 0.2828; the other side counts 0
    assert.closeTo(bs.mean, 0.09 / Math.sqrt(0.08) / 2, 1e-12)
    assert.strictEqual(bs.n, 2)
    assert.closeTo(bs_change.mean, 0, 1e-12)
    assert.isTrue(bs.low <= bs.mean && bs.mean <= bs.high)
  })
  it("of a side with fewer than eight exchanges is undefined, and so dropped", () => {
    const plays = { undisturbed: outcomes(90), steps, reseeded: [outcomes(90)] }
    const one = sensitivity({ ...plays, sides: [side(80, 80), side(80, 80, 80, 80, 80, 80, 80, 80)] }, random)
    assert.closeTo(one.bs.mean, 0.1 / Math.sqrt(0.08), 1e-12)
    assert.closeTo(one.bs_change.mean, -0.1, 1e-12)
    assert.strictEqual(one.bs.n, 1)
    const undefinedSide = sensitivity({ ...plays, sides: [{ outcomes: [], divergence: none }] }, random)
    assert.isNaN(undefinedSide.bs.mean)
    assert.isNaN(sensitivity({ ...plays, sides: [] }, random).bs.mean)
  })
})

describe("stability", () => {
  const shift = {
    success: Uint8Array.of(1, 1, 0, 1),
    steps: Int32Array.of(5, 5, 10, 5),
    collisions: Int32Array.of(0, 0, 5, 0),
    episode: [0, 1, 2, 3],
    confidence: [0.9, 0.9, 0.5, 0.9],
    correct: [1, 1, 0, 1]
  }
  it("is (SR - collisions per step - ECE + 2) / 3, over shifts", () => {
    // ECE: |3 - 2.7| / 4 + |0 - 0.5| / 4 = 0.2
    const one = stability([shift], random)
    assert.closeTo(one.mean, (0.75 - 0.2 - 0.2 + 2) / 3, 1e-12)
    assert.strictEqual(one.n, 1)
    const two = stability(
      [shift, { ...shift, success: Uint8Array.of(1, 1, 1, 1), collisions: new Int32Array(4) }],
      random
    )
    assert.closeTo(two.mean, ((0.75 - 0.2 - 0.2 + 2) / 3 + (1 - 0.2 + 2) / 3) / 2, 1e-12)
    assert.strictEqual(two.n, 2)
    assert.isTrue(two.low <= two.mean && two.mean <= two.high)
  })
  it("without a shift, or without a row to calibrate by, is undefined", () => {
    assert.isNaN(stability([], random).mean)
    assert.isNaN(stability([{ ...shift, episode: [], confidence: [], correct: [] }], random).mean)
  })
})

it("calibration is of what was done where greedy, and of the likeliest where drawn", () => {
  const trace = traceOf({ episode: [0, 0], action: [1, 1], optimal: [0b0010, 0b0001], entropy: [0, Math.log(2)] }, 2)
  const actions = matrix(2, 4, [0.4, 0.4, 0.1, 0.1, 0.7, 0.1, 0.1, 0.1])
  assert.deepStrictEqual(calibrationOf(trace, actions, true), {
    episode: Int32Array.of(0, 0),
    confidence: Float64Array.of(0.4, 0.7),
    correct: Uint8Array.of(1, 0)
  })
  assert.deepStrictEqual(calibrationOf(trace, actions, false).correct, Uint8Array.of(0, 1))
  const scripted = oracleCalibration(trace)
  assert.deepStrictEqual(scripted.correct, Uint8Array.of(1, 0))
  assert.closeTo(scripted.confidence[1] ?? none, 0.5, 1e-7)
})

describe("calibration", () => {
  /** `episodes` of four rows; those below `wrong` have one wrong row, at confidence .6, the others are right at .9. */
  const rows = (episodes: number, wrong: number) => {
    const at = Array.from({ length: 4 * episodes }, (_, i) => Math.floor(i / 4))
    const isWrong = (i: number) => i % 4 === 3 && (at[i] ?? 0) < wrong
    return {
      episode: at,
      confidence: at.map((_, i) => (isWrong(i) ? 0.6 : 0.9)),
      correct: at.map((_, i) => (isWrong(i) ? 0 : 1))
    }
  }

  it("is worked out by hand, with intervals over episodes", () => {
    // of 1000 rows 50 are wrong: two bins, shares of 0 and 1
    const found = calibration(rows(250, 50), random)
    assert.closeTo(found.ece.mean, (50 * 0.6 + 950 * 0.1) / 1000, 1e-12)
    assert.closeTo(found.brier.mean, (50 * 0.36 + 950 * 0.01) / 1000, 1e-12)
    assert.closeTo(found.reliability.mean, (50 * 0.36 + 950 * 0.01) / 1000, 1e-12)
    assert.closeTo(found.uncertainty.mean, 0.05 * 0.95, 1e-12)
    assert.closeTo(found.resolution.mean, 0.05 * 0.95, 1e-12)
    assert.closeTo(found.within_bin_variance.mean, 0, 1e-12)
    assert.closeTo(found.within_bin_covariance.mean, 0, 1e-12)
    for (const one of Object.values(found)) {
      assert.strictEqual(one.n, 250)
      assert.isTrue(one.low - 1e-12 <= one.mean && one.mean <= one.high + 1e-12)
    }
    // sqrt(.2 * .8 / 250) = .025 of the episodes have a wrong row, and each costs 0.5 / 4 of ece
    assert.closeTo(found.ece.high - found.ece.low, (2 * 1.96 * 0.0253 * 0.5) / 4, 0.003)
  })

  it("tells no reliability and no resolution of fewer than 1000 rows or of 29 episodes with a wrong one", () => {
    for (const [episodes, wrong, defined] of [
      [250, 30, true],
      [249, 30, false],
      [250, 29, false],
      [250, 0, false]
    ] as const) {
      const found = calibration(rows(episodes, wrong), random)
      const name = `${episodes} episodes, ${wrong} of them wrong`
      assert.strictEqual(Number.isFinite(found.reliability.mean), defined, name)
      assert.strictEqual(Number.isFinite(found.resolution.mean), defined, name)
      for (const one of [found.ece, found.brier, found.uncertainty, found.within_bin_variance])
        assert.isTrue(Number.isFinite(one.mean), name)
    }
  })

  it("of no rows is undefined", () => {
    for (const one of Object.values(calibration({ episode: [], confidence: [], correct: [] }, random))) {
      assert.isNaN(one.mean)
      assert.strictEqual(one.n, 0)
    }
  })
})

describe("intervals over episodes", () => {
  it("of a mean come near the normal one", () => {
    const next = numbers(4)
    const values = Float64Array.from({ length: 400 }, next)
    const mean = values.reduce((a, b) => a + b, 0) / 400
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 399)
    const half = (1.96 * deviation) / 20
    const weighted = (times: Uint16Array) => values.reduce((sum, x, i) => sum + x * (times[i] ?? 0), 0) / 400
    const boot = bootstrapEpisodes(400, weighted, random)
    assert.strictEqual(boot.mean, mean)
    assert.closeTo(boot.low, mean - half, 0.3 * half)
    assert.closeTo(boot.high, mean + half, 0.3 * half)
    const left = jackknifeEpisodes(
      Int32Array.from({ length: 400 }, (_, i) => i),
      (rows) => rows.reduce((sum, i) => sum + (values[i] ?? 0), 0) / rows.length,
      400
    )
    assert.closeTo(left.mean, mean, 1e-12)
    // ten groups: a standard error with a standard error of a quarter of itself
    assert.closeTo(left.high - mean, half, 0.8 * half)
  })
  it("are undefined where a value is, or where resamples are", () => {
    assert.isNaN(bootstrapEpisodes(1, () => 1, random).low)
    assert.isNaN(bootstrapEpisodes(10, () => none, random).mean)
    const lucky = bootstrapEpisodes(10, (times) => (times[0] === 1 ? 1 : none), random)
    assert.strictEqual(lucky.mean, 1)
    assert.isNaN(lucky.low)
    assert.isNaN(jackknifeEpisodes([0, 1], (rows) => (rows.length === 2 ? 1 : none), 2).low)
  })
})
