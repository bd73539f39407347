import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import type { Event } from "../../../src/runtime/Progress.ts"
import { StageError } from "../../../src/runtime/Stage.ts"
import * as Imitation from "../../../src/runtime/train/Imitation.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { ai, guide, human } from "../agent/Teams.ts"
import { folder } from "../store/Scratch.ts"
import type { Files } from "./Imitations.ts"
import { imitate, tensorsIn } from "./Imitations.ts"
import { codes, coach, listener, modules, train } from "./Trainings.ts"

const hexOf = (artifacts: Files) =>
  Object.fromEntries(Object.entries(artifacts).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]))

/** A guide whose policy starts within 0.01 of the uniform one: the head has a gain of 0.01. */
const undecided = guide({ prior: Agent.uniform })

describe("the loss of an imitation", () => {
  it.effect("of a pupil that chooses evenly among 4 is ln 4, whatever the teacher", () =>
    Effect.gen(function* () {
      for (const teacher of [
        Imitation.rule("planner", { scale: 100, errs: 0 }),
        Imitation.rule("compass", { scale: 2.2, errs: 0.3 })
      ]) {
        const { curve } = yield* imitate({ updates: 1, pupil: undecided, agents: [ai, undecided], teacher })
        assert.closeTo(curve[0]?.["loss"] ?? NaN, Math.log(4), 0.01)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("of a pupil whose prior is the teacher is the teacher's entropy: nothing is left to learn", () =>
    Effect.gen(function* () {
      const teacher = Imitation.rule("compass", { scale: 2.2, errs: 0 })
      const { curve } = yield* imitate({ updates: 1, teacher })
      // p = 9.02501 / 12.02501 = 0.75052 and three of 0.08316: 0.75052 x 0.28699 + 0.24948 x 2.48699 = 0.21539 + 0.62045
      assert.closeTo(curve[0]?.["teacher_entropy"] ?? NaN, 0.83584, 1e-4)
      assert.closeTo(curve[0]?.["loss"] ?? NaN, 0.83584, 2e-3)
    }).pipe(Effect.scoped)
  )

  it.effect("of a teacher that errs in 30 % has the entropy of 0.775 and three times 0.075", () =>
    Effect.gen(function* () {
      const { curve } = yield* imitate({ updates: 1 })
      // -0.775 ln 0.775 - 3 x 0.075 ln 0.075 = 0.19754 + 0.58281
      assert.closeTo(curve[0]?.["teacher_entropy"] ?? NaN, 0.78035, 1e-4)
    }).pipe(Effect.scoped)
  )

  it.effect("comes near the teacher's entropy, and moves nobody but the pupil", () =>
    Effect.gen(function* () {
      const { curve, files } = yield* imitate({
        updates: 60,
        environments: 32,
        steps: 8,
        rate: 0.01,
        pupil: undecided,
        agents: [ai, undecided]
      })
      const first = curve[0]?.["loss"] ?? NaN
      const last = curve.at(-1)
      assert.closeTo(first, Math.log(4), 0.02)
      assert.isBelow((last?.["loss"] ?? NaN) - (last?.["teacher_entropy"] ?? NaN), 0.1)
      // no pupil is better than the teacher itself, but for the rounding of float32
      for (const row of curve) assert.isAbove((row["loss"] ?? NaN) - (row["teacher_entropy"] ?? NaN), -1e-4)
      const before = yield* tensorsIn(files["weights.initial.safetensors"])
      const after = yield* tensorsIn(files["weights.safetensors"])
      for (const name of Object.keys(after)) {
        if (name.startsWith("human.")) continue
        assert.match(name, /^ai\./)
        assert.deepStrictEqual(after[name], before[name], name)
      }
      assert.notDeepEqual(after["human.head.weight"], before["human.head.weight"])
      // the rule chooses intents and says nothing, so that the table stays as it is
      assert.deepStrictEqual(after["human.table"], before["human.table"])
    }).pipe(Effect.scoped)
  )
})

describe("the end of an imitation", () => {
  it.effect("is the first update that began with a loss below the bound, and what came of it is kept", () =>
    Effect.gen(function* () {
      const options = { environments: 16, steps: 8, rate: 0.01, pupil: undecided, agents: [ai, undecided] }
      const whole = yield* imitate({ ...options, updates: 12 })
      assert.strictEqual(whole.curve.length, 12)
      assert.deepInclude(whole.came, { updates: 12, limit: 12, bound: null, met: null, hands: ["human"] })
      const losses = whole.curve.map((row) => row["loss"] ?? NaN)
      const bound = ((losses[0] ?? NaN) + (losses[11] ?? NaN)) / 2
      const met = losses.findIndex((loss) => loss < bound)
      assert.isAbove(met, 1)
      const events: Array<Event> = []
      const bounded = yield* imitate({ ...options, updates: 12, loss: bound, events })
      assert.deepStrictEqual(bounded.curve, whole.curve.slice(0, met + 1))
      assert.deepInclude(bounded.came, { updates: met + 1, limit: 12, bound, met: true, loss: losses[met] })
      const told = events.flatMap((event) => (event._tag === "Update" ? [event.imitation] : []))
      assert.deepStrictEqual(
        told,
        losses.slice(0, met + 1).map((loss) => ({ loss, bound }))
      )
      const never = yield* imitate({ ...options, updates: 3, loss: 0.5 })
      assert.deepInclude(never.came, { updates: 3, bound: 0.5, met: false })
    }).pipe(Effect.scoped)
  )
})

/** A step that fails at its `at`-th call. */
const failingAt = (at: number) => {
  let calls = 0
  return () =>
    Effect.suspend(() =>
      ++calls === at ? Effect.fail(new StageError({ stage: "prior", reason: "interrupted" })) : Effect.void
    )
}

describe("an imitation that was interrupted and taken up again", () => {
  it.effect("ends with the bytes of one that was not, with modules and with a bound", () =>
    Effect.gen(function* () {
      for (const options of [
        { updates: 9 },
        { updates: 9, pupil: listener, agents: [ai, listener], modules },
        { updates: 20, loss: 1.32, environments: 16, steps: 8, rate: 0.01, pupil: undecided, agents: [ai, undecided] }
      ]) {
        const whole = yield* imitate(options)
        assert.deepStrictEqual(Object.keys(whole.files).sort(), [
          "curve.csv",
          "imitation.json",
          "weights.initial.safetensors",
          "weights.safetensors"
        ])
        const runs = yield* folder
        yield* Effect.flip(imitate({ ...options, folder: runs, checkpointEvery: 2, each: failingAt(4) }))
        const events: Array<Event> = []
        const result = yield* imitate({ ...options, folder: runs, checkpointEvery: 2, events })
        assert.deepStrictEqual(
          events.flatMap((event) => (event._tag === "StageStarted" ? [event.from] : [])),
          [2]
        )
        assert.deepStrictEqual(hexOf(result.files), hexOf(whole.files))
      }
    }).pipe(Effect.scoped)
  )
})

describe("what comes after an imitation", () => {
  const both = Objective.make("both", {
    semantics: "b",
    loss: ppo(ai, { clip: 0.2, entropy: 0.01 }),
    within: [],
    freezing: []
  })
  /** The objective of the AI alone: the human stays as it is. */
  const adapting = Objective.make("adapting", {
    semantics: "a",
    loss: ppo(ai, { clip: 0.2, entropy: 0.01 }),
    within: [],
    freezing: [human]
  })
  const still = { rate: Schedule.constant(0) }

  it.effect("begins with exactly the weights of the pupil, and with its own of everybody else", () =>
    Effect.gen(function* () {
      const { files } = yield* imitate({ updates: 6, rate: 0.02 })
      const imitated = yield* tensorsIn(files["weights.safetensors"])
      const trained = yield* train({ times: 1, objective: both, update: still, upstream: { prior: files } })
      const fresh = yield* train({ times: 1, objective: both, update: still })
      const begun = yield* tensorsIn(trained.artifacts["weights.initial.safetensors"])
      const drawn = yield* tensorsIn(fresh.artifacts["weights.initial.safetensors"])
      assert.deepStrictEqual(
        Object.keys(begun).filter((name) => name.startsWith("human.")),
        Object.keys(imitated).filter((name) => name.startsWith("human."))
      )
      for (const [name, values] of Object.entries(begun)) {
        assert.deepStrictEqual(values, name.startsWith("human.") ? imitated[name] : drawn[name], name)
      }
      assert.notDeepEqual(begun["human.head.weight"], drawn["human.head.weight"])
      // with a rate of 0 nobody moves: the weights at the end are those of the beginning
      assert.deepStrictEqual(yield* tensorsIn(trained.artifacts["weights.safetensors"]), begun)
    }).pipe(Effect.scoped)
  )

  it.effect("plays with a frozen human as it has become, and leaves it so, also after an interruption", () =>
    Effect.gen(function* () {
      const { files } = yield* imitate({
        updates: 20,
        rate: 0.05,
        teacher: Imitation.rule("planner", { scale: 100, errs: 0 })
      })
      const imitated = yield* tensorsIn(files["weights.safetensors"])
      const options = { times: 6, objective: adapting, upstream: { prior: files } }
      const trained = yield* train(options)
      const end = yield* tensorsIn(trained.artifacts["weights.safetensors"])
      for (const name of Object.keys(imitated).filter((each) => each.startsWith("human.")))
        assert.deepStrictEqual(end[name], imitated[name], name)
      assert.notDeepEqual(end["ai.head.weight"], imitated["ai.head.weight"])
      // who follows its prior plays otherwise
      const prior = yield* train({ times: 6, objective: adapting })
      assert.notDeepEqual(trained.curve, prior.curve)
      assert.isUndefined((yield* tensorsIn(prior.artifacts["weights.safetensors"]))["human.head.weight"])
      const runs = yield* folder
      yield* Effect.flip(train({ ...options, folder: runs, checkpointEvery: 2, each: failingAt(6) }))
      const again = yield* train({ ...options, folder: runs, checkpointEvery: 2 })
      assert.deepStrictEqual(hexOf(again.artifacts), hexOf(trained.artifacts))
    }).pipe(Effect.scoped)
  )

  it.effect("hands over what was imitated before it too", () =>
    Effect.gen(function* () {
      const first = yield* imitate({ updates: 3, rate: 0.02 })
      const second = yield* imitate({ updates: 3, rate: 0.02, upstream: { first: first.files } })
      assert.deepInclude(second.came, { hands: ["human"] })
      const from = yield* tensorsIn(second.files["weights.initial.safetensors"])
      const to = yield* tensorsIn(first.files["weights.safetensors"])
      assert.deepStrictEqual(from["human.head.weight"], to["human.head.weight"])
    }).pipe(Effect.scoped)
  )

  it.effect("refuses weights of another network", () =>
    Effect.gen(function* () {
      const { files } = yield* imitate({ updates: 1 })
      const wider = guide({ policy: Agent.gru(12) })
      const error = yield* Effect.flip(
        train({ times: 1, agents: [ai, wider], objective: both, upstream: { prior: files } })
      )
      assert.strictEqual(
        error.message,
        "train/both/seed-13: what prior hands over: the weights of human are of another network"
      )
    }).pipe(Effect.scoped)
  )
})

describe("an imitation", () => {
  it.effect("is whole where of trainings only the beginning is run, so that these begin as they always do", () =>
    Effect.gen(function* () {
      const whole = yield* imitate({ updates: 4 })
      const beginning = yield* imitate({ updates: 4, beginning: 2 })
      assert.deepStrictEqual(hexOf(beginning.files), hexOf(whole.files))
      const { curve } = yield* train({ times: 2, upstream: { prior: beginning.files } })
      assert.lengthOf(curve, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("learns the same on another engine, but for rounding", () =>
    Effect.gen(function* () {
      const one = yield* imitate({ updates: 2 })
      const other = yield* imitate({ updates: 2, engine: "tfjs-cpu" })
      for (const [i, row] of one.curve.entries())
        assert.closeTo(row["loss"] ?? NaN, other.curve[i]?.["loss"] ?? NaN, 1e-4)
    }).pipe(Effect.scoped)
  )

  it.effect("of somebody who is not in the team is refused", () =>
    Effect.gen(function* () {
      const stranger = Agent.make("stranger", {
        plays: "guide",
        sees: ["full"],
        policy: Agent.gru(8),
        prior: Agent.uniform
      })
      const error = yield* Effect.flip(imitate({ updates: 1, pupil: stranger }))
      assert.strictEqual(error.message, "prior/seed-13: stranger, who is to imitate, is not in the team")
    }).pipe(Effect.scoped)
  )

  it.effect("lets the codes and the instructor play as they were drawn", () =>
    Effect.gen(function* () {
      const { files } = yield* imitate({ updates: 4, pupil: listener, agents: [ai, listener], modules })
      const before = yield* tensorsIn(files["weights.initial.safetensors"])
      const after = yield* tensorsIn(files["weights.safetensors"])
      const held = Object.keys(after).filter((name) => !name.startsWith("human."))
      for (const name of [ai, codes, coach].map((each) => each.name))
        assert.isTrue(
          held.some((each) => each.startsWith(`${name}.`)),
          name
        )
      for (const name of held) assert.deepStrictEqual(after[name], before[name], name)
      assert.notDeepEqual(after["human.encoder.weight"], before["human.encoder.weight"])
    }).pipe(Effect.scoped)
  )
})
