import { describe, expect, it } from "vitest"
import { learningSentence, quantityWords } from "../../../src/runtime/report/Wording.ts"
import type { Handover } from "../../../src/runtime/train/Handover.ts"

const came: Handover = {
  pupil: "human",
  teacher: { rule: "planner", scale: 100, errs: 0.3 },
  updates: 7,
  limit: 60,
  loss: 0.8801,
  teacher_entropy: 0.78035,
  bound: 0.9,
  met: true,
  hands: ["human"]
}
const stage = { seeds: [13, 42], updates: 9, steps: 9216 }

describe("the sentence on a stage that trains", () => {
  it("says how long it was", () => {
    expect(learningSentence(stage)).toBe("9 updates, 9,216 environment steps for each of 2 seeds.")
  })

  it("says what it trains for where the file does, where, and what it goes on from", () => {
    const how = "9 updates, 9,216 environment steps for each of 2 seeds."
    expect(learningSentence({ ...stage, from: ["taught"] })).toBe(`${how} It goes on from what taught left.`)
    expect(learningSentence({ ...stage, objective: "alone", on: "dense", from: ["easy"] })).toBe(
      `${how} It trains for alone on dense. It goes on from what easy left.`
    )
    expect(learningSentence({ ...stage, on: "dense" })).toBe(`${how} It trains on dense.`)
  })

  it("says of an imitation when each seed met its bound, or that it never did", () => {
    const imitations = [
      { seed: 13, variant: null, came },
      {
        seed: 42,
        variant: null,
        came: { ...came, teacher: { rule: "compass", scale: 2.2, errs: 0 }, updates: 9, loss: 0.95, met: false }
      }
    ]
    expect(learningSentence({ ...stage, imitations })).toBe(
      "at most 9 updates, at most 9,216 environment steps for each of 2 seeds. " +
        "Seed 13: human imitated planner, which errs in 30.0 %, until the loss was below 0.9 nats, after 7 of at most 60 updates; " +
        "the last loss is 0.88 nats, of which 0.78 are the teacher’s own entropy. " +
        "Seed 42: human imitated compass with a logit of 2.2 for 9 updates, in which the loss never came below 0.9 nats; " +
        "the last loss is 0.95 nats, of which 0.78 are the teacher’s own entropy."
    )
  })

  it("says of an imitation without a bound how long it was", () => {
    const imitations = [{ seed: 13, variant: "prior.imitate=9-updates", came: { ...came, bound: null, met: null } }]
    expect(learningSentence({ seeds: [13], updates: 7, steps: 7168, imitations })).toContain(
      "Seed 13 of prior.imitate=9-updates: human imitated planner, which errs in 30.0 %, for 7 updates; the last loss"
    )
  })
})

it("calls the loss of an imitation what it is", () => {
  expect(quantityWords("loss", "nats").says).toBe("cross entropy under the teacher (nats), before the update")
  expect(quantityWords("loss").says).toBe("loss, the whole objective")
})
