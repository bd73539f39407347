import { describe, expect, it } from "vitest"
import { mean } from "../../../src/runtime/loss/Arithmetic.ts"
import { brier } from "../../../src/runtime/loss/BrierScore.ts"
import { crossEntropy } from "../../../src/runtime/loss/CrossEntropy.ts"
import { entropy } from "../../../src/runtime/loss/Entropy.ts"
import { categorical } from "../../../src/runtime/loss/Expression.ts"
import type { Categorical, Scalar, Tensor } from "../../../src/runtime/loss/Expression.ts"
import { js } from "../../../src/runtime/loss/JensenShannon.ts"
import { kl } from "../../../src/runtime/loss/Kl.ts"
import { logProbability, negativeLogLikelihood } from "../../../src/runtime/loss/LogProbability.ts"
import { mutualInformation } from "../../../src/runtime/loss/MutualInformation.ts"
import { oneHot, softmax } from "../../../src/runtime/loss/Shares.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"
import { contextOf, logits, quantity, valueOf } from "./Contexts.ts"

// expected numbers are scipy's: softmax, spatial.distance.jensenshannon squared, plain sums
const left = [0.3, -1, 0.8, 2, 0.1, -0.4, 0, 0, 0]
const right = [0, 0.5, 0, -1, 1, 0.3, 1, 2, 3]
const chosen = [0, 0, 1, 1, 0, 0, 0, 1, 0]
const feeds = { p: left, q: right, x: chosen }

const of = (name: string, rows = 3, n = 3): Categorical =>
  categorical((context) => ({ logits: [context.advantage.builder.input(name, [rows, n])] }))
const p = of("p")
const q = of("q")
const x = quantity("x", [3, 3])
const rowsOf = (value: Tensor, given: Readonly<Record<string, ReadonlyArray<number>>> = feeds) => {
  const { context } = contextOf({ rows: 3 })
  return Array.from(evaluate([value.build(context)], given)[0] ?? [])
}
const expectRows = (value: Tensor, expected: ReadonlyArray<number>) => {
  const found = rowsOf(value)
  expect(found).toHaveLength(expected.length)
  found.forEach((each, i) => expect(each).toBeCloseTo(expected[i] ?? NaN, 12))
}
/** Against finite differences in every named input. */
const expectFlow = (loss: Scalar, names: ReadonlyArray<string>, given = feeds) => {
  const { builder, context } = contextOf({ rows: 3 })
  const node = loss.build(context)
  expectGradients(
    node,
    names.map((name) => builder.input(name, [3, 3])),
    given
  )
}

describe("js", () => {
  it("is the mean of both divergences from the middle", () => {
    expectRows(js(p, q), [0.09173689300405667, 0.29863303033573957, 0.06871159973175194])
  })

  it("is the same the other way round, 0 between equals, ln 2 between certain opposites", () => {
    expectRows(js(q, p), rowsOf(js(p, q)))
    expect(rowsOf(js(p, p))).toEqual([0, 0, 0])
    const sure = { p: [500, 0, 0, 500, 0, 0, 500, 0, 0], q: [0, 500, 0, 0, 500, 0, 0, 500, 0] }
    for (const each of rowsOf(js(p, q), sure)) expect(each).toBeCloseTo(Math.LN2, 12)
  })

  it("has the gradient of finite differences on both sides", () => {
    expectFlow(mean(js(p, q)), ["p", "q"])
  })

  it("refuses a chain of choices", () => {
    const chain = categorical((context) => ({ logits: [...p.build(context).logits, ...q.build(context).logits] }))
    const { context } = contextOf({ rows: 3 })
    expect(() => js(chain, chain).build(context)).toThrow("chain")
  })
})

describe("cross_entropy", () => {
  it("is -sum p ln q", () => {
    expectRows(crossEntropy(p, q), [1.2477303839303062, 2.1534880695464707, 1.4076059644443801])
  })

  it("is entropy and divergence together", () => {
    const divergence = rowsOf(kl(p, q))
    const spread = rowsOf(entropy(p))
    expectRows(
      crossEntropy(p, q),
      divergence.map((each, i) => each + (spread[i] ?? NaN))
    )
  })

  it("has the gradient of finite differences on both sides", () => {
    expectFlow(mean(crossEntropy(p, q)), ["p", "q"])
  })
})

describe("log_prob, nll and brier", () => {
  const scores = [-0.5720126556454397, -0.2153424597804224, -1.0986122886681098]

  it("score what happened", () => {
    expectRows(logProbability(p, x), scores)
    expectRows(
      negativeLogLikelihood(p, x),
      scores.map((each) => -each)
    )
    expectRows(brier(p, x), [0.3156432261890517, 0.0574254285096943, 0.6666666666666667])
  })

  it("a certain and wrong forecast has a Brier score of 2", () => {
    const [worst] = rowsOf(brier(p, x), { p: [900, 0, 0, 0, 0, 0, 0, 0, 0], x: [0, 1, 0, 1, 0, 0, 1, 0, 0] })
    expect(worst).toBeCloseTo(2, 12)
  })

  it("have the gradients of finite differences", () => {
    expectFlow(mean(logProbability(p, x)), ["p", "x"])
    expectFlow(mean(negativeLogLikelihood(p, x)), ["p"])
    expectFlow(mean(brier(p, x)), ["p", "x"])
  })
})

describe("mutual_information", () => {
  it("is the entropy of the mean less the mean of the entropies", () => {
    const { context } = contextOf({ rows: 3 })
    expect(valueOf(mutualInformation(p).build(context), feeds)).toBeCloseTo(0.14728400047254153, 12)
  })

  it("weighs rows where they have weights, as a mean of divergences from the marginal does", () => {
    const weighted = categorical((context) => ({
      ...p.build(context),
      weights: context.advantage.builder.input("w", [3, 1])
    }))
    const { context } = contextOf({ rows: 3 })
    const found = valueOf(mutualInformation(weighted).build(context), { ...feeds, w: [0.5, 0.3, 0.2] })
    expect(found).toBeCloseTo(0.14308651211020984, 12)
  })

  it("is 0 where no row says anything and ln n where each row has its own outcome", () => {
    const { context } = contextOf({ rows: 3 })
    const node = mutualInformation(p).build(context)
    expect(valueOf(node, { p: [1, 2, 3, 1, 2, 3, 1, 2, 3] })).toBeCloseTo(0, 12)
    expect(valueOf(node, { p: [800, 0, 0, 0, 800, 0, 0, 0, 800] })).toBeCloseTo(Math.log(3), 12)
  })

  it("has the gradient of finite differences, and a finite one where an outcome never happens", () => {
    expectFlow(mutualInformation(p), ["p"])
    const { builder, context } = contextOf({ rows: 3 })
    const never = [0, 1, -2000, 0, 2, -2000, 1, 0, -2000]
    const [gradient] = evaluate(gradients(mutualInformation(p).build(context), [builder.input("p", [3, 3])]), {
      p: never
    })
    expect(Array.from(gradient ?? [NaN]).every(Number.isFinite)).toBe(true)
  })
})

describe("softmax and one_hot", () => {
  it("give the probabilities, and the most probable", () => {
    const { context } = contextOf({ rows: 2 })
    const two = categorical(({ advantage }) => ({ logits: [advantage.builder.input("p", [2, 3])] }))
    const given = { p: [...logits(0.5, 0.25, 0.25), ...logits(0.4, 0.2, 0.4)] }
    const [shares, first] = evaluate([softmax(two).build(context), oneHot(two).build(context)], given)
    const expected = [0.5, 0.25, 0.25, 0.4, 0.2, 0.4]
    Array.from(shares ?? []).forEach((each, i) => expect(each).toBeCloseTo(expected[i] ?? NaN, 12))
    // equals share
    expect(Array.from(first ?? [])).toEqual([1, 0, 0, 0.5, 0, 0.5])
  })

  it("softmax has the gradient of finite differences, one_hot none", () => {
    const { builder, context } = contextOf({ rows: 3 })
    const weighted = mean(softmax(x)).build(context)
    expect(weighted.shape).toEqual([])
    const square = mean(brier(p, softmax(x)))
    expectFlow(square, ["p", "x"])
    const [none] = evaluate(gradients(mean(brier(of("r"), oneHot(p))).build(context), [builder.input("p", [3, 3])]), {
      ...feeds,
      r: right
    })
    expect(Array.from(none ?? [])).toEqual(Array.from({ length: 9 }, () => 0))
  })
})
