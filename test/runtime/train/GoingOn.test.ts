import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { number, sum } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Budget from "../../../src/runtime/loss/Budget.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { StageError } from "../../../src/runtime/Stage.ts"
import { decode, encode } from "../../../src/runtime/store/Safetensors.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { ai, guide, human, map } from "../agent/Teams.ts"
import { folder } from "../store/Scratch.ts"
import type { Files } from "./Imitations.ts"
import { imitate, tensorsIn } from "./Imitations.ts"
import { codes, coach, listener, modules, train } from "./Trainings.ts"

const hexOf = (artifacts: Files) =>
  Object.fromEntries(Object.entries(artifacts).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]))

const clip = { clip: 0.2, entropy: 0.01 }
const objectiveOf = (name: string, freezing: ReadonlyArray<{ readonly name: string }>) =>
  Objective.make(name, {
    semantics: name,
    loss: freezing.length > 0 ? ppo(ai, clip) : sum(ppo(ai, clip), ppo(human, clip)),
    within: [],
    freezing
  })
const both = objectiveOf("both", [])
const alone = objectiveOf("alone", [human])
const still = { rate: Schedule.constant(0) }

/** A step that fails at its `at`-th call. */
const failingAt = (at: number) => {
  let calls = 0
  return () =>
    Effect.suspend(() =>
      ++calls === at ? Effect.fail(new StageError({ stage: "train", reason: "interrupted" })) : Effect.void
    )
}

/** Tensors whose names begin with one of `groups`. */
const only = (tensors: Readonly<Record<string, unknown>>, ...groups: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => groups.some((group) => name.startsWith(`${group}.`))))

describe("a training after a training", () => {
  it.effect("begins with exactly its weights: of every agent, every module and the critic", () =>
    Effect.gen(function* () {
      const team = { agents: [ai, listener], modules, targets: [ai, listener, codes, coach] }
      const first = yield* train({ ...team, times: 3, objective: both })
      const second = yield* train({ ...team, times: 1, objective: both, upstream: { first: first.artifacts } })
      const left = first.artifacts["weights.safetensors"]
      assert.isDefined(left)
      assert.deepStrictEqual(
        Buffer.from(second.artifacts["weights.initial.safetensors"] ?? []).toString("hex"),
        Buffer.from(left ?? []).toString("hex")
      )
      const names = Object.keys(yield* tensorsIn(left))
      for (const group of ["ai", "human", "codes", "coach", "bridge", "critic"])
        assert.isTrue(
          names.some((name) => name.startsWith(`${group}.`)),
          group
        )
      assert.notDeepEqual(hexOf(second.artifacts)["weights.safetensors"], hexOf(first.artifacts)["weights.safetensors"])
    }).pipe(Effect.scoped)
  )

  it.effect("counts its updates and draws its rates anew, and its first step is one of a fresh optimiser", () =>
    Effect.gen(function* () {
      const first = yield* train({ times: 3, objective: both })
      const second = yield* train({ times: 3, objective: both, upstream: { first: first.artifacts } })
      assert.deepStrictEqual(
        second.curve.map((row) => [row["update"], row["steps"], row["rate"]]),
        first.curve.map((row) => [row["update"], row["steps"], row["rate"]])
      )
      // Adam's first step is the rate in every coordinate with a gradient above the rounding
      const rate = 1e-3
      const step = yield* train({
        times: 1,
        objective: both,
        upstream: { first: first.artifacts },
        update: { rate: Schedule.constant(rate), epochs: 1, minibatches: 1 }
      })
      const before = yield* tensorsIn(step.artifacts["weights.initial.safetensors"])
      const after = yield* tensorsIn(step.artifacts["weights.safetensors"])
      const moved = (after["critic.value.bias"] ?? []).map((x, i) =>
        Math.abs(x - (before["critic.value.bias"]?.[i] ?? 0))
      )
      assert.isAbove(moved.length, 0)
      for (const x of moved) assert.closeTo(x, rate, 1e-5)
    }).pipe(Effect.scoped)
  )

  it.effect("begins its budgets at their start, whatever the multipliers of the first came to", () =>
    Effect.gen(function* () {
      const objective = Objective.make("both", {
        semantics: "held",
        loss: sum(ppo(ai, clip), ppo(human, clip)),
        within: [
          Budget.make("held", { quantity: number(1), atMost: 0.5, unit: "none", by: Budget.dual({ rate: 0.1 }) })
        ],
        freezing: []
      })
      const first = yield* train({ times: 2, objective })
      // two ascents by 0.1 (1 - 0.5)
      assert.closeTo(first.curve.at(-1)?.["multiplier.held"] ?? NaN, 0.1, 1e-6)
      const second = yield* train({ times: 1, objective, upstream: { first: first.artifacts } })
      assert.closeTo(second.curve[0]?.["multiplier.held"] ?? NaN, 0.05, 1e-6)
    }).pipe(Effect.scoped)
  )

  it.effect("lets whom it freezes play as it has become, and leaves it so", () =>
    Effect.gen(function* () {
      const first = yield* train({ times: 6, objective: both, update: { rate: Schedule.constant(0.05) } })
      const left = yield* tensorsIn(first.artifacts["weights.safetensors"])
      const second = yield* train({ times: 3, objective: alone, upstream: { first: first.artifacts } })
      const end = yield* tensorsIn(second.artifacts["weights.safetensors"])
      assert.deepStrictEqual(only(end, "human"), only(left, "human"))
      assert.notDeepEqual(only(end, "ai"), only(left, "ai"))
      // who follows its prior plays otherwise
      const artifacts = { ...first.artifacts, "weights.safetensors": yield* without(left, "human") }
      const prior = yield* train({ times: 3, objective: alone, upstream: { first: artifacts } })
      assert.notDeepEqual(second.curve, prior.curve)
    }).pipe(Effect.scoped)
  )

  it.effect("draws whom the first one froze, who has nothing to hand over, and goes on with the others", () =>
    Effect.gen(function* () {
      const first = yield* train({ times: 2, objective: alone })
      const left = yield* tensorsIn(first.artifacts["weights.safetensors"])
      assert.isEmpty(Object.keys(only(left, "human")))
      const second = yield* train({ times: 1, objective: both, update: still, upstream: { first: first.artifacts } })
      const fresh = yield* train({ times: 1, objective: both, update: still })
      const begun = yield* tensorsIn(second.artifacts["weights.initial.safetensors"])
      const drawn = yield* tensorsIn(fresh.artifacts["weights.initial.safetensors"])
      assert.deepStrictEqual(only(begun, "human"), only(drawn, "human"))
      assert.deepStrictEqual(only(begun, "ai", "critic"), only(left, "ai", "critic"))
    }).pipe(Effect.scoped)
  )

  it.effect("begins with a critic of its own where that of the first reads another state", () =>
    Effect.gen(function* () {
      const first = yield* train({ times: 1, objective: both })
      const tensors = yield* tensorsIn(first.artifacts["weights.safetensors"])
      const wider = { ...tensors, "critic.first.weight": [1, 2, 3] }
      const artifacts = { ...first.artifacts, "weights.safetensors": yield* encoded(wider) }
      const second = yield* train({ times: 1, objective: both, update: still, upstream: { first: artifacts } })
      const fresh = yield* train({ times: 1, objective: both, update: still })
      const begun = yield* tensorsIn(second.artifacts["weights.initial.safetensors"])
      const drawn = yield* tensorsIn(fresh.artifacts["weights.initial.safetensors"])
      assert.deepStrictEqual(only(begun, "critic"), only(drawn, "critic"))
      assert.deepStrictEqual(only(begun, "ai", "human"), only(tensors, "ai", "human"))
    }).pipe(Effect.scoped)
  )

  it.effect("goes on from what imitated before the first one, too", () =>
    Effect.gen(function* () {
      const { files } = yield* imitate({ updates: 3, rate: 0.02 })
      const first = yield* train({ times: 2, objective: alone, upstream: { prior: files } })
      const second = yield* train({ times: 1, objective: alone, upstream: { first: first.artifacts } })
      const imitated = yield* tensorsIn(files["weights.safetensors"])
      const end = yield* tensorsIn(second.artifacts["weights.safetensors"])
      assert.deepStrictEqual(only(end, "human"), only(imitated, "human"))
    }).pipe(Effect.scoped)
  )

  it.effect("ends, interrupted and taken up again, with the bytes of one that was not", () =>
    Effect.gen(function* () {
      for (const objective of [both, alone]) {
        const team = { agents: [ai, listener], modules, targets: [ai, listener, codes, coach] }
        const first = yield* train({ ...team, times: 3, objective: both })
        const options = { ...team, times: 6, objective, upstream: { first: first.artifacts } }
        const whole = yield* train(options)
        const runs = yield* folder
        yield* Effect.flip(train({ ...options, folder: runs, checkpointEvery: 2, each: failingAt(5) }))
        const again = yield* train({ ...options, folder: runs, checkpointEvery: 2 })
        assert.deepStrictEqual(hexOf(again.artifacts), hexOf(whole.artifacts))
      }
    }).pipe(Effect.scoped)
  )

  it.effect("refuses weights of another network", () =>
    Effect.gen(function* () {
      const first = yield* train({ times: 1, objective: both })
      const wider = guide({ policy: Agent.gru(12) })
      const error = yield* Effect.flip(
        train({ times: 1, agents: [ai, wider], objective: both, upstream: { first: first.artifacts } })
      )
      assert.strictEqual(
        error.message,
        "train/both/seed-13: what first hands over: the weights of human are of another network"
      )
    }).pipe(Effect.scoped)
  )
})

const encoded = (tensors: Readonly<Record<string, ReadonlyArray<number>>>) =>
  Effect.fromResult(
    encode(
      Object.fromEntries(
        Object.entries(tensors).map(([name, data]) => [name, { shape: [data.length], data: Float32Array.from(data) }])
      )
    )
  )

/** Weights without those of a group. */
const without = (tensors: Readonly<Record<string, ReadonlyArray<number>>>, group: string) =>
  encoded(Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith(`${group}.`))))

describe("a training on a shift", () => {
  const open = MapTalk.make("map", {
    ...map.parameters,
    shifts: { loud: { noise: { human: { flip: 1, drift: 0 } } }, wide: { grid: { width: 7, height: 7 } } }
  })

  it.effect("plays under its noise", () =>
    Effect.gen(function* () {
      const plain = yield* train({ times: 1, environment: open, objective: both })
      const loud = yield* train({ times: 1, environment: open.shifts.loud, objective: both })
      const named = yield* train({
        times: 1,
        environment: open,
        agents: [ai, guide({ noise: { flip: 1, drift: 0 } })],
        objective: both
      })
      assert.notDeepEqual(loud.curve, plain.curve)
      assert.deepStrictEqual(loud.curve, named.curve)
    }).pipe(Effect.scoped)
  )

  it.effect("of larger maps goes on from smaller ones, the critic with it", () =>
    Effect.gen(function* () {
      const first = yield* train({ times: 1, environment: open, objective: both })
      const second = yield* train({
        times: 1,
        environment: open.shifts.wide,
        objective: both,
        upstream: { first: first.artifacts }
      })
      assert.deepStrictEqual(
        Result.getOrThrow(decode(second.artifacts["weights.initial.safetensors"] ?? new Uint8Array())),
        Result.getOrThrow(decode(first.artifacts["weights.safetensors"] ?? new Uint8Array()))
      )
    }).pipe(Effect.scoped)
  )
})
