/** A stage that fits a model, and stages that play with one. */
import { describe, expect, it } from "vitest"
import { analyse } from "../../../src/dsl/index.ts"
import { catalogue } from "./Files.ts"

const file = `environment shapes = LatentNavigator { }

stage encode {
  fit shapes.encoder for 300 updates { pool 2000 }
}

stage explore after encode {
  play 10 episodes on shapes by shapes.random, shapes.bidirectional
  measure exploration_efficiency
}

study main { seeds 1, 2, 3 }
`
const found = (text: string) => analyse({ name: "shapes.bica", text }, catalogue)
const changed = (from: string, to: string) => {
  expect(file).toContain(from)
  return found(file.replace(from, to))
}
const said = (from: string, to: string) =>
  changed(from, to).diagnostics.map(({ cause, code, fix }) => [code, cause, fix] as const)
const semantics = (text: string) =>
  Object.fromEntries((found(text).program?.stages ?? []).map((stage) => [stage.name, stage.semantics]))

describe("a model that players need", () => {
  it("is fitted once per seed, in a stage before theirs, without agents or objectives", () => {
    const { diagnostics, program } = found(file)
    expect(diagnostics).toEqual([])
    expect(program?.stages.map(({ after, forEach, name, work }) => [name, work._tag, forEach, after])).toEqual([
      ["encode", "Fit", "seed", []],
      ["explore", "Play", "seed", ["encode"]]
    ])
  })

  it("is named with its environment, and what it is given is of the model", () => {
    expect(said("fit shapes.encoder", "fit encoder")).toEqual([
      ["BICA2018", "`encoder` is a model of `shapes`.", "Did you mean `shapes.encoder`?"]
    ])
    expect(said("{ pool 2000 }", "{ pol 2000 }")).toEqual([
      ["BICA2005", "`fit` of `encoder` has no parameter `pol`.", "Did you mean `pool`?"]
    ])
    expect(said("{ pool 2000 }", "{ pool 200 }").map(([code]) => code)).toEqual(["BICA3003"])
    expect(said("300 updates", "300 steps").map(([code]) => code)).toEqual(["BICA3002"])
    const [map] = found(
      file.replace("LatentNavigator", "MapTalk").replace("shapes.random, shapes.bidirectional", "shapes.random")
    ).diagnostics.filter(({ code }) => code === "BICA2018")
    expect(map?.cause).toBe("`MapTalk` has no model that could be fitted.")
  })

  it("is missed where nobody fits it, and has one stage", () => {
    expect(said("stage explore after encode", "stage explore")).toEqual([
      [
        "BICA5007",
        "The stage `explore` plays with `shapes.encoder`, and it comes after no stage that fits it.",
        "Write a stage with `fit shapes.encoder for N updates`, and `after` it."
      ]
    ])
    expect(
      said(
        "stage explore after encode",
        "stage again {\n  fit shapes.encoder for 9 updates\n}\n\nstage explore after encode, again"
      )
    ).toEqual([
      [
        "BICA9007",
        "The stage `explore` comes after 2 stages that fit a model, and plays with one.",
        "Write a stage for each of them."
      ]
    ])
    expect(said("stage encode {", "stage encode after explore {").map(([code]) => code)).toEqual(["BICA5006"])
    expect(said("{ pool 2000 }", "{ pool 2000 }\n  measure success")).toEqual([
      ["BICA9007", "A stage cannot fit and measure.", "Write a stage of its own, `stage … after encode { measure … }`."]
    ])
  })

  it("is played with by players that are named, and by no agent", () => {
    expect(said(" by shapes.random, shapes.bidirectional", "")).toEqual([
      [
        "BICA3005",
        "No team is trained in `shapes`, and this `play` does not say which of its players play.",
        "Add `by` and some of `shapes.random`, `shapes.human_alone`, `shapes.ai_alone`, `shapes.one_directional` and `shapes.bidirectional`."
      ]
    ])
    const agent = "agent ai plays shapes.explorer { sees full  policy gru(4) }\n\nstage encode {"
    expect(said("stage encode {", agent)).toEqual([
      [
        "BICA2004",
        "`LatentNavigator` has no role `explorer`.",
        "Leave the agent out: nobody but its own players plays there."
      ]
    ])
  })

  it("means the same whatever the environment is set to, and something else with another setting of its own", () => {
    const before = semantics(file)
    const other = semantics(file.replace("LatentNavigator { }", "LatentNavigator { clicks 50 steps }"))
    expect(other["encode"]).toBe(before["encode"])
    expect(other["explore"]).not.toBe(before["explore"])
    const longer = semantics(file.replace("300 updates", "301 updates"))
    expect(longer["encode"]).not.toBe(before["encode"])
    // whoever plays with it is keyed by the stages before it
    expect(longer["explore"]).toBe(before["explore"])
    expect(semantics(file.replace("pool 2000", "pool 2001"))["encode"]).not.toBe(before["encode"])
    expect(semantics(file.replace("}\n\nstage explore", "  checkpoint every 7\n}\n\nstage explore"))).toEqual(before)
  })

  it("is not varied: a study without objectives has one condition, and shifts are its ablations", () => {
    expect(said("seeds 1, 2, 3 }", "seeds 1, 2, 3  vary shapes.clicks 50, 60 }")).toEqual([
      [
        "BICA5025",
        "The study `main` compares no objective, so there is nothing to vary.",
        "Declare an `objective` and a stage that trains it, or a `shift` of the environment and play on it."
      ]
    ])
  })
})
