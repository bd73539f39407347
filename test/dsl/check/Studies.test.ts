/** Studies that expand: what a variant is, what it shares with the file, what is refused. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { analyse, explain } from "../../../src/dsl/index.ts"
import type { Program, Variant } from "../../../src/dsl/index.ts"
import { alignment, catalogue, codes, program } from "./Files.ts"

const study = (lines: string): string => `${alignment}study ablations { from main.bica ${lines} }\n`

const variantsOf = (lines: string): ReadonlyArray<Variant> =>
  program(study(lines)).studies.find((one) => one.name === "ablations")?.variants ?? []

const only = (lines: string): Variant => {
  const [first, ...more] = variantsOf(lines)
  if (first === undefined || more.length > 0) throw new Error("not one variant")
  return first
}

/** The names of the objectives and stages that mean something else in a variant. */
const reached = (lines: string): ReadonlyArray<string> => {
  const base = program(alignment)
  const { program: changed } = only(lines)
  const differs = (kind: "objectives" | "stages") =>
    changed[kind].filter((one) => base[kind].find(({ name }) => name === one.name)?.semantics !== one.semantics)
  return [...differs("objectives"), ...differs("stages")].map(({ name }) => name)
}

const objective = (of: Program): Program["objectives"][number] => {
  const [first] = of.objectives
  if (first === undefined) throw new Error("no objective")
  return first
}

describe("from", () => {
  it("takes the seeds of a study and one of its objectives, or all of them", () => {
    const ablations = program(study("vary train.repeat 20")).studies[1]
    expect(ablations?.seeds).toEqual([13])
    expect(ablations?.compare).toEqual(["bica"])
    const all = program(`${alignment}study more { from main seeds 1, 2 vary train.repeat 20 }\n`).studies[1]
    expect(all?.seeds).toEqual([1, 2])
    expect(all?.compare).toEqual(["bica", "silent", "one_way"])
  })

  it("is refused where it names nothing, itself, or an objective twice", () => {
    const at = (line: string) => codes(`${alignment}study more { ${line} vary train.repeat 20 }\n`)
    expect(at("from mian")).toEqual(["BICA2001"])
    expect(at("from more")).toEqual(["BICA2001"])
    expect(at("from main.bicca")).toEqual(["BICA2001"])
    expect(at("from main.bica.x")).toEqual(["BICA2001"])
    expect(at("from main.bica compare silent")).toEqual(["BICA2015"])
  })
})

describe("vary", () => {
  it.each([
    ["vary codes.size 4", "codes.size=4"],
    ["vary codes.temperature.start 0.50", "codes.temperature.start=0.5"],
    ["vary codes.temperature.by 0.9", "codes.temperature.by=0.9"],
    ["vary codes.temperature 1", "codes.temperature=1"],
    ["vary ai.policy gru(32)", "ai.policy=gru-32"],
    ["vary ai.policy mlp(64)", "ai.policy=mlp-64"],
    ["vary ai.policy.size 32", "ai.policy.size=32"],
    ["vary ai.says 4 codes", "ai.says=4-codes"],
    ["vary human.prior planner(4)", "human.prior=planner-4"],
    ["vary human.noise.flip 10 %", "human.noise.flip=10-percent"],
    ["vary human.noise { flip 1 %, drift 2 % }", "human.noise=flip-1-percent-drift-2-percent"],
    ["vary map.grid 5 by 5", "map.grid=5-by-5"],
    ["vary map.reward.collision -1", "map.reward.collision=-1"],
    ["vary map.dense.obstacles 0.1 .. 0.2", "map.dense.obstacles=0.1..0.2"],
    ["vary bridge linear", "bridge=linear"],
    ["vary coach.policy linear", "coach.policy=linear"],
    ["vary coach.history 4", "coach.history=4"],
    ["vary coach.gives { none, hint, correct }", "coach.gives=none-hint-correct"],
    ["vary human.says { N, E, S, W }", "human.says=N-E-S-W"],
    ["vary rep 0.1", "rep=0.1"],
    ["vary rep 0.1 -> 0.01 over 10 updates", "rep=0.1-to-0.01-over-10"],
    ["vary human_drift 0.5 nats", "human_drift=0.5-nats"],
    ["vary human_drift.rate 0.1", "human_drift.rate=0.1"],
    ["vary train.repeat 20", "train.repeat=20"],
    ["vary train.update.rate 0.01", "train.update.rate=0.01"],
    ["vary train.rollout.discount 0.9", "train.rollout.discount=0.9"],
    ["vary test.play 32", "test.play=32"],
    ["vary test.play.choose sampled", "test.play.choose=sampled"],
    ["without rep", "without-rep"]
  ])("%s", (line, name) => {
    expect(only(line).name).toBe(name)
  })

  it("reaches what depends on it and nothing else", () => {
    expect(reached("vary rep 0.1")).toEqual(["bica"])
    expect(reached("vary human_drift 0.5 nats")).toEqual(["bica"])
    expect(reached("vary train.repeat 20")).toEqual(["train"])
    expect(reached("vary test.play 32")).toEqual(["test"])
    expect(reached("vary map.dense.obstacles 0.1 .. 0.2")).toEqual(["test"])
    expect(reached("vary human.noise.flip 1 %")).toEqual(["bica", "train", "test", "oracles"])
    expect(reached("vary codes.size 4")).toEqual(["bica", "train", "test"])
  })

  it("takes lists of names for what an instructor gives, one of them the file's own, none of them with a fixed place", () => {
    const lists = "{ none, hint }, { hint, correct, none }, { none, a, b, c }"
    expect(variantsOf(`vary coach.gives ${lists}`).map(({ name }) => name)).toEqual([
      "coach.gives=hint-correct-none",
      "coach.gives=none-a-b-c"
    ])
    const given = variantsOf(`vary coach.gives ${lists}`).map((one) =>
      one.program.modules.find((module) => module._tag === "Instructor")
    )
    expect(given.map((module) => module?._tag === "Instructor" && module.gives)).toEqual([
      ["none", "hint", "correct"],
      ["none", "a", "b", "c"]
    ])
    // the name of the one kind of advice is nobody's concern
    expect(codes(study("vary coach.gives { clue, none }"))).toEqual(["BICA5025"])
    expect(codes(study("vary coach.gives { hint }"))).toEqual(["BICA3005"])
    expect(codes(study("vary coach.gives hint"))).toEqual(["BICA5026"])
    // one seed decides no claim, which is all that is wrong
    expect(
      codes(
        `${study("vary coach.gives { none, hint, correct }")}claim advised: success(bica with coach.gives { none, hint, correct }) >= 1 %\n`
      )
    ).toEqual(["BICA5028"])
  })

  it("reaches by its name what is given without one", () => {
    const told = study("vary human.prior.scale 1, 3")
    expect(variantsOf("vary human.prior.scale 1, 3").map(({ name }) => name)).toEqual([
      "human.prior.scale=1",
      "human.prior.scale=3"
    ])
    expect(codes(told)).toEqual([])
    expect(objective(only("vary human.prior.scale 1").program).semantics).toBe(
      objective(only("vary human.prior compass(1)").program).semantics
    )
  })

  it("names the setting that is meant, also where the file states it", () => {
    const fixes = (line: string) =>
      analyse({ name: "main", text: study(line) }, catalogue).diagnostics.map(({ fix }) => fix)
    expect(fixes("vary ai.polcy gru(8)")).toEqual(["Did you mean `policy`?"])
  })

  it("is one factor at a time", () => {
    expect(variantsOf("vary codes.size 4, 8 vary rep 0.1, 0.2 without coach").map(({ name }) => name)).toEqual([
      "codes.size=4",
      "codes.size=8",
      "rep=0.1",
      "rep=0.2",
      "without-coach"
    ])
  })

  it("takes the file's own value among several as the name of the file as it stands", () => {
    expect(variantsOf("vary codes.size 4, 16, 8").map(({ name }) => name)).toEqual(["codes.size=4", "codes.size=8"])
    expect(codes(study("vary codes.size 16"))).toEqual(["BICA5025"])
  })

  it("is refused where two variants mean the same", () => {
    expect(codes(study("vary rep 0.1, 0.10"))).toEqual(["BICA5025"])
    expect(codes(study("vary train.repeat 20 vary train.repeat 20, 30"))).toEqual(["BICA5025"])
    // how often a checkpoint is written changes no result
    expect(
      codes(
        `${alignment.replace("ascend budgets\n  }", "ascend budgets\n  }\n  checkpoint every 5")}study s { from main vary train.checkpoint 7 }\n`
      )
    ).toEqual(["BICA5026"])
  })

  it("points at the value that is wrong", () => {
    const at = (line: string) => {
      const text = study(line)
      return analyse({ name: "f", text }, catalogue).diagnostics.map((one) => [
        one.code,
        text.slice(one.span.start, one.span.end)
      ])
    }
    expect(at("vary codes.size 0")).toEqual([["BICA3003", "0"]])
    expect(at("vary ai.policcy gru(8)")).toEqual([["BICA2005", "policcy"]])
    expect(at("vary ai.policy gruu(8)")).toEqual([["BICA2009", "gruu"]])
    expect(at("vary map.horizon 10 nats")).toEqual([["BICA3002", "nats"]])
    expect(at("vary cods.size 4")).toEqual([["BICA2001", "cods"]])
    expect(at("vary ai gru(8)")).toEqual([["BICA5026", "ai"]])
    expect(at("vary codes.temperature.middle 1")).toEqual([["BICA5026", "middle"]])
    expect(at("vary coach.gives 2")).toEqual([["BICA5026", "2"]])
    expect(at("vary coach.history gru(8)")).toEqual([["BICA5026", "gru(8)"]])
    expect(at("vary coach.history 65")).toEqual([["BICA3003", "65"]])
    expect(at("vary coach.sees 2")).toEqual([["BICA5026", "sees"]])
    expect(at("vary rep gru(8)")).toEqual([["BICA5026", "gru(8)"]])
    expect(at("vary train.test 4")).toEqual([["BICA5026", "test"]])
    expect(at("vary bica 4")).toEqual([["BICA2001", "bica"]])
    expect(at("without human")).toEqual([["BICA5026", "human"]])
    expect(at("without ai.policy")).toEqual([["BICA5026", "ai.policy"]])
    expect(at("without nothing")).toEqual([["BICA2001", "nothing"]])
  })
})

describe("without", () => {
  it("a term leaves the loss, and the mapper that only it trained stays as it is", () => {
    const { loss, freezing } = objective(only("without rep").program)
    expect(loss).toHaveLength(6)
    expect(freezing).toEqual(["bridge"])
    expect(reached("without rep")).toEqual(["bica"])
  })

  it("a module takes along what is computed from it, and is silent", () => {
    const coach = objective(only("without coach").program)
    expect(coach.freezing).toEqual(["coach"])
    expect(coach.loss).toHaveLength(5)
    const protocol = objective(only("without codes").program)
    expect(protocol.freezing).toEqual(["codes"])
    expect(protocol.loss).toHaveLength(5)
  })

  it("a mapper takes along its part of a sum, the rest stays", () => {
    const { program: changed } = only("without bridge")
    expect(objective(changed).loss).toHaveLength(7)
    expect(changed.terms.find(({ name }) => name === "rep")?.expression.reads).not.toContain("bridge")
  })

  it("a budget binds nothing", () => {
    expect(objective(only("without human_drift").program).within).toEqual([])
  })

  it("everything is refused", () => {
    const lone = alignment.replace(/objective silent[^\n]*\n/, "objective lone = 0.1 * rep freezing codes, coach\n")
    expect(codes(`${lone}study s { from main.bica without rep }\n`)).toContain("BICA5026")
  })
})

describe("what metrics are measured against", () => {
  it("is there in every variant, and is not run in it", () => {
    const flagship = readFileSync(join(import.meta.dirname, "..", "..", "..", "pipelines", "bica.bica"), "utf8")
    const whole = program(flagship)
    const stages = whole.stages.map(({ name }) => name)
    const variants = whole.studies.flatMap((one) => one.variants.map((each) => [one.compare, each.program] as const))
    expect(variants.length).toBeGreaterThan(10)
    for (const [compare, changed] of variants) {
      expect(changed.stages.map(({ name }) => name)).toEqual(stages)
      expect(changed.objectives.map(({ name }) => name)).toEqual(compare)
    }
  })
})

describe("limits", () => {
  it("are counted before anything is made", () => {
    const seeds = (n: number) => Array.from({ length: n }, (_, i) => i).join(", ")
    const values = (n: number) => Array.from({ length: n }, (_, i) => 20 + i).join(", ")
    expect(
      codes(`${alignment}study s { from main.bica seeds ${seeds(1000)} vary train.repeat ${values(10)} }\n`)
    ).toEqual(["BICA5011"])
    expect(codes(`${alignment}study s { from main.bica vary train.repeat ${values(257)} }\n`)).toEqual(["BICA5011"])
  })
})

describe("a file with variants", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "golden", "good", "ablations.bica"), "utf8")

  it("says them again when it is explained, with the same meanings", () => {
    const before = program(text)
    const again = program(explain(before))
    const meant = (of: Program) =>
      of.studies.flatMap(({ name, seeds, variants }) =>
        variants.map((one) => [
          name,
          seeds,
          one.name,
          one.program.objectives.map(({ semantics }) => semantics),
          one.program.stages.map(({ semantics }) => semantics)
        ])
      )
    expect(meant(again)).toEqual(meant(before))
    expect(meant(before)).toHaveLength(19)
  })

  it("lets claims speak of them", () => {
    const claim = (statement: string) => codes(`${text}claim c: ${statement} assuming difference 50 %, spread 1 %\n`)
    expect(claim("success(bica) - success(bica without rep) > 0")).toEqual([])
    expect(claim("success(bica with codes.size 4 on dense) > 0")).toEqual([])
    // the default is a level too
    expect(claim("success(bica with codes.size 8) > 0")).toEqual([])
    expect(claim("success(one_way with human.prior planner(4)) > 0")).toEqual(["BICA5028"])
    expect(claim("success(bica with codes.size 5) > 0")).toEqual(["BICA5015"])
    expect(claim("success(one_way without rep) > 0")).toEqual(["BICA5015"])
    expect(claim("success(map.planner without rep) > 0")).toEqual(["BICA4006"])
  })
})
