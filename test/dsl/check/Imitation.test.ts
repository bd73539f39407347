import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { analyse } from "../../../src/dsl/index.ts"
import { flowText } from "../../../src/dsl/program/Flow.ts"
import type { Program } from "../../../src/dsl/index.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"

const text = readFileSync(join(import.meta.dirname, "..", "..", "golden", "good", "imitation.bica"), "utf8")
const found = (of: string) => analyse({ name: "imitation.bica", text: of }, { environments: [MapTalk] })
const programOf = (of: string): Program => {
  const { diagnostics, program } = found(of)
  if (program === undefined) throw new Error(diagnostics.map(({ cause }) => cause).join(" "))
  return program
}
const hashesOf = (of: string) =>
  new Map([...programOf(of).objectives, ...programOf(of).stages].map((one) => [one.name, one.semantics]))
const original = hashesOf(text)

/** The file with a part of it written otherwise; the part stands there. */
const written = (old: string, now: string): string => {
  expect(text).toContain(old)
  return text.replace(old, now)
}
const differences = (of: string) =>
  [...hashesOf(of)].flatMap(([name, hash]) => (original.get(name) === hash ? [] : [name]))

describe("the meaning of an imitation", () => {
  it.each([
    ["the teacher", "map.planner(errs 30 %)", "map.compass(errs 30 %)"],
    ["how often it errs", "errs 30 %", "errs 31 %"],
    ["its scale", "errs 30 %", "50, errs 30 %"],
    ["the bound", "loss < 0.9 nats", "loss < 1 nats"],
    ["no bound", "loss < 0.9 nats or ", ""],
    ["the limit", "or 200 updates", "or 201 updates"],
    ["the copies", "environments  64", "environments  65"],
    ["the steps", "steps         8", "steps         9"],
    ["the rate", "over 100 updates", "over 101 updates"]
  ])("is another one with %s, and no other stage nor objective is", (_, old, now) => {
    const other = written(old, now)
      // these vary what then is not there, or would be as it stands
      .replace("  vary     plans.imitate.loss 1 nats\n", "")
      .replace("  vary     plans.imitate.errs 0 %, 30 %\n", "")
    expect(differences(other)).toEqual(["plans"])
  })

  it.each([
    ["an environment's name before the rule or none", "map.planner(errs 30 %)", "planner(errs 30 %)"],
    [
      "a default written out",
      "imitate compass(2.2) by human until 20 updates",
      "imitate compass(2.2, errs 0 %) by human until 20 updates { steps 16 }"
    ],
    ["a share in place of per cent", "errs 30 %", "errs 0.3"],
    ["the arguments in a block", "planner(errs 30 %)", "planner { errs 30 % }"],
    ["the interval of the checkpoints", "checkpoint every 10", "checkpoint every 11"]
  ])("is the same with %s", (_, old, now) => {
    expect(differences(written(old, now))).toEqual([])
  })

  it("is the same under another name, and so is what plays its team", () => {
    const renamed = text.replaceAll(/\bplans\b/g, "lessons")
    expect([...hashesOf(renamed).values()]).toEqual([...original.values()])
  })
})

describe("what comes after an imitation", () => {
  const stage = (name: string) => programOf(text).stages.find((one) => one.name === name)

  it("runs once per seed where it plays the imitating team, and for every objective where it trains", () => {
    expect(stage("plans")).toMatchObject({ forEach: "seed", after: ["walks"] })
    expect(stage("as_imitated")).toMatchObject({ forEach: "seed", team: "plans" })
    expect(stage("train")).toMatchObject({ forEach: "objective" })
    expect(stage("test")?.team).toBeUndefined()
  })

  it("varies teacher, bound, limit and settings", () => {
    const plans = (name: string) => {
      const variant = programOf(text).studies[0]?.variants.find((one) => one.name === name)
      return variant?.program.stages.flatMap(({ name: of, work }) =>
        work._tag === "Imitation"
          ? [
              [
                of,
                work.teacher.value,
                work.bound?.value,
                work.limit.value,
                work.settings.find(({ parameter }) => parameter.name === "rate")?.value
              ]
            ]
          : []
      )
    }
    const planner = { choice: "planner", arguments: { scale: 100, errs: 0.3 } }
    const rate = { kind: "linear", from: 0.004, to: 0.001, over: 100 }
    expect(plans("plans.imitate.errs=0-percent")?.[1]).toEqual([
      "plans",
      { choice: "planner", arguments: { scale: 100, errs: 0 } },
      0.9,
      200,
      rate
    ])
    expect(plans("plans.imitate.loss=1-nats")?.[1]).toEqual(["plans", planner, 1, 200, rate])
    expect(plans("plans.imitate=100-updates")?.[1]).toEqual(["plans", planner, 0.9, 100, rate])
    expect(plans("walks.imitate.scale=5")?.[0]?.[1]).toEqual({ choice: "compass", arguments: { scale: 5, errs: 0 } })
    expect(plans("walks.imitate.rate=0.01")?.[0]?.at(-1)).toBe(0.01)
    // 30 % is what the file says
    expect(programOf(text).studies[0]?.variants.map(({ name }) => name)).not.toContain("plans.imitate.errs=30-percent")
  })

  it("may read and update what listens to a frozen agent that has imitated, and else may not", () => {
    const codes = (of: string) => found(of).diagnostics.map(({ code }) => code)
    expect(codes(text)).toEqual([])
    const alone = text.replace("stage others(objective o) after plans", "stage others(objective o)")
    expect(codes(alone)).toEqual(["BICA5021", "BICA5022", "BICA5023"])
  })

  it("is not blamed for the order of stages where that is at fault itself", () => {
    expect(found(written("stage wild {", "stage wild after nowhere {")).diagnostics.map(({ code }) => code)).toEqual([
      "BICA2012"
    ])
  })

  it("shows whom an imitation trains", () => {
    expect(flowText(programOf(text))).toContain(
      "stage plans\n                    ai  human   codes  bridge  coach\n  imitates planner  -   trains  -      -       -\n"
    )
  })
})
