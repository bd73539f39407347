import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Event } from "../../../src/runtime/Progress.ts"
import { mean, sum } from "../../../src/runtime/loss/Arithmetic.ts"
import { entropy } from "../../../src/runtime/loss/Entropy.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { StageError } from "../../../src/runtime/Stage.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { ai, human } from "../agent/Teams.ts"
import { folder } from "../store/Scratch.ts"
import { oneWay, train } from "./Trainings.ts"
import type { Result } from "./Trainings.ts"

/** By the sixth update every copy has ended an episode: they have at most 20 steps. */
const rollout = { environments: 8, steps: 4 } as const
const times = 9

const hexOf = ({ artifacts }: Result) =>
  Object.fromEntries(Object.entries(artifacts).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]))

/** A step that fails at its `at`-th call. */
const failingAt = (at: number) => {
  let calls = 0
  return () =>
    Effect.suspend(() =>
      ++calls === at ? Effect.fail(new StageError({ stage: "train", reason: "interrupted" })) : Effect.void
    )
}

/** Interrupts a training at its `at`-th update and takes it up again; the events tell from where. */
const interrupted = Effect.fnUntraced(function* (
  options: Omit<Parameters<typeof train>[0], "times" | "rollout" | "folder">,
  ...at: ReadonlyArray<number>
) {
  const runs = yield* folder
  for (const k of at) {
    const error = yield* Effect.flip(train({ ...options, times, rollout, folder: runs, each: failingAt(k) }))
    assert.strictEqual(error.message, "train: interrupted")
  }
  const events: Array<Event> = []
  const result = yield* train({ ...options, times, rollout, folder: runs, events })
  const from = events.flatMap((event) => (event._tag === "StageStarted" ? [event.from] : []))
  return { result, from }
})

describe("a training that was interrupted and taken up again", () => {
  it.effect(
    "ends with the bytes of one that was not, however often, and whatever the interval of its checkpoints",
    () =>
      Effect.gen(function* () {
        const whole = hexOf(yield* train({ times, rollout }))
        assert.deepStrictEqual(Object.keys(whole).sort(), [
          "curve.csv",
          "weights.initial.safetensors",
          "weights.late.safetensors",
          "weights.safetensors"
        ])
        // in the eighth update, after the checkpoint of the sixth
        const once = yield* interrupted({ checkpointEvery: 3 }, 8)
        assert.deepStrictEqual(once.from, [6])
        assert.deepStrictEqual(hexOf(once.result), whole)
        // in the second update, before there is a checkpoint, then in the fourth, then two after the checkpoint of the third
        const thrice = yield* interrupted({ checkpointEvery: 3 }, 2, 4, 2)
        assert.deepStrictEqual(thrice.from, [3])
        assert.deepStrictEqual(hexOf(thrice.result), whole)
        // and the interval of the checkpoints changes nothing
        for (const checkpointEvery of [1, 4])
          assert.deepStrictEqual(hexOf(yield* train({ times, rollout, checkpointEvery })), whole)
      }).pipe(Effect.scoped)
  )

  it.effect("with a frozen human, and one agent after the other", () =>
    Effect.gen(function* () {
      for (const options of [{ objective: oneWay }, { update: { jointly: false } }]) {
        const whole = hexOf(yield* train({ ...options, times, rollout }))
        const { from, result } = yield* interrupted({ ...options, checkpointEvery: 2 }, 6)
        assert.deepStrictEqual(from, [4])
        assert.deepStrictEqual(hexOf(result), whole)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("whose actor has become certain, so that the protocol's context hangs on its last entropy", () =>
    Effect.gen(function* () {
      const options = {
        objective: Objective.make("certain", {
          semantics: "c",
          loss: sum(ppo(human, { clip: 0.2, entropy: 0 }), ppo(ai, { clip: 0.2, entropy: -10 })),
          within: [],
          freezing: []
        }),
        update: { rate: Schedule.constant(0.05) }
      }
      const training = yield* train({ ...options, times, rollout })
      assert.isBelow(training.curve[5]?.["ai.entropy"] ?? NaN, 0.4)
      const { from, result } = yield* interrupted({ ...options, checkpointEvery: 3 }, 8)
      assert.deepStrictEqual(from, [6])
      assert.deepStrictEqual(hexOf(result), hexOf(training))
    }).pipe(Effect.scoped)
  )

  it.effect("whose body ascends before it measures anew", () =>
    Effect.gen(function* () {
      const body: NonNullable<Parameters<typeof train>[0]["body"]> = (training) =>
        Effect.gen(function* () {
          yield* training.ascend
          yield* training.rollout({ ...rollout, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
          yield* training.update([human, ai], {
            jointly: true,
            epochs: 1,
            minibatches: 1,
            rate: Schedule.constant(0.004),
            clipNorm: 0.5
          })
        })
      const whole = hexOf(yield* train({ times, body }))
      const { from, result } = yield* interrupted({ body, checkpointEvery: 3 }, 8)
      assert.deepStrictEqual(from, [6])
      assert.deepStrictEqual(hexOf(result), whole)
    }).pipe(Effect.scoped)
  )

  it.effect("after the late weights were kept, and with a weight that is learned", () =>
    Effect.gen(function* () {
      const options = {
        rollout: { environments: 4, steps: 2 },
        objective: Objective.make("learned", {
          semantics: "l",
          loss: [
            Objective.summand("ppo(ai)", 1, ppo(ai, { clip: 0.2, entropy: 0.01 })),
            Objective.summand("ppo(human)", 1, ppo(human, { clip: 0.2, entropy: 0.01 })),
            Objective.summand("calm", Objective.hypergradient({ rate: 5, start: 0.2 }), mean(entropy(ai.policy)))
          ],
          within: [],
          freezing: []
        })
      }
      for (const update of [{}, { jointly: false }]) {
        const whole = yield* train({ ...options, update, times: 20 })
        assert.notStrictEqual(whole.curve[5]?.["weight.calm"], whole.curve[6]?.["weight.calm"])
        const runs = yield* folder
        // in the twentieth update, after the late weights of the eighteenth went into the checkpoint of the nineteenth
        yield* Effect.flip(
          train({ ...options, update, times: 20, folder: runs, checkpointEvery: 1, each: failingAt(20) })
        )
        const events: Array<Event> = []
        const result = yield* train({ ...options, update, times: 20, folder: runs, events })
        assert.deepStrictEqual(
          events.flatMap((event) => (event._tag === "StageStarted" ? [event.from] : [])),
          [19]
        )
        assert.deepStrictEqual(hexOf(result), hexOf(whole))
      }
    }).pipe(Effect.scoped)
  )
})

describe("checkpoints", () => {
  it.effect("that are damaged are passed over for the one before", () =>
    Effect.gen(function* () {
      const whole = hexOf(yield* train({ times, rollout }))
      const runs = yield* folder
      yield* Effect.flip(train({ times, rollout, folder: runs, checkpointEvery: 2, each: failingAt(7) }))
      const checkpoints = join(runs, "r/stages/train/bica/seed-13/checkpoints")
      assert.deepStrictEqual(readdirSync(checkpoints).sort(), ["00000004", "00000006"])
      const file = join(checkpoints, "00000006/tensors.safetensors")
      const bytes = readFileSync(file)
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
      writeFileSync(file, bytes)
      const events: Array<Event> = []
      const result = yield* train({ times, rollout, folder: runs, events })
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "StageStarted" ? [event.from] : [])),
        [4]
      )
      assert.deepStrictEqual(hexOf(result), whole)
    }).pipe(Effect.scoped)
  )

  it.effect("are not written at the end, where the artifacts are", () =>
    Effect.gen(function* () {
      const runs = yield* folder
      yield* train({ times: 4, rollout, folder: runs, checkpointEvery: 4 })
      assert.isFalse(existsSync(join(runs, "r/stages/train/bica/seed-13/checkpoints/00000004")))
    }).pipe(Effect.scoped)
  )
})

describe("a seed", () => {
  it.effect("gives the same bytes every time, and another seed others", () =>
    Effect.gen(function* () {
      const [one, again, other] = yield* Effect.forEach([1, 1, 2], (seed) => train({ times: 2, rollout, seed }))
      if (one === undefined || again === undefined || other === undefined) return assert.fail("three trainings")
      assert.deepStrictEqual(hexOf(again), hexOf(one))
      assert.notStrictEqual(hexOf(other)["weights.safetensors"], hexOf(one)["weights.safetensors"])
      assert.notStrictEqual(hexOf(other)["curve.csv"], hexOf(one)["curve.csv"])
    }).pipe(Effect.scoped)
  )
})

it.effect("a stage repeats one body: a second would begin from the first one's checkpoint", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      train({ times: 1, rollout, each: (training) => training.repeat({ times: 2, checkpointEvery: 1 }, Effect.void) })
    )
    assert.match(error.message, /a stage repeats one body/)
  }).pipe(Effect.scoped)
)
