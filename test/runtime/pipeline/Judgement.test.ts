/** What claims conclude from seeds; the numbers were computed with scipy 1.17 (ttest_rel, ttest_ind, permutation_test). */
import { describe, expect, it } from "vitest"
import * as Claim from "../../../src/runtime/Claim.ts"
import * as Judgement from "../../../src/runtime/Judgement.ts"
import { number as constant } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import type { Row } from "../../../src/runtime/measure/Summary.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import * as Stage from "../../../src/runtime/Stage.ts"
import * as Study from "../../../src/runtime/Study.ts"
import { Effect } from "effect"
import { ai, human, map } from "../agent/Teams.ts"

const objective = (name: string, semantics = name) =>
  Objective.make(name, { semantics, loss: constant(0), within: [], freezing: [] })
const a = objective("a")
const b = objective("b")

/** Values by subject, one for each of the seeds 1, 2, ...; undefined was not measured. */
type Values = Readonly<Record<string, ReadonlyArray<number | undefined>>>

const five: Values = { a: [0.92, 0.95, 0.9, 0.97, 0.93], b: [0.88, 0.93, 0.91, 0.9, 0.89] }

const x = Claim.measured("x", a)
const y = Claim.measured("x", b)
const p = (by: Claim.TestMethod, below = 0.05, family = "main") => Claim.significance(below, { by, family })

const judgeAll = (claims: ReadonlyArray<Claim.Claim>, values: Values) =>
  Judgement.judgeAll(
    claims,
    Array.from({ length: Math.max(...Object.values(values).map((all) => all.length)) }, (_, i) => i + 1),
    (seed, _, by) => values[by.name]?.[seed - 1],
    makeRandom(0)
  )

const judge = (claim: Partial<Omit<Claim.Claim, "_tag">>, values: Values = five) => {
  const [found] = judgeAll(
    [Claim.make(claim.name ?? "c", { left: x, relation: ">", right: y, test: p("paired_t"), ...claim })],
    values
  )
  if (found === undefined) throw new Error("no judgement")
  return found
}

describe("a test by its name", () => {
  it("paired t: the difference within each seed", () => {
    const found = judge({})
    expect(found.p).toBeCloseTo(0.036149694768180404, 12)
    expect(found.margin.mean).toBeCloseTo(0.032, 12)
    expect(found.margin.low).toBeCloseTo(-0.004623826280971265, 10)
    expect(found.margin.high).toBeCloseTo(0.06862382628097125, 10)
    expect(found.verdict).toBe("holds")
  })

  it("is one-sided in the claimed direction, whichever way it is written", () => {
    expect(judge({ left: y, relation: "<", right: x }).p).toBeCloseTo(0.036149694768180404, 12)
    const contrary = judge({ relation: "<" })
    expect(contrary.p).toBeCloseTo(1 - 0.036149694768180404, 12)
    expect(contrary.verdict).toBe("fails")
    expect(judge({ left: Claim.minus(x, y), right: Claim.number(0) }).p).toBeCloseTo(0.036149694768180404, 12)
  })

  it("Welch: two samples, which need not share their seeds", () => {
    expect(judge({ test: p("welch") }).p).toBeCloseTo(0.03332694312802452, 12)
    const apart = judge(
      { test: p("welch") },
      { a: [0.92, 0.95, 0.9, 0.97, 0.93], b: [undefined, undefined, undefined, undefined, undefined, 0.8, 0.85, 0.78] }
    )
    expect(apart.p).toBeCloseTo(0.005241649568053205, 12)
    expect(apart.margin.mean).toBeCloseTo(0.124, 12)
    expect(apart.margin.low).toBeCloseTo(0.052077542800953766, 9)
    expect(apart.margin.n).toBe(3)
    expect(apart.verdict).toBe("holds")
    expect(apart.evidence).toHaveLength(8)
    // within each seed there is nothing to compare
    expect(judge({}, { a: [0.9, 0.8], b: [undefined, undefined, 0.1] }).verdict).toBe("undecided")
  })

  it("Welch with a bound between the two: the bound moves one of the samples", () => {
    const found = judge({ left: Claim.minus(x, y), right: Claim.number(0.032), test: p("welch") })
    expect(found.p).toBeCloseTo(0.5, 9)
  })

  it("sign flip: the share of sign patterns, which for five seeds is never below 1/32", () => {
    expect(judge({ test: p("sign_flip") }).p).toBe(0.0625)
    expect(judge({ test: p("sign_flip") }, { a: [1, 2, 3, 4, 5], b: [0, 0, 0, 0, 0] }).p).toBe(1 / 32)
  })

  it("against a fixed bound there is one sample", () => {
    const found = judge({ right: Claim.number(0.9) })
    expect(found.p).toBeCloseTo(0.02406378487037047, 12)
    expect(found).not.toHaveProperty("cohenD")
    expect(judge({ right: Claim.number(0.9), test: p("welch") }).p).toBeCloseTo(0.02406378487037047, 12)
  })

  it("an interval by t instead of the bootstrap", () => {
    expect(judge({ test: Claim.confidence(0.95, "paired_t") })).toMatchObject({
      verdict: "undecided",
      test: "paired_t"
    })
    expect(judge({ test: Claim.confidence(0.95, "welch") }).margin.low).toBeCloseTo(-0.0028518604464786643, 10)
    expect(judge({ test: Claim.confidence(0.8, "paired_t") }).verdict).toBe("holds")
  })
})

describe("what stands beside a comparison", () => {
  it("is the effect size, the interquartile mean of the difference and the probability of improvement", () => {
    const found = judge({})
    expect(found.cohenD).toBeCloseTo(1.3644845846759086, 12)
    expect(found.interquartileMean).toBeCloseTo(1 / 30, 12)
    expect(found.probabilityOfImprovement).toBeCloseTo(0.84, 12)
  })

  it("is of the conditions, not of the distance to a bound, and follows the claimed direction", () => {
    const bound = judge({ left: Claim.minus(x, y), right: Claim.number(0.01) })
    expect(bound.cohenD).toBeCloseTo(1.3644845846759086, 12)
    expect(judge({ relation: "<" }).cohenD).toBeCloseTo(-1.3644845846759086, 12)
    expect(judge({ relation: "<" }).probabilityOfImprovement).toBeCloseTo(0.16, 12)
  })

  it("is undefined without spread", () => {
    expect(judge({}, { a: [1, 1, 1], b: [0, 0, 0] }).cohenD).toBeNaN()
  })
})

describe("Holm's correction", () => {
  const three = (family: (i: number) => string = () => "main") => [
    Claim.make("one", { left: x, relation: ">", right: y, test: p("paired_t", 0.05, family(0)) }),
    Claim.make("two", { left: x, relation: ">", right: Claim.number(0.9), test: p("paired_t", 0.05, family(1)) }),
    Claim.make("three", { left: y, relation: ">", right: Claim.number(0.9), test: p("paired_t", 0.05, family(2)) })
  ]

  it("is over the claims of a study that state a p, and says which they are", () => {
    const found = judgeAll(
      [
        ...three(),
        Claim.make("four", { left: x, relation: ">", right: Claim.number(0), test: Claim.confidence(0.95) })
      ],
      five
    )
    expect(found.map(({ p: raw }) => raw?.toFixed(6))).toEqual(["0.036150", "0.024064", "0.413782", undefined])
    expect(found.map(({ adjusted }) => adjusted?.toFixed(6))).toEqual(["0.072299", "0.072191", "0.413782", undefined])
    expect(found.map(({ verdict }) => verdict)).toEqual(["undecided", "undecided", "undecided", "holds"])
    expect(found[0]?.family).toEqual(["one", "two", "three"])
  })

  it("leaves the claims of another study alone", () => {
    const found = judgeAll(
      three((i) => `study ${i}`),
      five
    )
    expect(found.map(({ verdict }) => verdict)).toEqual(["holds", "holds", "undecided"])
  })

  it("counts what could not be tested: it was claimed all the same", () => {
    const [one] = judgeAll(three().slice(0, 2), { a: five["a"] ?? [], b: [undefined] })
    const [, two] = judgeAll(three().slice(0, 2), { a: five["a"] ?? [], b: [undefined] })
    expect(one?.verdict).toBe("never run")
    expect(two?.adjusted).toBeCloseTo(2 * 0.02406378487037047, 10)
  })
})

describe("too little", () => {
  it("one seed decides nothing, and it is said", () => {
    for (const test of [
      p("paired_t"),
      p("welch"),
      p("sign_flip"),
      Claim.confidence(0.95),
      Claim.confidence(0.95, "welch")
    ])
      expect(judge({ test }, { a: [1], b: [0] })).toMatchObject({
        verdict: "undecided",
        note: "one seed decides nothing"
      })
  })

  it("without spread t is undefined, and the bootstrap is not", () => {
    const same = { a: [1, 1, 1], b: [0, 0, 0] }
    const found = judge({}, same)
    expect(found).toMatchObject({ verdict: "undecided", note: "no spread over seeds, so t is undefined" })
    expect(found.p).toBeNaN()
    expect(found.margin.mean).toBe(1)
    expect(judge({ test: p("welch") }, same)).toMatchObject({ verdict: "undecided" })
    expect(judge({ test: Claim.confidence(0.95) }, same).verdict).toBe("holds")
  })

  it("tells what is undefined from what was never run", () => {
    expect(judge({}, { a: [0.9, Number.NaN, 0.8], b: [0.5, 0.5, 0.3] })).toMatchObject({
      margin: { n: 2 },
      note: "undefined for 1 of 3 seeds"
    })
    expect(judge({}, { a: [Number.NaN, Number.NaN], b: [1, 1] })).toMatchObject({
      verdict: "undecided",
      note: "undefined for every seed"
    })
    expect(judge({}, { a: [undefined, undefined], b: [1, 1] }).verdict).toBe("never run")
  })
})

describe("interquartile means", () => {
  it("are compared instead of means, with seeds drawn for both sides together", () => {
    const found = judge({ left: Claim.iqm(x), right: Claim.iqm(y), test: Claim.confidence(0.95) })
    // 0.9333 and 0.9000
    expect(found.margin.mean).toBeCloseTo(1 / 30, 12)
    expect(found.margin.n).toBe(5)
    // two of the lowest and two of the highest of nine are left out: one failed seed does not count
    const outlier = { a: [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0] }
    expect(judge({ left: Claim.iqm(x), right: Claim.number(0.89), test: Claim.confidence(0.5) }, outlier).verdict).toBe(
      "holds"
    )
    expect(judge({ right: Claim.number(0.89), test: Claim.confidence(0.5) }, outlier).verdict).not.toBe("holds")
  })
})

describe("values of a run", () => {
  const stage = (name: string, semantics: string, after: ReadonlyArray<Stage.Stage> = []) =>
    Stage.make(name, {
      semantics,
      after,
      agents: [ai, human],
      environment: map,
      forEach: "objective",
      program: () => Effect.void
    })
  const train = stage("train", "t")
  const test = stage("test", "p", [train])
  const longer = stage("train", "longer")
  const changed = Study.variant("train.repeat=80", () => ({
    objectives: [a],
    stages: [longer, stage("test", "p", [longer])]
  }))
  const elsewhere = Study.variant("other.play=9", () => ({ objectives: [a], stages: [train, test] }))
  const pipeline = {
    stages: [train, test],
    objectives: [a, b],
    studies: [Study.make("main", { seeds: [1], compare: [a, b], variants: [changed, elsewhere] })]
  }
  const row = (value: number | null, rest: Partial<Row> = {}): Row => ({
    metric: "x",
    by: "a",
    oracle: false,
    on: "map",
    choose: "greedy",
    value,
    low: null,
    high: null,
    n: 8,
    seed: 1,
    stage: "test",
    ...rest
  })
  const of = (subject: Partial<Claim.Subject> = {}): Claim.Subject => ({ oracle: false, name: "a", ...subject })
  const lookup = Judgement.lookupIn(
    [
      row(0.9),
      row(0.4, { choose: "sampled" }),
      row(0.7, { variant: "train.repeat=80" }),
      row(null, { by: "b" }),
      row(0.1, { on: "map.dense" })
    ],
    pipeline
  )

  it("are found by what was measured, of whom, where and how", () => {
    expect(lookup(1, "x", of(), undefined)).toBe(0.9)
    expect(lookup(1, "x", of(), "map.dense")).toBe(0.1)
    expect(lookup(1, "x", of({ choose: "sampled" }), undefined)).toBe(0.4)
    expect(lookup(1, "x", of({ name: "b" }), undefined)).toBeNaN()
    expect(lookup(2, "x", of(), undefined)).toBeUndefined()
    expect(lookup(1, "y", of(), undefined)).toBeUndefined()
  })

  it("of a variant are its own, or those of the file where it changes nothing on the way there", () => {
    expect(lookup(1, "x", of({ variant: "train.repeat=80" }), undefined)).toBe(0.7)
    expect(lookup(1, "x", of({ variant: "train.repeat=80" }), "map.dense")).toBeUndefined()
    expect(lookup(1, "x", of({ variant: "other.play=9" }), undefined)).toBe(0.9)
    expect(lookup(1, "x", of({ variant: "unknown" }), undefined)).toBeUndefined()
  })

  it("of one of several trainings are those of the team that it left, and of a stage those of the team that it left once", () => {
    const several = Judgement.lookupIn(
      [
        row(0.2, { by: "a after first", stage: "between" }),
        row(0.6, { by: "a after second" }),
        row(0.5, { by: "taught", stage: "guided" })
      ],
      pipeline
    )
    expect(several(1, "x", of({ after: "first" }), undefined)).toBe(0.2)
    expect(several(1, "x", of({ after: "second" }), undefined)).toBe(0.6)
    expect(several(1, "x", of(), undefined)).toBeUndefined()
    expect(several(1, "x", of({ name: "taught" }), undefined)).toBe(0.5)
  })
})
