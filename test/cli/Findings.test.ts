import { describe, expect, it } from "vitest"
import type { Finding } from "../../src/cli/Findings.ts"
import { failedClaims, inOrder, markdown } from "../../src/cli/Findings.ts"
import type { LockedPipeline } from "../../src/runtime/store/Lockfile.ts"

const measured = (seed: number, value: number | null) => ({
  stage: "test",
  metric: "success",
  by: "bica",
  oracle: false,
  on: "map",
  choose: "greedy" as const,
  seed,
  value,
  low: null,
  high: null,
  n: 16
})

const locked: LockedPipeline = {
  file: "a.bica",
  bica: "0.1.0",
  numerics: 1,
  study: null,
  seed: null,
  environment: {
    node: "24.0.0",
    platform: "linux-x64",
    instructions: "x64-avx2",
    engine: "onnx",
    version: "1",
    numericClass: "onnx",
    threads: 1
  },
  meaning: { "stage test": { play: "1" } },
  statements: { "stage test": "", "stage test, play": "16 episodes" },
  stages: [],
  measured: [measured(1, 0.5), measured(2, 0.75)],
  claims: { near: { verdict: "holds", margin: { mean: 0.25, low: 0.125, high: 0.375, n: 2 } } }
}

const good: Finding = {
  file: "a.bica",
  errors: 0,
  formatted: true,
  verdict: "identical",
  extent: "7 stages",
  words: ["a.bica: identical"],
  locked,
  before: undefined
}

describe("a finding", () => {
  it("is in order only if everything is", () => {
    expect(inOrder(good)).toBe(true)
    expect(inOrder({ ...good, verdict: "equivalent" })).toBe(true)
    const claims = { near: { verdict: "fails", margin: { mean: -1, low: -2, high: -0.5, n: 2 } } }
    expect(failedClaims({ ...locked, claims })).toEqual(["near"])
    for (const bad of [
      { ...good, errors: 1 },
      { ...good, formatted: false },
      { ...good, verdict: undefined },
      { ...good, verdict: "different" as const },
      { ...good, locked: { ...locked, claims } }
    ]) {
      expect(inOrder(bad)).toBe(false)
    }
  })
})

describe("the summary", () => {
  it("is a table of the pipelines and one of the claims", () => {
    expect(markdown([good])).toBe(
      "## bica: everything is in order\n\n" +
        "| pipeline | check | layout | run again | extent |\n| --- | --- | --- | --- | --- |\n" +
        "| `a.bica` | fine | fine | identical | 7 stages |\n\n" +
        "### Claims\n\n| claim | verdict | margin | seeds | before |\n| --- | --- | --- | --- | --- |\n" +
        "| `a.bica` near | holds | 0.25 [0.125, 0.375] | 2 |  |\n"
    )
  })

  it("says which means over seeds, claims and words have changed, and only those", () => {
    const before: LockedPipeline = {
      ...locked,
      meaning: { "stage test": { play: "2" } },
      statements: { "stage test": "", "stage test, play": "8 episodes | more" },
      measured: [measured(1, 0.25), measured(2, 0.75), { ...measured(1, 3), metric: "steps" }],
      claims: { near: { verdict: "undecided", margin: { mean: 0, low: -1, high: 1, n: 2 } } }
    }
    const text = markdown([{ ...good, before }])
    expect(text).toContain("| `a.bica` near | holds | 0.25 [0.125, 0.375] | 2 | was: undecided |")
    expect(text).toContain(
      "### What changed in `a.bica`\n\n- stage test, play: 8 episodes \\| more became 16 episodes\n"
    )
    // (0.5 + 0.75) / 2 after (0.25 + 0.75) / 2
    expect(text).toContain("| test: success of bica on map | 0.5 | 0.625 | +0.125 |")
    expect(text).toContain("| test: steps of bica on map | 3 | gone |  |")
    expect(markdown([{ ...good, before: locked }])).not.toContain("What changed")
    const undefinedNow = { ...locked, measured: [measured(1, null)] }
    expect(markdown([{ ...good, before: locked, locked: undefinedNow }])).toContain("| 0.625 | undefined |  |")
  })

  it("shows what a verdict rests on where it is not identical", () => {
    const text = markdown([
      good,
      { ...good, file: "b.bica", verdict: "different", words: ["b.bica: different", "  first apart"] }
    ])
    expect(text).toContain("## bica: 1 of 2 pipelines out of order\n")
    expect(text).toContain(
      "<details><summary>b.bica: what this rests on</summary>\n\n```text\nb.bica: different\n  first apart\n```\n</details>"
    )
    expect(text).not.toContain("a.bica: what this rests on")
  })
})
