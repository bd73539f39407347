import { describe, expect, it } from "vitest"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { mean } from "../../../src/runtime/loss/Arithmetic.ts"
import { entropy } from "../../../src/runtime/loss/Entropy.ts"
import { kl } from "../../../src/runtime/loss/Kl.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"
import { contextOf, logits, valueOf } from "./Contexts.ts"

const human = Agent.make("human", { plays: "guide", sees: [], policy: Agent.gru(4), prior: Agent.uniform })
const ai = Agent.make("ai", { plays: "navigator", sees: [], policy: Agent.gru(4), prior: Agent.uniform })

const perRow = (
  loss: ReturnType<typeof kl>,
  sizes: Readonly<Record<string, ReadonlyArray<number>>>,
  rows: number,
  feeds: Readonly<Record<string, ReadonlyArray<number>>>
) => {
  const { context } = contextOf({ rows, sizes })
  const node = loss.build(context)
  expect(node.shape).toEqual([rows, 1])
  return Array.from(evaluate([node], feeds)[0] ?? [])
}

describe("entropy", () => {
  it("is 1.5 ln 2 for (1/2, 1/4, 1/4), ln n for the uniform and 0 for a certain choice", () => {
    const found = perRow(entropy(ai.policy), { ai: [3] }, 3, {
      "ai.policy.0": [...logits(0.5, 0.25, 0.25), 7, 7, 7, 1000, 0, 0]
    })
    expect(found[0]).toBeCloseTo(1.0397207708399179, 12)
    expect(found[1]).toBeCloseTo(1.0986122886681098, 12)
    expect(found[2]).toBeCloseTo(0, 15)
  })

  it("adds up over the factors of a chain", () => {
    const [found] = perRow(entropy(human.policy), { human: [2, 4] }, 1, {
      "human.policy.0": [0, 0],
      "human.policy.1": [0, 0, 0, 0]
    })
    expect(found).toBeCloseTo(3 * Math.LN2, 12)
  })

  it("has the gradient of finite differences", () => {
    const { builder, context } = contextOf({ rows: 2, sizes: { human: [3, 2] } })
    const nodes = [builder.input("human.policy.0", [2, 3]), builder.input("human.policy.1", [2, 2])]
    expectGradients(mean(entropy(human.policy)).build(context), nodes, {
      "human.policy.0": [0.3, -1, 0.8, 2, 0.1, -0.4],
      "human.policy.1": [1, -1, 0.2, 0.5]
    })
  })
})

describe("kl", () => {
  const even = logits(0.5, 0.5)
  const skewed = logits(0.9, 0.1)

  it("is sum p ln(p / q), in the direction in which it is written", () => {
    // 0.5 ln(5/9) + 0.5 ln 5, and the other way round 0.9 ln 1.8 + 0.1 ln 0.2
    const forward = perRow(kl(ai.policy, ai.prior), { ai: [2] }, 1, { "ai.policy.0": even, "ai.prior.0": skewed })
    const backward = perRow(kl(ai.prior, ai.policy), { ai: [2] }, 1, { "ai.policy.0": even, "ai.prior.0": skewed })
    expect(forward[0]).toBeCloseTo(0.5108256237659907, 12)
    expect(backward[0]).toBeCloseTo(0.3680642071684971, 12)
  })

  it("to the uniform is ln n - entropy, and 0 between equals whatever the logits' level", () => {
    const [uniform] = perRow(kl(ai.policy, ai.prior), { ai: [4] }, 1, {
      "ai.policy.0": logits(0.7, 0.1, 0.1, 0.1),
      "ai.prior.0": [0, 0, 0, 0]
    })
    // ln 4 + 0.7 ln 0.7 + 0.3 ln 0.1
    expect(uniform).toBeCloseTo(0.4458463724645644, 12)
    const [same] = perRow(kl(ai.policy, ai.prior), { ai: [2] }, 1, {
      "ai.policy.0": skewed,
      "ai.prior.0": skewed.map((x) => x + 40)
    })
    expect(same).toBeCloseTo(0, 12)
  })

  it("over a chain is the sum of the factors' divergences, step by step", () => {
    const found = perRow(kl(human.policy, human.prior), { human: [2, 2] }, 2, {
      "human.policy.0": [...even, ...skewed],
      "human.prior.0": [...skewed, ...skewed],
      "human.policy.1": [...skewed, ...even],
      "human.prior.1": [...even, ...skewed]
    })
    expect(found[0]).toBeCloseTo(0.5108256237659907 + 0.3680642071684971, 12)
    expect(found[1]).toBeCloseTo(0.5108256237659907, 12)
  })

  it("has the gradient of finite differences on both sides", () => {
    const { builder, context } = contextOf({ rows: 2, sizes: { human: [3, 2] } })
    const names = [
      ["policy.0", 3],
      ["policy.1", 2],
      ["prior.0", 3],
      ["prior.1", 2]
    ] as const
    expectGradients(
      mean(kl(human.policy, human.prior)).build(context),
      names.map(([name, n]) => builder.input(`human.${name}`, [2, n])),
      {
        "human.policy.0": [0.3, -1, 0.8, 2, 0.1, -0.4],
        "human.policy.1": [1, -1, 0.2, 0.5],
        "human.prior.0": [0, 0.5, 0, -1, 1, 0.3],
        "human.prior.1": [0.1, 0.2, 2, -0.5]
      }
    )
  })

  it("refuses distributions of different chains", () => {
    const { context } = contextOf({ rows: 1, sizes: { human: [2, 2], ai: [2] } })
    expect(() => kl(human.policy, ai.policy).build(context)).toThrow("different factors")
    expect(() => kl(ai.policy, human.policy).build(context)).toThrow("different factors")
  })

  it("does not overflow: a certain choice against its opposite costs the difference of the logits", () => {
    const { context } = contextOf({ rows: 1, sizes: { ai: [2] } })
    expect(
      valueOf(mean(kl(ai.policy, ai.prior)).build(context), { "ai.policy.0": [200, 0], "ai.prior.0": [0, 200] })
    ).toBeCloseTo(200, 9)
  })
})
