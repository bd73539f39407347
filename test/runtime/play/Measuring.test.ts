/** Every metric of a team, end to end: three objectives trained for a few updates, played, measured, derived and written down. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Bica from "../../../src/runtime/index.ts"
import * as Onnx from "../../../src/runtime/engine/onnx/OnnxEngine.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"
import { matrix } from "../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { mixed, visitedDivergence } from "../../../src/runtime/measure/estimator/MessagePerturbation.ts"
import { disturbed, exchangesFor } from "../../../src/runtime/play/Disturbance.ts"
import { suiteNoise } from "../../../src/runtime/play/Measuring.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { guide } from "../agent/Teams.ts"
import { folder } from "../store/Scratch.ts"
import { ai, human, map, modules, random, whole } from "./Whole.ts"

const objective = (name: string, changes: { readonly freezing?: boolean; readonly silencing?: boolean }) => {
  const others = [human, modules.protocol, modules.instructor, modules.mapper]
  return Bica.Objective.make(name, {
    semantics: name,
    loss: [
      Bica.Objective.summand("ai", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      ...(changes.freezing === true
        ? []
        : [Bica.Objective.summand("human", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))])
    ],
    within: [],
    freezing: changes.freezing === true ? others : [],
    ...(changes.silencing === true ? { silencing: [human] } : {})
  })
}
const bica = objective("bica", {})
const oneWay = objective("one_way", { freezing: true })
const alone = objective("ai_alone", { freezing: true, silencing: true })

const measured =
  `success steps tokens steps_when_successful mp mp_u bs bs_change rc ss ce bas diversity agreement human_alone synergy ccm
  entropy_of_messages message_intent_information message_state_information entropy_of_codes code_state_information
  code_intent_information topographic_similarity ece brier reliability resolution uncertainty within_bin_variance
  within_bin_covariance entrainment first_round_tokens last_round_tokens convention_stability partner_specificity
  first_round_success last_round_success block_information`.split(/\s+/)
const team = { agents: [ai, human], environment: map }

const pipeline = (times: number, baseline = oneWay, compare = [bica, oneWay, alone]) => {
  const train = Bica.Stage.make("train", {
    semantics: `train ${times}`,
    after: [],
    ...team,
    forEach: "objective",
    program: Effect.fn("train")(function* (of: Bica.Objective.Objective) {
      const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], modules, objective: of })
      yield* training.repeat(
        { times, checkpointEvery: 100 },
        Effect.gen(function* () {
          yield* training.rollout({ environments: 4, steps: 4, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
          yield* training.update([human, ai, modules.protocol, modules.mapper, modules.instructor], {
            jointly: true,
            epochs: 1,
            minibatches: 1,
            rate: Bica.Schedule.constant(0.004),
            clipNorm: 0.5
          })
        })
      )
      yield* training.end
    })
  })
  const test = Bica.Stage.make("test", {
    semantics: "test",
    after: [train],
    ...team,
    forEach: "objective",
    derive: { metrics: ["ce", "bas", "synergy", "ccm"], baseline, alone },
    program: Effect.fn("test")(function* (of: Bica.Objective.Objective) {
      yield* Bica.Play.team({
        episodes: 64,
        on: [map, map.shifts.loud],
        agents: [ai, human],
        modules,
        objective: of,
        choose: "greedy",
        measure: measured,
        suite: [map.shifts.dense, map.shifts.loud]
      })
    })
  })
  const oracles = Bica.Stage.make("oracles", {
    semantics: "oracles",
    after: [],
    ...team,
    forEach: "seed",
    derive: { metrics: ["ce", "bas", "synergy", "ccm"], baseline, alone },
    program: Effect.fn("oracles")(function* () {
      yield* Bica.Play.oracles({
        episodes: 64,
        on: [map, map.shifts.loud],
        by: ["random", "planner", "direction_protocol"],
        agents: [ai, human],
        modules,
        measure: measured,
        suite: [map.shifts.dense]
      })
    })
  })
  return Bica.Pipeline.make("small", {
    stages: [train, test, oracles],
    objectives: [bica, oneWay, alone],
    studies: [Bica.Study.make("main", { seeds: [13], compare })],
    claims: []
  })
}

const execute = (of: Bica.Pipeline.Pipeline, runs: string) =>
  Bica.Pipeline.execute(of, { runs, record: {} }).pipe(
    Effect.provideService(Bica.Progress.Progress, Bica.Progress.Progress.of({ report: () => Effect.void })),
    Effect.provide(Layer.mergeAll(Onnx.layer, FileStore.layer))
  )

type Summary = Effect.Success<ReturnType<typeof execute>>

const valueOf = (summary: Summary, metric: string, by: string, on = "map") => {
  const row = summary.measures.find((one) => one.metric === metric && one.by === by && one.on === on)
  return row?.seeds[0]
}

const artifact = (summary: Summary, stage: string, name: string) =>
  readFileSync(join(summary.folder, "stages", ...stage.split("/"), "artifacts", name), "utf8")

describe("a study's metrics", () => {
  it.effect(
    "are all measured, each where it is declared to be, and compared between objectives",
    () =>
      Effect.gen(function* () {
        const runs = yield* folder
        const summary = yield* execute(pipeline(3), runs)
        const teams = ["bica", "one_way", "ai_alone"]
        for (const by of teams) {
          for (const metric of measured) {
            assert.isDefined(valueOf(summary, metric, by), `${metric} of ${by}`)
            const everywhere = MapTalk.metrics.find(({ name }) => name === metric)?.kind === "episode"
            assert.strictEqual(valueOf(summary, metric, by, "map.loud") !== undefined, everywhere, metric)
          }
          for (const metric of [
            "mp",
            "ss",
            "bs",
            "human_alone",
            "entropy_of_messages",
            "ece",
            "brier",
            "uncertainty"
          ]) {
            const found = valueOf(summary, metric, by)
            if (by === "ai_alone" && metric === "human_alone") continue
            assert.isAtLeast(found?.value ?? NaN, 0, `${metric} of ${by}`)
            assert.isAtMost(found?.low ?? NaN, found?.value ?? NaN, `${metric} of ${by}`)
            assert.isAtLeast(found?.high ?? NaN, found?.value ?? NaN, `${metric} of ${by}`)
          }
          // 64 episodes of four rows are too few
          assert.strictEqual(valueOf(summary, "diversity", by)?.value, null)
        }
        for (const by of [...teams, "random", "planner", "direction_protocol"]) {
          const parts = ["mp", "bs", "rc", "ss", "ce"].flatMap((metric) => valueOf(summary, metric, by)?.value ?? [])
          assert.strictEqual(valueOf(summary, "bas", by)?.n, parts.length, by)
          assert.closeTo(
            valueOf(summary, "bas", by)?.value ?? NaN,
            parts.reduce((a, b) => a + b, 0) / parts.length,
            1e-12,
            by
          )
        }
        // a guide with a literal table says what it means; in blocks of 64 episodes
        for (const by of ["bica", "one_way", "direction_protocol"]) {
          for (const metric of ["entrainment", "convention_stability", "partner_specificity", "last_round_tokens"]) {
            const found = valueOf(summary, metric, by)
            assert.isAtMost(found?.low ?? NaN, found?.value ?? NaN, `${metric} of ${by}`)
            assert.isAtLeast(found?.high ?? NaN, found?.value ?? NaN, `${metric} of ${by}`)
          }
          assert.strictEqual(valueOf(summary, "entrainment", by)?.n, 64)
          assert.isAbove(valueOf(summary, "block_information", by)?.value ?? NaN, 0.05)
        }
        assert.strictEqual(valueOf(summary, "last_round_success", "direction_protocol")?.value, 1)
        // who says nothing shortens nothing
        for (const by of ["ai_alone", "planner"]) {
          assert.strictEqual(valueOf(summary, "last_round_tokens", by)?.value, 0)
          for (const metric of ["entrainment", "convention_stability", "partner_specificity"])
            assert.strictEqual(valueOf(summary, metric, by)?.value, null, `${metric} of ${by}`)
        }
        assert.strictEqual(valueOf(summary, "block_information", "ai_alone")?.value, 0)
        assert.strictEqual(valueOf(summary, "block_information", "planner")?.value, null)
        // what nobody says has no entropy, and a channel that is not used no sensitivity
        assert.strictEqual(valueOf(summary, "entropy_of_messages", "ai_alone")?.value, 0)
        assert.strictEqual(valueOf(summary, "entropy_of_codes", "one_way")?.value, 0)
        assert.strictEqual(valueOf(summary, "bs", "ai_alone")?.value, 0)
        // and intents that are never sent are nobody's to act on
        assert.strictEqual(valueOf(summary, "human_alone", "ai_alone")?.value, null)
        assert.strictEqual(valueOf(summary, "agreement", "ai_alone")?.value, null)
        assert.strictEqual(valueOf(summary, "mp", "bica")?.n, 2)
        assert.strictEqual(valueOf(summary, "ss", "bica")?.n, 2)

        const planner = (metric: string) => valueOf(summary, metric, "planner")
        assert.strictEqual(planner("success")?.value, 1)
        // it says nothing; and 64 episodes of four rows are too few for its latents, too
        for (const metric of ["rc", "bs", "diversity", "human_alone", "agreement", "entropy_of_messages"]) {
          assert.strictEqual(planner(metric)?.value, null, metric)
        }
        assert.isAbove(planner("mp")?.value ?? NaN, 0.95)
        assert.strictEqual(planner("mp")?.n, 2)
        // it reaches the goal, never collides, and is always right: (1 - 0 - 0 + 2) / 3
        assert.strictEqual(planner("ss")?.value, 1)
        assert.strictEqual(planner("ece")?.value, 0)
        assert.strictEqual(planner("brier")?.value, 0)
        assert.strictEqual(planner("reliability")?.value, null)
        const part = (metric: string) => valueOf(summary, metric, "bica")?.value ?? NaN
        assert.closeTo(
          part("reliability") -
            part("resolution") +
            part("uncertainty") +
            part("within_bin_variance") -
            2 * part("within_bin_covariance"),
          part("brier"),
          1e-12
        )
        assert.isAbove(valueOf(summary, "agreement", "direction_protocol")?.value ?? NaN, 0.8)
        assert.isAbove(valueOf(summary, "message_state_information", "direction_protocol")?.value ?? NaN, 1)

        // a run of the same file gives the same bytes; another baseline derives anew and runs nothing
        const first = artifact(summary, "test/bica/seed-13", "measures.json")
        const again = yield* execute(pipeline(3, bica), runs)
        assert.strictEqual(again.folder, summary.folder)
        assert.strictEqual(artifact(again, "test/bica/seed-13", "measures.json"), first)
        const ce = valueOf(again, "ce", "bica")?.value
        assert.isTrue(ce === null || ce === 0.5)
        const elsewhere = yield* execute(pipeline(3, oneWay, [bica]), yield* folder)
        for (const name of ["measures.json", "replay.json", "protocol.json"]) {
          assert.strictEqual(
            artifact(elsewhere, "test/bica/seed-13", name),
            artifact(summary, "test/bica/seed-13", name),
            name
          )
        }

        const replay = JSON.parse(artifact(summary, "test/bica/seed-13", "replay.json"))
        assert.strictEqual(replay.symbols.at(-1), "silence")
        assert.strictEqual(replay.codes, 3)
        assert.deepStrictEqual(replay.intents, ["N", "E", "S", "W"])
        assert.deepStrictEqual(replay.actions, ["forward", "left", "right", "stay"])
        assert.deepStrictEqual(
          replay.episodes.map((one: { on: string; number: number }) => `${one.on} ${one.number}`),
          ["map", "map.loud"].flatMap((on) => [0, 1, 2, 3].map((number) => `${on} ${number}`))
        )
        for (const one of replay.episodes) {
          assert.strictEqual(one.blocked.length, 25)
          assert.strictEqual(one.blocked[5 * one.steps[0].y + one.steps[0].x], 0)
          assert.strictEqual(one.blocked[5 * one.goal[1] + one.goal[0]], 0)
          assert.isTrue(one.succeeded || one.steps.length === 20)
        }
        const protocol = JSON.parse(artifact(summary, "test/bica/seed-13", "protocol.json"))
        assert.deepStrictEqual(
          protocol.tables.map((one: { when: string }) => one.when),
          ["before", "after"]
        )
        for (const { rows } of protocol.tables) {
          assert.strictEqual(rows.length, 16)
          for (const row of rows)
            assert.closeTo(
              row.reduce((a: number, b: number) => a + b, 0),
              1,
              1e-4
            )
        }
        // the prior is literal: 0.9 on the token that names the intent
        assert.closeTo(protocol.tables[0].rows[6][2], 0.9, 1e-5)
        const steps = valueOf(summary, "steps", "bica")?.value ?? NaN
        const sum = (counts: ReadonlyArray<ReadonlyArray<number>>) => counts.flat().reduce((a, b) => a + b, 0)
        assert.closeTo(sum(protocol.used[0].counts), 64 * steps, 1e-6)
        assert.closeTo(sum(protocol.codes[0].counts), 64 * steps, 1e-6)
        assert.strictEqual(protocol.codes[0].situations.length, 8)
      }),
    120_000
  )
})

describe("disturbed plays", () => {
  it("exchange symbols such that the divergence is 0.02 nats where they are visited", () => {
    const p = matrix(2, 4, [0.7, 0.1, 0.1, 0.1, 0.25, 0.25, 0.25, 0.25])
    const visits = [3, 1]
    const found = exchangesFor(p, visits, random, "token")
    assert.strictEqual(found.length, 8)
    for (const { becomes, divergence, weight } of found) {
      assert.closeTo(divergence, 0.02, 0.005)
      // u_k = p_order(k) with order the inverse of what symbols become
      const order = Int32Array.from({ length: 4 }, (_, k) => becomes.indexOf(k))
      assert.closeTo(visitedDivergence(mixed(p, order, weight), p, visits), divergence, 1e-12)
    }
    assert.deepStrictEqual(exchangesFor(matrix(1, 3, [1 / 3, 1 / 3, 1 / 3]), [1], random, "token"), [])
  })

  it.effect("are of the sides that have a channel; one that is not used is disabled", () =>
    Effect.gen(function* () {
      const both = yield* whole()
      const noise = { flip: 0, drift: 0 }
      const options = { episodes: 40, greedy: true, noise }
      const plays = yield* disturbed({ ...both, ...options })
      assert.strictEqual(plays.undisturbed.length, 40)
      assert.strictEqual(plays.reseeded.length, 4)
      assert.strictEqual(plays.sides.length, 2)
      assert.isTrue(plays.sides.every((side) => side !== "disabled" && side.outcomes.length === 8))
      const frozen = yield* whole(["codes"])
      const one = yield* disturbed({ ...frozen, ...options })
      assert.strictEqual(one.sides[1], "disabled")
    })
  )
})

describe("noise under a shift of the suite", () => {
  it("is twice the agent's, at most 1, unless the shift states it", () => {
    assert.deepStrictEqual(suiteNoise(map.shifts.dense, human), { flip: 0.1, drift: 0.1 })
    assert.deepStrictEqual(suiteNoise(map.shifts.loud, human), { flip: 0.5, drift: 0.1 })
    assert.deepStrictEqual(suiteNoise(map, guide({ noise: { flip: 0.7, drift: 0 } })), { flip: 1, drift: 0 })
  })
})
