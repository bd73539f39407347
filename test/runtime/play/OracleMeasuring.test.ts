/** What oracles measure: each expectation follows from what the script does. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { playOracle, readingOf } from "../../../src/runtime/environment/OraclePlay.ts"
import { fromRows } from "../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { latentsOfOracle } from "../../../src/runtime/play/Latents.ts"
import { measureOracle, tracerOfOracle } from "../../../src/runtime/play/OracleMeasuring.ts"
import { stream } from "../../../src/runtime/play/Team.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { ai, guide } from "../agent/Teams.ts"

const random = makeRandom(13)
const map = MapTalk.make("map", {})
const clean = guide({ noise: { flip: 0, drift: 0 } })

const metrics = MapTalk.make("map", {}).declaration.metrics.flatMap(({ kind, name }) => (kind === "team" ? [name] : []))

/** Metrics of an oracle, every one unless told, over a clean channel. */
const measured = Effect.fnUntraced(function* (oracle: string, episodes: number, of = metrics) {
  const team = yield* assemble("oracles", map, [ai, clean])
  const tracer = tracerOfOracle(map, oracle, of)
  playOracle(map, oracle, { episodes, random, stream, noise: clean.noise, tracer })
  const trace = tracer.trace()
  const found = measureOracle({ metrics: of, oracle, team, trace, episodes, suite: [], random })
  const value = (metric: string) => found.get(metric)?.mean ?? assert.fail(`${metric} is not measured`)
  return { found, trace, value }
})

const undefinedIn = (value: (metric: string) => number, names: ReadonlyArray<string>) => {
  for (const metric of names) assert.isNaN(value(metric), metric)
}

/** What an oracle has no part in: a distribution over messages, messages of the navigator, an instructor. */
const ofNone = [
  "bs",
  "bs_change",
  "entropy_of_codes",
  "code_state_information",
  "code_intent_information",
  "teaching_effectiveness"
]
const ofMessages = [
  "entropy_of_messages",
  "message_intent_information",
  "message_state_information",
  "topographic_similarity",
  "agreement",
  "human_alone",
  "protocol_convergence",
  "protocol_use",
  "protocol_stability",
  "knowledge_transfer"
]
const ofTalk = metrics.filter((metric) => !["rc", "diversity", "representation_alignment"].includes(metric))
const ofLatents = ["mp", "mp_u", "rc", "diversity", "representation_alignment"]

describe("latents of an oracle", () => {
  it("are what it acts on, crossed; before a step what was followed, in silence what nothing heard leaves", () => {
    // a direction of two meant; a direction of two or nothing followed, and a wall ahead or none
    const reading = { guide: [2], navigator: [3, 2], heard: 0 }
    const found = latentsOfOracle(
      {
        episode: Int32Array.of(0, 0, 1),
        inputs: {
          rows: 3,
          speaker: Float32Array.of(0, 1, 1),
          speakerPrior: new Float32Array(0),
          actor: Float32Array.of(2, 1, 1, 0, 0, 0),
          context: new Float32Array(0)
        }
      },
      reading
    )
    assert.deepStrictEqual(
      found.human,
      fromRows([
        [1, 0],
        [0, 1],
        [0, 1]
      ])
    )
    assert.deepStrictEqual(
      found.ai,
      fromRows([
        [0, 0, 0, 0, 0, 1],
        [0, 0, 1, 0, 0, 0],
        [1, 0, 0, 0, 0, 0]
      ])
    )
    // nothing at the first step of an episode; at the second nothing had been followed either
    assert.deepStrictEqual(
      found.aiBefore,
      fromRows([
        [0, 0, 1],
        [0, 0, 1],
        [0, 0, 1]
      ])
    )
    assert.deepStrictEqual(
      found.deaf,
      fromRows([
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1, 0]
      ])
    )
    assert.isUndefined(
      latentsOfOracle(
        {
          episode: Int32Array.of(0),
          inputs: {
            rows: 0,
            speaker: new Float32Array(0),
            speakerPrior: new Float32Array(0),
            actor: new Float32Array(0),
            context: new Float32Array(0)
          }
        },
        { guide: [2], navigator: [2] }
      ).deaf
    )
  })

  it("carry what was followed from one step to the next", () => {
    const tracer = tracerOfOracle(map, "direction_protocol", ["mp"])
    playOracle(map, "direction_protocol", { episodes: 20, random, stream, tracer })
    const trace = tracer.trace()
    const reading = readingOf(map, "direction_protocol") ?? assert.fail("it acts on something")
    const { aiBefore, human } = latentsOfOracle(trace, reading)
    assert.strictEqual(human.rows, trace.rows)
    for (let i = 0; i < trace.rows; i++) {
      assert.strictEqual(human.data[4 * i + (trace.best[i] ?? 0)], 1)
      const before = trace.t[i] === 0 ? 4 : (trace.best[i - 1] ?? -1)
      assert.strictEqual(aiBefore.data[5 * i + before], 1)
    }
  })

  it("are not kept where no metric is made of them, nor of a navigator whom nobody guides", () => {
    for (const [oracle, of] of [
      ["planner", ["ss", "entropy_of_messages"]],
      ["wanderer", ["mp"]]
    ] as const) {
      const tracer = tracerOfOracle(map, oracle, of)
      playOracle(map, oracle, { episodes: 3, random, stream, tracer })
      assert.strictEqual(tracer.trace().inputs.rows, 0)
    }
  })
})

describe("one mind in two bodies, the planner", () => {
  it.effect("is the ceiling of what latents have in common, and the floor of diversity", () =>
    Effect.gen(function* () {
      const { found, value } = yield* measured("planner", 220)
      // both latents are the same: all correlations are 1 but for the ridge, and nothing lies between them
      assert.closeTo(value("rc"), 1, 1e-3)
      assert.closeTo(value("representation_alignment"), 1, 1e-9)
      assert.closeTo(value("diversity"), 0, 1e-12)
      // direction and heading decide the action; who says nothing is predicted as well as can be
      assert.isAbove(value("mp"), 0.98)
      assert.isAbove(value("mp_u"), 0.96)
      for (const metric of ["rc", "diversity", "mp", "mp_u", "representation_alignment"]) {
        const { high, low, mean } = found.get(metric) ?? assert.fail(metric)
        assert.isTrue(low <= mean + 1e-12 && mean <= high + 1e-12, `${metric} ${low} ${mean} ${high}`)
      }
      undefinedIn(value, [...ofNone, ...ofMessages])
    })
  )
})

describe("two strangers, the random oracle", () => {
  it.effect("are the floor of what latents have in common, and the ceiling of diversity", () =>
    Effect.gen(function* () {
      const { found, trace, value } = yield* measured("random", 200)
      // a bounded number of rows, of enough episodes for diversity and its interval
      assert.isAtMost(trace.inputs.rows, 12_000)
      assert.isBelow(value("rc"), 0.06)
      assert.isBelow(value("representation_alignment"), 0.02)
      assert.closeTo(value("diversity"), 1, 0.01)
      assert.isTrue(Number.isFinite(found.get("diversity")?.low))
      // nothing is known of the action, everything of the silence: (0 + 1) / 2, and of what varies nothing
      assert.closeTo(value("mp"), 0.5, 0.005)
      assert.closeTo(value("mp_u"), 0, 0.005)
      assert.strictEqual(found.get("mp_u")?.n, 1)
      undefinedIn(value, [...ofNone, ...ofMessages])
    })
  )
})

describe("a random talker", () => {
  it.effect("is the floor of what messages say", () =>
    Effect.gen(function* () {
      const { found, trace, value } = yield* measured("random_talker", 80, ofTalk)
      // one of twelve words, evenly
      assert.closeTo(value("entropy_of_messages"), Math.log(12), 0.002)
      // the corrected estimate is 0 up to sampling, (12 - 1) (4 - 1) / 2N and its spread
      for (const metric of ["message_intent_information", "message_state_information"]) {
        assert.closeTo(value(metric), 0, 33 / trace.rows, metric)
        assert.isAtMost((found.get(metric)?.low ?? NaN) - 33 / trace.rows, 0, metric)
      }
      assert.deepStrictEqual(trace.intent, trace.best)
      assert.isBelow(value("knowledge_transfer"), 0.1)
      assert.isBelow(value("protocol_use"), 0.1)
      assert.isBelow(value("agreement"), 0.15)
      // ln 12 of at most ln 13 nats remain of the words: 0.03 on that side, little on the other
      assert.isBelow(value("mp"), 0.2)
      assert.isBelow(Math.abs(value("mp_u")), 0.05)
      // what it means would be enough
      assert.strictEqual(value("human_alone"), 1)
      assert.strictEqual(value("protocol_stability"), 1)
      undefinedIn(value, ofNone)
    })
  )
})

describe("the direction protocol", () => {
  it.effect("is the ceiling of what messages say, over a clean channel", () =>
    Effect.gen(function* () {
      const { value } = yield* measured("direction_protocol", 220, ofTalk)
      // the word is the intent, and the intent the best direction
      assert.closeTo(value("message_intent_information"), value("entropy_of_messages"), 1e-12)
      assert.closeTo(value("message_state_information"), value("entropy_of_messages"), 1e-12)
      assert.isAtMost(value("entropy_of_messages"), Math.log(4) + 1e-3)
      assert.isAbove(value("knowledge_transfer"), 0.97)
      assert.strictEqual(value("agreement"), 1)
      assert.strictEqual(value("human_alone"), 1)
      assert.strictEqual(value("protocol_stability"), 1)
      assert.isAbove(value("protocol_use"), 0.9)
      assert.strictEqual(value("protocol_convergence"), value("protocol_use"))
      undefinedIn(value, ofNone)
    })
  )
})

describe("calibration of an oracle", () => {
  it.effect("is perfect for the planner, and none for a talker at random who is sure of what it heard", () =>
    Effect.gen(function* () {
      const of = ["ece", "brier", "reliability", "resolution", "uncertainty", "within_bin_variance"]
      const planner = yield* measured("planner", 200, of)
      for (const metric of ["ece", "brier", "uncertainty", "within_bin_variance"])
        assert.strictEqual(planner.value(metric), 0, metric)
      // nothing is ever wrong
      undefinedIn(planner.value, ["reliability", "resolution"])
      const { trace, value } = yield* measured("random_talker", 80, of)
      // it is sure but where a wall stands in its way, and goes round it on either side
      let [rows, brier] = [0, 0]
      const sums = new Map<number, { n: number; right: number }>()
      for (; rows < trace.rows; rows++) {
        const right = ((trace.optimal[rows] ?? 0) >> (trace.action[rows] ?? 0)) & 1
        const among = Math.round(Math.exp(trace.entropy[rows] ?? 0))
        const sum = sums.get(among) ?? { n: 0, right: 0 }
        sums.set(among, { n: sum.n + 1, right: sum.right + right })
        brier += (1 / among - right) ** 2
      }
      assert.deepStrictEqual([...sums.keys()].sort(), [1, 2])
      const over = (gap: (share: number, confidence: number) => number) =>
        [...sums].reduce((sum, [among, { n, right }]) => sum + (n / rows) * gap(right / n, 1 / among), 0)
      assert.closeTo(
        value("ece"),
        over((share, confidence) => Math.abs(share - confidence)),
        1e-6
      )
      assert.closeTo(value("brier"), brier / rows, 1e-6)
      assert.isAbove(value("ece"), 0.4)
      assert.closeTo(
        value("reliability"),
        over((share, confidence) => (share - confidence) ** 2),
        1e-6
      )
      const random = yield* measured("random", 40, of)
      // one confidence, a quarter
      assert.closeTo(random.value("resolution"), 0, 1e-12)
      assert.strictEqual(trace.inputs.rows, 0)
    })
  )
})

describe("a script", () => {
  it.effect("has not adapted: no side has changed, for certain", () =>
    Effect.gen(function* () {
      for (const oracle of ["wanderer", "direction_protocol"]) {
        const { found } = yield* measured(oracle, 12)
        for (const metric of ["mutual_adaptation", "human_adaptation", "ai_adaptation", "human_gain", "ai_gain"])
          assert.deepStrictEqual(found.get(metric), { mean: 0, low: 0, high: 0, n: 12 }, metric)
      }
    })
  )

  it.effect("has no latents where nobody guides", () =>
    Effect.gen(function* () {
      const { value } = yield* measured("wanderer", 12)
      undefinedIn(value, [...ofNone, ...ofMessages, ...ofLatents])
    })
  )
})

describe("floors and ceilings", () => {
  it("are oracles of the environment, and never the same one", () => {
    const names = map.declaration.oracles.map(({ name }) => name)
    for (const { ceiling, floor, name, range } of map.declaration.metrics) {
      assert.isDefined(range, name)
      for (const one of [floor, ceiling]) if (one !== undefined) assert.include(names, one, name)
      if (floor !== undefined) assert.notStrictEqual(floor, ceiling, name)
    }
  })
})
