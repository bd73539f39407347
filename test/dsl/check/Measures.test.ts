/** What metrics are measured against. */
import { describe, expect, it } from "vitest"
import { analyse, explain } from "../../../src/dsl/index.ts"
import type { Program } from "../../../src/dsl/index.ts"
import { catalogue } from "./Files.ts"

const file = (measure: string, claim = "") => `use std.ppo
environment map = MapTalk {
  shift dense { obstacles 0.35 .. 0.45 }
  shift large { grid 12 by 12 }
}
agent ai plays map.navigator { sees egocentric, heading, human.message policy gru(16) }
agent human plays map.guide { sees full says { N, E, S, W } policy gru(16) prior compass(2.2) }
objective both = ppo(ai) + ppo(human)
objective one_way = ppo(ai) freezing human
stage train(objective o) {
  repeat 40 times { rollout 64 environments update human, ai }
}
stage test after train {
  play 1024 episodes on map, dense
  measure ${measure}
}
study main { seeds 13, 42, 2025 compare both, one_way }
${claim}`

const read = (measure: string, claim?: string) => analyse({ name: "test.bica", text: file(measure, claim) }, catalogue)
const codes = (measure: string, claim?: string) =>
  read(measure, claim).diagnostics.flatMap((one) => (one.severity === "error" ? [one.code] : []))
const program = (measure: string): Program => {
  const { diagnostics, program: found } = read(measure)
  if (found === undefined) throw new Error(diagnostics.map((one) => one.code).join("\n"))
  return found
}
const played = (measure: string) => {
  const work = program(measure).stages[1]?.work
  if (work?._tag !== "Play") throw new Error("no play")
  return work
}
const testSemantics = (measure: string) => program(measure).stages[1]?.semantics

describe("what is measured", () => {
  it("holds the parts of what is named, each once, what is named first", () => {
    expect(played("steps, ce { baseline one_way }").measure).toEqual(["steps", "ce", "success", "tokens"])
    expect(played("mp").measure).toEqual(["mp", "mp_u"])
    expect(played("brier").measure).toEqual([
      "brier",
      "reliability",
      "resolution",
      "uncertainty",
      "within_bin_variance",
      "within_bin_covariance"
    ])
  })

  it("leads from a word for calibration to the metric, in a claim too", () => {
    const [found] = read("success, calibration").diagnostics
    expect(found?.code).toBe("BICA2008")
    const which =
      "Say which is meant: `ece` (Expected calibration error of the AI) or `brier` (Brier score of the same confidences)."
    expect(found?.fix).toBe(which)
    expect(found?.replacement).toBe("ece")
    expect(read("success, brier_score").diagnostics.map(({ fix }) => fix)).toEqual(["Did you mean `brier`?"])
    const claimed = read("ece", "claim sure: calibration(both) <= 5 % with 95 % confidence").diagnostics
    expect(claimed.map(({ fix }) => fix)).toEqual([which])
    expect(codes("ece", "claim sure: ece(both) <= 5 % with 95 % confidence")).toEqual([])
    expect(codes("brier", "claim sharp: brier(both) <= 0.1 with 95 % confidence")).toEqual([])
  })

  it("of entrainment is what a round saves, with success beside it, claimed in tokens", () => {
    expect(played("entrainment").measure).toEqual([
      "entrainment",
      "first_round_tokens",
      "last_round_tokens",
      "convention_stability",
      "partner_specificity",
      "first_round_success",
      "last_round_success",
      "block_information"
    ])
    expect(played("last_round_success").measure).toEqual(["last_round_success"])
    expect(codes("entrainment", "claim less: entrainment(both) > 0 tokens with 95 % confidence")).toEqual([])
    expect(
      codes("entrainment", "claim less: entrainment(both) - entrainment(one_way) > 0 with 95 % confidence")
    ).toEqual([])
    expect(
      codes("entrainment", "claim kept: last_round_success(both) >= first_round_success(both) with 95 % confidence")
    ).toEqual([])
    expect(codes("entrainment", "claim less: entrainment(both) > 5 % with 95 % confidence")).not.toEqual([])
    // it is of the team where the stage plays first
    expect(codes("entrainment", "claim less: entrainment(both on dense) > 0 tokens with 95 % confidence")).not.toEqual(
      []
    )
    expect(read("entrainement").diagnostics.map(({ fix }) => fix)).toEqual(["Did you mean `entrainment`?"])
  })

  it("is measured against what the file names, or the shifts that the stage plays on", () => {
    const work = played("success, bas { suite large baseline one_way }")
    expect(work.baseline).toBe("one_way")
    expect(work.suite.map((one) => one.shift)).toEqual(["large"])
    expect(played("ss").suite.map((one) => one.shift)).toEqual(["dense"])
    expect(explain(program("ss"))).toMatch(
      /suite dense +\/\/ default \(our choice: the shifts that the stage plays on\)/
    )
  })

  it("runs again where the suite changes, and not where the baseline does", () => {
    const before = testSemantics("success, ce { baseline one_way }")
    expect(testSemantics("success, ce { baseline both }")).toBe(before)
    expect(testSemantics("success, steps, tokens")).not.toBe(testSemantics("success, steps, tokens, mp"))
    expect(testSemantics("ss { suite dense }")).toBe(testSemantics("ss"))
    expect(testSemantics("ss { suite dense, large }")).not.toBe(testSemantics("ss"))
  })

  it.each([
    ["a setting that there is not", "ce { basis one_way }", ["BICA2005"]],
    ["an objective that there is not", "ce { baseline neither }", ["BICA2001"]],
    ["two baselines", "ce { baseline one_way, both }", ["BICA2015"]],
    ["a setting twice", "ce { baseline one_way baseline both }", ["BICA2015"]],
    ["a condition that there is not", "ss { suite denser }", ["BICA2014"]],
    ["the environment as a shift", "ss { suite map }", ["BICA2014"]],
    ["a shift twice", "ss { suite dense, dense }", ["BICA2015"]],
    ["what nothing is measured against", "success { baseline one_way }", ["BICA5001"]],
    ["no baseline", "ce", ["BICA5031"]],
    ["no AI alone", "synergy", ["BICA5031"]],
    ["neither, each where its metric stands", "bas, ccm", ["BICA5031", "BICA5031"]]
  ])("refuses %s", (_, measure, expected) => {
    expect(codes(measure)).toEqual(expected)
  })

  it("of a team is claimed only where the stage plays first", () => {
    expect(codes("mp", "claim told: mp(both) > 0")).toEqual([])
    expect(codes("mp", "claim told: mp(both on dense) > 0")).toEqual(["BICA5015"])
    expect(codes("success", "claim told: success(both on dense) > 0")).toEqual([])
  })
})
