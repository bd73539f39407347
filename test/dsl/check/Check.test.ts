import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { units } from "../../../src/declaration/Parameter.ts"
import { typescript } from "../../../src/dsl/emit/Typescript.ts"
import { analyse, check, explain, parse, render } from "../../../src/dsl/index.ts"
import { laidOut } from "../syntax/Programs.ts"
import { catalogue, changed, codes, experiment, program } from "./Files.ts"

describe("one fault gives one finding", () => {
  it("the experiment itself has none", () => {
    expect(codes(experiment)).toEqual([])
  })

  it.each([
    ["a misspelt environment", "= MapTalk", "= MapTolk", "BICA2003"],
    ["a misspelt parameter", "horizon 80", "horizn 80", "BICA2005"],
    ["a misspelt role", "map.guide", "map.giude", "BICA2004"],
    ["a misspelt name of an environment", "plays map.guide", "plays mpa.guide", "BICA2001"],
    ["a role without its environment", "plays map.guide", "plays guide", "BICA2004"],
    ["a misspelt agent in its declaration", "agent human plays", "agent humna plays", "BICA2001"],
    ["a misspelt term in its declaration", "term calm", "term clam", "BICA2001"],
    ["a misspelt budget in its declaration", "budget ai_drift", "budget ai_drfit", "BICA2001"],
    ["a misspelt budget in one objective", "within ai_drift, human_drift", "within ai_drift, humam_drift", "BICA2001"],
    ["a misspelt function", "mean(entropy(human", "mean(entrpy(human", "BICA2010"],
    ["a misspelt definition", "define doubled", "define dubled", "BICA2010"],
    ["a misspelt quantity", "kl(ai.policy", "kl(ai.polizy", "BICA2001"],
    ["a misspelt stage", "after train", "after trian", "BICA2012"],
    ["a misspelt shift", "play 2048 episodes on map, dense", "play 2048 episodes on map, dens", "BICA2014"],
    ["a misspelt objective in a study", "compare bica, one_way", "compare bica, oneway", "BICA2001"],
    ["a misspelt network", "gru(64)", "gur(64)", "BICA2009"],
    ["a misspelt prior", "prior compass", "prior compas", "BICA2009"],
    ["a misspelt parameter kind", "x: tensor", "x: tensr", "BICA2009"],
    ["a misspelt message", "human.message", "human.mesage", "BICA2006"],
    ["a library that is not used", "use std.ppo\n", "", "BICA2013"],
    ["a network without its width", "gru(64)", "gru", "BICA3005"],
    [
      "a schedule that never arrives",
      "0.004 -> 0.0004 over 250 updates",
      "0.004 -> 0.0004 by 1.1 per update",
      "BICA3003"
    ],
    [
      "more minibatches than environments",
      "update human, ai jointly {",
      "update human, ai jointly { minibatches 129",
      "BICA3003"
    ],
    ["a grid that is not square", "grid 8 by 8", "grid 8 by 9", "BICA3003"],
    ["fewer symbols than intents", "{ N, E, S, W, J }", "{ N, E, S }", "BICA3003"],
    ["a symbol twice", "{ N, E, S, W, J }", "{ N, E, S, W, N }", "BICA2015"],
    ["a term that is a distribution", "mean(entropy(human.policy))", "human.policy", "BICA4001"],
    ["an objective of a value per step", "0.02 * warm", "0.02 * warm - 0.02 * entropy(human.policy)", "BICA4001"],
    [
      "terms in a circle",
      "term warm = mean(entropy(human.policy))",
      "term warm = mean(entropy(human.policy)) + calm2\nterm calm2 = 2 * warm",
      "BICA4005"
    ],
    ["nats and steps", "mean(entropy(human.policy))", "mean(entropy(human.policy)) + 3 steps", "BICA4003"],
    ["a plain bound with a unit", "kl(ai.policy || ai.prior) <=", "mean(ai.latent) <=", "BICA3002"],
    ["a weight of 0", "0.01 * calm", "0 * calm", "BICA5013"],
    ["a divergence from itself", "kl(human.policy || human.prior)", "kl(human.policy || human.policy)", "BICA5013"],
    ["a detached term", "mean(entropy(human.policy))", "mean(stop_gradient(entropy(human.policy)))", "BICA5013"],
    ["a frozen agent's loss", "one_way = ppo(ai) -", "one_way = ppo(ai) + ppo(human) -", "BICA5013"],
    ["an agent that no update names", "update human, ai", "update human", "BICA5013"],
    ["budgets of which one is ascended", "ascend budgets", "ascend ai_drift", "BICA5012"],
    ["two stages after each other", "stage oracles {", "stage oracles after oracles {", "BICA5006"],
    ["an oracle with an objective", "stage oracles {", "stage oracles(objective o) {", "BICA5008"],
    ["a stage given an agent", "train(objective o)", "train(agent o)", "BICA5008"],
    [
      "a claim over a metric that is not measured",
      "steps(bica on dense) <= 1.10 * steps(map.planner on dense)",
      "success(map.planner) >= 50 %",
      "BICA5015"
    ],
    [
      "a claim over a condition that is not played",
      "steps(map.planner on dense)",
      "steps(map.planner on noisy)",
      "BICA5015"
    ],
    ["a claim over an objective that nobody compares", "compare bica, one_way", "compare one_way", "BICA5015"]
  ])("%s", (_, old, now, code) => {
    const found = codes(changed(old, now))
    expect([...new Set(found)]).toEqual(code === "BICA5015" && old.startsWith("compare") ? ["BICA5019", code] : [code])
    if (code !== "BICA5013" && code !== "BICA5015") expect(found.length).toBe(1)
  })

  it("two faults give two findings, in the order of the file", () => {
    expect(codes(changed("horizon 80 steps", "horizon 80 nats").replace("after train", "after trian"))).toEqual([
      "BICA3002",
      "BICA2012"
    ])
  })
})

describe("places and proposals", () => {
  const only = (text: string) => {
    const { diagnostics } = analyse({ name: "f.bica", text }, catalogue)
    const [first] = diagnostics
    if (first === undefined) throw new Error("no finding")
    return { ...first, at: text.slice(first.span.start, first.span.end) }
  }

  it("a finding stands on the word that is wrong, and mending it mends the file", () => {
    for (const [old, now] of [
      ["horizon 80", "horizn 80"],
      ["80 steps\n", "80 nats\n"],
      ["map.guide", "map.giude"],
      ["1.0 nats", "1.0 steps"],
      ["after train", "after trian"],
      ["map.random, ", "random, "],
      ["compass(", "compas("]
    ] as const) {
      const text = changed(old, now)
      const found = only(text)
      expect(codes(text.slice(0, found.span.start) + (found.replacement ?? "") + text.slice(found.span.end))).toEqual(
        []
      )
    }
  })

  it("points at the unit, not at the number", () => {
    expect(only(changed("horizon 80 steps", "horizon 80 nats")).at).toBe("nats")
  })

  it("reads every unit that a metric or a parameter may have behind a number in a claim", () => {
    const claimed = (bound: string): ReadonlyArray<string> =>
      codes(
        `${changed("measure success, steps }", "measure success, steps, collisions, tokens }")}claim few: ${bound} with 95 % confidence\n`
      )
    expect(claimed("collisions(bica) <= 3 collisions")).toEqual([])
    expect(claimed("collisions(bica) - collisions(one_way) <= 1 collision")).toEqual([])
    expect(claimed("tokens(bica) <= 1 token")).toEqual([])
    expect(claimed("collisions(bica) <= 3 tokens")).toEqual(["BICA4003"])
    const words = units.filter((unit) => unit !== "fraction" && unit !== "reward" && unit !== "none")
    expect(words).toContain("collisions")
    // read as a unit, though it may be the wrong one
    for (const unit of words) expect(claimed(`steps(bica) <= 3 ${unit}`)).toEqual(unit === "steps" ? [] : ["BICA4003"])
  })
})

describe("values", () => {
  it("per cent mean what the decimal says, without the error of a division", () => {
    const { agents } = program(changed("noise { flip 5 % }", "noise { flip 0.7 %, drift 29 % }"))
    expect(agents.find((one) => one.name === "human")?.noise?.value).toEqual({ flip: 0.007, drift: 0.29 })
  })

  it("a default knows where it comes from, and what is written where it stands", () => {
    const { stages } = program(experiment)
    const work = stages.find((one) => one.name === "train")?.work
    if (work?._tag !== "Training") throw new Error("not a training")
    const origins = Object.fromEntries(work.update.map((one) => [one.parameter.name, one.origin]))
    expect(origins["clip_norm"]).toEqual({ kind: "default", source: { kind: "convention", text: "Huang et al. 2022" } })
    const rate = origins["rate"]
    expect(rate?.kind === "written" ? experiment.slice(rate.span.start, rate.span.end) : "").toBe(
      "0.004 -> 0.0004 over 250 updates"
    )
  })

  it("the default rate falls over the updates of its repeat", () => {
    const { stages } = program(changed("{ rate 0.004 -> 0.0004 over 250 updates }", ""))
    const work = stages.find((one) => one.name === "train")?.work
    if (work?._tag !== "Training") throw new Error("not a training")
    expect(work.update.find((one) => one.parameter.name === "rate")?.value).toEqual({
      kind: "linear",
      from: 0.004,
      to: 0.0004,
      over: 300
    })
  })

  it("a shift inherits the noise that it leaves out from the agent", () => {
    const { environments } = program(changed("noise { flip 5 % }", "noise { flip 5 %, drift 3 % }"))
    const noisy = environments[0]?.shifts.find((one) => one.name === "noisy")
    expect(noisy?.noise.map((one) => [one.agent, one.setting.value])).toEqual([["human", { flip: 0.1, drift: 0.03 }]])
  })
})

describe("units", () => {
  it.each([
    ["steps(map.planner) * steps(map.planner) <= 100 steps", "BICA4003"],
    ["steps(map.planner) / steps(map.random) <= 1", undefined],
    ["steps(map.planner) / steps(map.random) <= 90 %", undefined],
    ["steps(map.planner) * 110 % <= steps(map.random) + 1 step", undefined],
    ["steps(map.planner) - 3 nats <= 1", "BICA4003"]
  ])("%s", (claim, code) => {
    expect(codes(`${experiment}claim more: ${claim}\n`)).toEqual(code === undefined ? [] : [code])
  })
})

describe("any text", () => {
  const sound = (text: string): void => {
    const { diagnostics, file, program } = analyse({ name: "any.bica", text }, catalogue)
    expect(program === undefined).toBe(diagnostics.some((one) => one.severity === "error"))
    for (const one of diagnostics) {
      expect(one.span.start).toBeGreaterThanOrEqual(0)
      expect(one.span.end).toBeLessThanOrEqual(text.length)
      expect(one.span.start).toBeLessThanOrEqual(one.span.end)
      expect(one.cause).toMatch(/[.!]$/)
      expect(one.fix).toMatch(/[.?]$/)
    }
    render(diagnostics, { name: "any.bica", text }, { color: false })
    // what a recovered parse left is checked as well, as an editor would
    check(file, catalogue)
    if (program === undefined) return
    const explained = explain(program)
    const again = analyse({ name: "any.bica", text: explained }, catalogue)
    expect(again.diagnostics.filter((one) => one.severity === "error")).toEqual([])
    expect(again.program?.objectives.map((one) => one.semantics)).toEqual(
      program.objectives.map((one) => one.semantics)
    )
    expect(again.program?.stages.map((one) => one.semantics)).toEqual(program.stages.map((one) => one.semantics))
  }

  it("that parses is checked without a throw", () => {
    fc.assert(fc.property(laidOut, sound), { numRuns: 60 })
  })

  it("near the experiment is checked without a throw", () => {
    const { tokens } = parse(experiment)
    const place = fc.nat({ max: tokens.length - 1 })
    const edit = fc.oneof(
      fc.record({ kind: fc.constant("drop" as const), at: place, from: place }),
      fc.record({ kind: fc.constant("put" as const), at: place, from: place }),
      fc.record({ kind: fc.constant("change" as const), at: place, from: place })
    )
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const words = tokens.map((token) => token.text)
        for (const { at, from, kind } of edits) {
          const word = tokens[from]?.text ?? ""
          if (kind === "drop") words.splice(at, 1)
          else words.splice(at, kind === "put" ? 0 : 1, word)
        }
        sound(words.join(" "))
      }),
      { numRuns: 60 }
    )
  })

  it("with names that objects have by themselves", () => {
    const text = experiment
      .replaceAll("human", "constructor")
      .replaceAll("calm", "__proto__")
      .replaceAll("dense", "toString")
      .replaceAll("ai_drift", "hasOwnProperty")
    sound(text)
    expect(codes(text)).toEqual([])
    expect(typescript(program(text), { source: text })).toContain('["constructor"]'.replaceAll(/[[\]]/g, ""))
  })

  it("with a chain of a thousand terms ends", () => {
    const chain = Array.from(
      { length: 1000 },
      (_, i) => `term t${i} = ${i === 999 ? "mean(entropy(ai.policy))" : `2 * t${i + 1}`}`
    ).join("\n")
    expect(
      codes(changed("0.01 * calm", "0.01 * calm - 0.01 * t0").replace("term calm", `${chain}\nterm calm`))
    ).toEqual(["BICA4008"])
  })

  it("with twenty thousand stages in a circle ends", () => {
    const { file } = parse("stage a { play 1 episodes on map by map.random measure success }")
    const [stage] = file.declarations
    if (stage?._tag !== "Stage") throw new Error("not a stage")
    const span = stage.span
    const name = (i: number) => ({ text: `s${i}`, span })
    const declarations = Array.from({ length: 20_000 }, (_, i) => ({
      ...stage,
      name: name(i),
      after: [{ parts: [name((i + 1) % 20_000)], span }]
    }))
    const found = check({ declarations, span }, catalogue).diagnostics.map((one) => one.code)
    expect(found).toContain("BICA5006")
  })
})

it("warns of a speaker whose message nobody sees", () => {
  const deaf = experiment.replace(", human.message", "")
  expect(deaf).not.toBe(experiment)
  const { diagnostics } = analyse({ name: "deaf.bica", text: deaf }, catalogue)
  expect(diagnostics.map(({ cause, code, severity }) => [code, severity, cause])).toEqual([
    ["BICA5001", "warning", "No agent sees `human.message`, so what `human` says changes nothing."]
  ])
})
