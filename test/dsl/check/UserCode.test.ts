/** What modules of the user's own bring, as the checker knows it: by what they say of themselves and by their digest. */
import { describe, expect, it } from "vitest"
import type { CodeContents, CodeMetric } from "../../../src/declaration/Code.ts"
import { analyse, explain } from "../../../src/dsl/index.ts"
import type { Program } from "../../../src/dsl/index.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"
import { Doors } from "../../cli/fixtures/doors.ts"
import { Hallway } from "../../runtime/environment/Hallway.ts"

const metric = (name: string, more: Partial<CodeMetric> = {}): CodeMetric => ({
  name,
  doc: `${name}.`,
  unit: "none",
  better: "none",
  reads: "counts",
  ...more
})

const contents: CodeContents = {
  digest: "one",
  terms: [],
  metrics: [
    metric("pauses", { unit: "steps", reads: "steps" }),
    metric("ratio", { minimum: 0, maximum: 3 }),
    metric("share", { unit: "fraction" })
  ],
  environments: [{ ...Doors.declaration, name: "Doors" }]
}

const file = (environment: string, measured: string, claim: string, as = "mine"): string => `use std.ppo
use "./own.ts" as ${as}

environment place = ${environment} { shift other { horizon 9 } }
agent one plays place.${environment === "MapTalk" ? "navigator { sees heading," : "guesser { sees last,"} two.message policy gru(8) }
agent two plays place.guide { sees ${environment === "MapTalk" ? "full says { N, E, S, W }" : "lucky says { L, R }"} policy gru(8) }
objective both = ppo(one) + ppo(two)
stage train(objective o) { repeat 10 times { rollout 4 environments update one, two } }
stage test after train { play 10 episodes on place, other measure success, ${measured} }
stage plain after train { play 10 episodes on place measure steps }
study main { seeds 1, 2, 3, 4, 5, 6, 7, 8 compare both }
${claim}
`

const found = (text: string, code: CodeContents | null = contents) =>
  analyse(
    { name: "own.bica", text },
    {
      environments: [MapTalk],
      ...(code === null ? {} : { code: new Map([["./own.ts", code]]) })
    }
  )
const causes = (text: string) => found(text).diagnostics.map(({ cause, code }) => `${code} ${cause}`)
const program = (text: string, code: CodeContents = contents): Program => {
  const { diagnostics, program } = found(text, code)
  if (program === undefined) throw new Error(diagnostics.map((one) => one.cause).join("\n"))
  return program
}
const meanings = ({ objectives, stages }: Program) =>
  Object.fromEntries([...objectives, ...stages].map(({ name, semantics }) => [name, semantics]))
/** The objectives and stages that differ. */
const moved = (a: Program, b: Program) => {
  const [left, right] = [meanings(a), meanings(b)]
  return Object.keys(left).filter((name) => left[name] !== right[name])
}

describe("a metric of a module", () => {
  const claims = (claim: string) =>
    causes(file("MapTalk", "mine.pauses, mine.ratio, mine.share", `claim it: ${claim} with 95 % confidence`))

  it("is measured and claimed like any other", () => {
    for (const claim of [
      "mine.ratio(both) < 2",
      "mine.share(both on other) > 20 %",
      "mine.pauses(both) < 3 steps",
      "mine.pauses(both) - mine.pauses(both) < 3 steps"
    ])
      expect(claims(claim).filter((one) => !one.startsWith("BICA5028"))).toEqual([])
  })

  it("has a unit, bounds, and a place where it is measured", () => {
    expect(claims("mine.pauses(both) < 3 tokens")).toEqual([
      "BICA4003 The left side is steps and the right side tokens."
    ])
    expect(claims("mine.ratio(both) < 4")).toEqual(["BICA3003 `mine.ratio` is never above 3, as it says of itself."])
    expect(claims("0 - 1 < mine.ratio(both)").filter((one) => !one.startsWith("BICA5028"))).toEqual([])
    expect(claims("mine.ratio(both) > -1")).toEqual(["BICA3003 `mine.ratio` is never below 0, as it says of itself."])
    expect(claims("mine.pauses(both on other) < 3 steps")).toEqual([
      "BICA5015 `mine.pauses` is measured where the stage plays first, on `place`, and not on `other`."
    ])
    expect(causes(file("MapTalk", "mine.pause", ""))).toEqual(["BICA2008 `MapTalk` does not measure `mine.pause`."])
  })

  it("is one finding where no code is allowed, whoever speaks of it", () => {
    const text = file("MapTalk", "mine.pauses", "claim it: mine.pauses(both) < 3 steps with 95 % confidence")
    expect(found(text, null).diagnostics.map(({ code }) => code)).toEqual(["BICA2016"])
    const place = file("mine.Doors", "mine.pauses", "claim it: mine.pauses(both) < 3 steps with 95 % confidence")
    expect(found(place, null).diagnostics.map(({ code }) => code)).toEqual(["BICA2016"])
  })

  it("with another text is another experiment for the stages that measure it, and for no other", () => {
    const text = file("MapTalk", "mine.share", "")
    const [one, two] = [program(text), program(text, { ...contents, digest: "two" })]
    expect(moved(one, two)).toEqual(["test"])
    expect(moved(one, program(file("MapTalk", "mine.ratio", "")))).toEqual(["test"])
    expect(explain(two)).toContain('use "./own.ts" as mine  // sha256 two')
  })
})

describe("an environment of a module", () => {
  it("with another text is another experiment throughout; what the module is called means nothing to its training", () => {
    const text = file("mine.Doors", "steps", "")
    expect(moved(program(text), program(text, { ...contents, digest: "two" }))).toEqual([
      "both",
      "train",
      "test",
      "plain"
    ])
    expect(moved(program(text), program(file("ours.Doors", "steps", "", "ours")))).toEqual([])
  })

  it("that cannot begin an episode again says so where entrainment is asked for, also in a claim", () => {
    const [asked, ...others] = found(file("mine.Doors", "entrainment", "")).diagnostics
    expect(others).toEqual([])
    expect([asked?.code, asked?.cause, asked?.fix]).toEqual([
      "BICA2008",
      "`mine.Doors` does not measure `entrainment`: it cannot begin an episode again.",
      "Give its game `again`, and say `repeats: true` where it is made."
    ])
    const claim = "claim it: partner_specificity(both) > 0 tokens with 95 % confidence"
    expect(causes(file("mine.Doors", "steps", claim))).toEqual([
      "BICA2008 `mine.Doors` does not measure `partner_specificity`: it cannot begin an episode again."
    ])
    const repeating = { ...contents, environments: [{ ...Hallway.declaration, name: "Doors" }] }
    const hall = file("mine.Doors", "entrainment", "")
      .replace("guesser { sees last,", "walker { sees left,")
      .replace("sees lucky", "sees lit")
    expect(found(hall, repeating).diagnostics).toEqual([])
  })

  it("is explained as it is written, every default filled in", () => {
    const said = explain(program(file("mine.Doors", "steps", "")))
    expect(said).toContain("environment place = mine.Doors {")
    expect(said).toContain("left 50 %")
    expect(
      analyse(
        { name: "own.bica", text: said },
        { environments: [MapTalk], code: new Map([["./own.ts", contents]]) }
      ).diagnostics.map(({ code }) => code)
    ).toEqual([])
  })
})
