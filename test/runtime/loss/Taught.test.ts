import { describe, expect, it } from "vitest"
import { teacherEntropy, teacherShares } from "../../../src/declaration/Teacher.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { taught } from "../../../src/runtime/loss/Taught.ts"
import { contextOf } from "./Contexts.ts"

/** The loss of two steps and its gradient with respect to the logits, whatever is said besides. */
const lossOf = (teacher: ReadonlyArray<number>, logits: ReadonlyArray<number>, sizes: ReadonlyArray<number> = [4]) => {
  const { builder, context } = contextOf({ rows: 2, sizes: { human: sizes } })
  const loss = taught("human").build({ ...context, taught: () => builder.input("teacher", [2, 4]) })
  const [slope] = gradients(loss, [builder.input("human.policy.0", [2, 4])])
  const feeds = {
    teacher: Float32Array.from(teacher),
    "human.policy.0": Float32Array.from(logits),
    "human.policy.1": Float32Array.from({ length: 6 }, (_, i) => i)
  }
  const [value, gradient] = evaluate([loss, ...(slope === undefined ? [] : [slope])], feeds)
  return { value: value?.[0] ?? Number.NaN, gradient: Array.from(gradient ?? []) }
}

const even = [0, 0, 0, 0]
const certain = [1, 0, 0, 0]
const erring = [0.775, 0.075, 0.075, 0.075]

describe("the loss of an imitation", () => {
  it("is ln 4 for a pupil that chooses evenly among 4, whoever teaches", () => {
    for (const teacher of [certain, erring, [0.25, 0.25, 0.25, 0.25]])
      expect(lossOf([...teacher, ...teacher], [...even, ...even]).value).toBeCloseTo(Math.log(4), 6)
  })

  it("has the pupil's probabilities less the teacher's as its gradient, shared among the steps", () => {
    const { gradient } = lossOf([...certain, ...erring], [...even, ...even])
    // (0.25 - 1) / 2 and (0.25 - 0) / 2; (0.25 - 0.775) / 2 and (0.25 - 0.075) / 2
    const worked = [-0.375, 0.125, 0.125, 0.125, -0.2625, 0.0875, 0.0875, 0.0875]
    worked.forEach((x, i) => expect(gradient[i]).toBeCloseTo(x, 6))
  })

  it("is the mean of the surprises of a certain teacher's choices", () => {
    const halves = Math.log(0.5)
    const quarter = Math.log(0.25)
    const eighth = Math.log(0.125)
    // -ln 1/2 and -ln 1/8
    const { value } = lossOf(
      [1, 0, 0, 0, 0, 0, 1, 0],
      [halves, quarter, eighth, eighth, halves, quarter, eighth, eighth]
    )
    expect(value).toBeCloseTo((Math.LN2 + 3 * Math.LN2) / 2, 6)
  })

  it("rests where the pupil has become the teacher, at the teacher's entropy", () => {
    const { gradient, value } = lossOf([...erring, ...erring], [...erring, ...erring].map(Math.log))
    // 0.775 x 0.25489 + 3 x 0.075 x 2.59027
    expect(value).toBeCloseTo(0.78035, 4)
    for (const x of gradient) expect(x).toBeCloseTo(0, 6)
  })

  it("is of what a role chooses, and not of how it is said", () => {
    expect(lossOf([...erring, ...erring], [...even, ...even], [4, 3])).toEqual(
      lossOf([...erring, ...erring], [...even, ...even])
    )
  })
})

describe("a teacher", () => {
  it("that errs takes from what is advised and gives to every choice alike", () => {
    const { advised, other } = teacherShares({ scale: 100, errs: 0.3 }, 4)
    expect(advised).toBeCloseTo(0.775, 12)
    expect(other).toBeCloseTo(0.075, 12)
    // with a logit of ln 9 the rule itself leaves a quarter to the three others
    const soft = teacherShares({ scale: Math.log(9), errs: 0.2 }, 4)
    expect(soft.advised).toBeCloseTo(0.8 * 0.75 + 0.05, 12)
    expect(soft.other).toBeCloseTo((0.8 * 0.25) / 3 + 0.05, 12)
    expect(soft.advised + 3 * soft.other).toBeCloseTo(1, 12)
  })

  it("has no entropy where it is certain, and ln n where it only errs", () => {
    expect(teacherEntropy({ scale: 100, errs: 0 }, 4)).toBeLessThan(1e-9)
    expect(teacherEntropy({ scale: 100, errs: 1 }, 5)).toBeCloseTo(Math.log(5), 12)
    expect(teacherEntropy({ scale: 0, errs: 0 }, 3)).toBeCloseTo(Math.log(3), 12)
  })
})
