/** What is learned between the agents: protocols, mappers, instructors. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { typescript } from "../../../src/dsl/emit/Typescript.ts"
import { analyse, explain, parse } from "../../../src/dsl/index.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"
import { Doors } from "../../cli/fixtures/doors.ts"
import { alignment, catalogue, codes, program, realigned } from "./Files.ts"

describe("one fault gives one finding", () => {
  it("the file itself has none", () => {
    expect(codes(alignment)).toEqual([])
  })

  it.each([
    ["a protocol for nobody", "codes for ai", "codes for aj", "BICA2001"],
    ["a mapper from nobody", "from human to", "from humam to", "BICA2001"],
    ["an instructor of nobody", "coach for human", "coach for humna", "BICA2001"],
    ["advice of nobody", "coach.advice", "couch.advice", "BICA2001"],
    ["a misspelt word for advice", "coach.advice", "coach.advise", "BICA2006"],
    ["what a protocol says, under the protocol's name", "full, ai.message", "full, codes.message", "BICA2006"],
    ["a mapper that is seen", "full, ai.message", "full, ai.message, bridge.latent", "BICA2006"],
    ["advice that is somebody else's", "heading, human.message", "heading, coach.advice, human.message", "BICA5004"],
    ["a message that nobody says", "  says 8 codes\n", "", "BICA5005"],
    ["a protocol for symbols", "codes for ai", "codes for human", "BICA5020"],
    ["a protocol that nobody hears", "full, ai.message, coach.advice", "full, coach.advice", "BICA5001"],
    ["an instructor whom nobody heeds", "full, ai.message, coach.advice", "full, ai.message", "BICA5001"],
    ["one code, which is silence", "says 8 codes", "says 1 codes", "BICA3003"],
    ["codes in another unit", "says 8 codes", "says 8 steps", "BICA3002"],
    ["symbols of an acting agent", "says 8 codes", "says { A, B }", "BICA9005"],
    ["noise on codes", "says 8 codes", "says 8 codes noise { flip 5 % }", "BICA9005"],
    ["noise on codes under a shift", "0.35 .. 0.45", "0.35 .. 0.45 ai.noise { flip 5 % }", "BICA9005"],
    ["a table for codes", "says 8 codes", "says 8 codes protocol table { }", "BICA9005"],
    ["a misspelt generator", "gumbel_softmax", "gumble_softmax", "BICA2009"],
    ["a protocol without a generator", "gumbel_softmax(16), ", "", "BICA3005"],
    ["two generators", "gumbel_softmax(16),", "gumbel_softmax(16) gumbel_softmax(8)", "BICA2015"],
    ["a misspelt parameter of a protocol", "temperature 1.0", "temprature 1.0", "BICA2005"],
    ["a temperature of nothing", "1.0 -> 0.3 by 0.99 per update", "0", "BICA3003"],
    ["a misspelt map", "mlp(48)", "mpl(48)", "BICA2009"],
    ["a mapper without a map", "{ mlp(48) }", "{ }", "BICA3005"],
    ["a view that instructors have not", "sees full gives", "sees full, ai.message gives", "BICA9002"],
    ["a history without the state", "sees full gives", "sees history(8) gives", "BICA9002"],
    ["a history of nothing", "sees full gives", "sees full, history(0) gives", "BICA3003"],
    ["a history that is too long", "sees full gives", "sees full, history(65) gives", "BICA3003"],
    ["a history of half a step", "sees full gives", "sees full, history(1.5) gives", "BICA3007"],
    ["a history of another unit", "sees full gives", "sees full, history(8 episodes) gives", "BICA3002"],
    ["a history without a length", "sees full gives", "sees full, history gives", "BICA3005"],
    ["two lengths of a history", "sees full gives", "sees full, history(8, 4) gives", "BICA3006"],
    ["a history twice", "sees full gives", "sees full, history(8), history(4) gives", "BICA2015"],
    ["the state twice", "sees full gives", "sees full, history(8), full gives", "BICA2015"],
    ["nine kinds of advice", "none, hint", "none, a, b, c, d, e, f, g, h, i", "BICA9002"],
    ["a kind of advice that is given twice", "none, hint", "none, hint, correct, hint", "BICA2015"],
    ["advice that never ends", "{ none, hint }", "{ hint, correct }", "BICA3005"],
    ["an instructor that gives nothing", " gives { none, hint }", "", "BICA3005"],
    ["an instructor that sees nothing", "sees full gives", "gives", "BICA3005"],
    ["a second mapper", "instructor coach", "mapper other from ai to human { linear }\ninstructor coach", "BICA9002"],
    ["a misspelt protocol in a term", "mean(codes.speaks)", "mean(code.speaks)", "BICA2001"],
    ["a misspelt quantity of a protocol", "mean(codes.speaks)", "mean(codes.speeks)", "BICA2001"],
    ["a quantity of a mapper", "mean(codes.speaks)", "mean(bridge.latent)", "BICA4006"],
    ["a mapper that is not applied", "w2(bridge(human.latent)", "w2(bridge", "BICA4001"],
    ["a protocol as a quantity", "mean(codes.speaks)", "mean(codes)", "BICA4001"],
    ["an instructor that is applied", "mean(coach.intervenes)", "mean(coach(human.latent))", "BICA4001"],
    ["the latent of the wrong agent in a mapper", "bridge(human.latent)", "bridge(ai.latent)", "BICA4001"],
    ["something else in a mapper", "bridge(human.latent)", "bridge(2 * human.latent)", "BICA4001"],
    ["a mapper of two latents", "bridge(human.latent)", "bridge(human.latent, ai.latent)", "BICA3006"],
    ["latents of two widths", "bridge(human.latent), stop", "human.latent, stop", "BICA4007"],
    ["a distance of numbers", "cca(human.latent, ai.latent)", "cca(mean(human.latent), ai.latent)", "BICA4001"],
    ["a distance of a distribution", "cca(human.latent, ai.latent)", "cca(human.latent, ai.policy)", "BICA4001"],
    [
      "a distance over codes",
      "cca(human.latent, ai.latent)",
      "cca(human.latent, entropy(codes.message given codes.code))",
      "BICA4002"
    ],
    ["a library that is not used", "use std.alignment\n", "", "BICA2013"],
    [
      "a divergence the other way round",
      "codes.message given codes.code || codes.message",
      "codes.message || codes.message given codes.code",
      "BICA4002"
    ],
    [
      "a divergence of codes from symbols",
      "codes.message given codes.code || codes.message",
      "codes.code || codes.message",
      "BICA4002"
    ],
    [
      "a value per code and one per step",
      "mean(codes.speaks)",
      "mean(codes.speaks * entropy(codes.message given codes.code))",
      "BICA4002"
    ],
    ["another condition", "codes.message given codes.code", "codes.code given codes.message", "BICA9008"],
    ["a condition of an agent", "codes.message given codes.code", "codes.message given ai.policy", "BICA9008"],
    ["a view that is none", "mean(codes.speaks)", "mean(entropy(paired(ai.policy, silense)))", "BICA2009"],
    ["a view of nothing", "mean(codes.speaks)", "mean(entropy(paired(ai.policy, 3)))", "BICA2009"],
    ["a view of nobody's", "mean(codes.speaks)", "mean(entropy(paired(ai.policy, unadvised)))", "BICA4006"],
    ["another view of a loss", "mean(codes.speaks)", "paired(ppo(ai), silence)", "BICA4001"],
    ["a view too few", "mean(codes.speaks)", "mean(entropy(paired(ai.policy)))", "BICA3006"],
    ["a reward for a mapper", "ppo(coach, entropy 0)", "ppo(bridge, entropy 0)", "BICA3001"],
    ["a reward for a protocol", "ppo(coach, entropy 0)", "ppo(codes, entropy 0)", "BICA3001"],
    ["an instructor that no update names", "codes, bridge, coach jointly", "codes, bridge jointly", "BICA5013"],
    ["a mapper that no update names", "codes, bridge, coach jointly", "codes, coach jointly", "BICA5023"],
    ["a protocol that no update names", "codes, bridge, coach jointly", "bridge, coach jointly", "BICA5013"],
    ["a misspelt module in an update", "codes, bridge, coach jointly", "codes, brigde, coach jointly", "BICA2001"],
    ["a misspelt module that is frozen", "freezing codes, coach", "freezing codse, coach", "BICA2001"],
    ["a listener that is frozen alone", "freezing human, codes, bridge, coach", "freezing human, bridge", "BICA5022"],
    ["a frozen mapper that is read", "freezing codes, coach", "freezing codes, coach, bridge", "BICA5021"],
    [
      "a mapper that an objective forgets",
      "freezing human, codes, bridge, coach",
      "freezing human, codes, coach",
      "BICA5017"
    ],
    ["an instructor that an objective forgets", "freezing codes, coach", "freezing codes", "BICA5017"],
    [
      "a frozen protocol's term",
      "0.05 * rep within human_drift freezing",
      "0.05 * rep + spoken within human_drift freezing",
      "BICA5013"
    ]
  ])("%s", (_, old, now, code) => {
    const found = codes(realigned(old, now))
    expect([...new Set(found)]).toEqual([code])
  })
})

describe("names", () => {
  it("that are taken", () => {
    expect(codes(alignment.replaceAll("bridge", "exp"))).toEqual(["BICA2002"])
    expect(codes(alignment.replaceAll("bridge", "critic"))).toEqual(["BICA2002"])
    expect(codes(alignment.replaceAll("bridge", "codes"))[0]).toBe("BICA2002")
  })

  it("that objects have by themselves, and that are words of the host language", () => {
    const text = alignment
      .replaceAll(/\bcodes\b(?=[ .,]|$)/gm, (word, at: number) =>
        alignment.slice(at - 7, at) === "says 8 " ? word : "__proto__"
      )
      .replaceAll("bridge", "constructor")
      .replaceAll("coach", "toString")
    expect(codes(text)).toEqual([])
    const compiled = typescript(program(text), { source: text })
    expect(compiled).toContain('Bica.Mapper.make("constructor", { from: human, to: ai, hidden: 48 })')
    expect(compiled).toContain('Bica.Protocol.make("__proto__", {')
  })
})

describe("what a term trains", () => {
  const trains = (expression: string): ReadonlyArray<string> | undefined =>
    program(realigned("term teach = mean(coach.intervenes)", `term teach = mean(coach.intervenes) + ${expression}`))
      .terms.find((one) => one.name === "teach")
      ?.expression.trains.filter((name) => name !== "coach")

  it.each([
    // the guide hears by the protocol, so that what it makes of a message leads back to who made it
    ["ppo(human)", ["codes", "human"]],
    ["mean(human.latent)", ["codes", "human"]],
    ["mean(kl(human.policy || human.prior))", ["codes", "human"]],
    ["mean(bridge(human.latent))", ["bridge", "codes", "human"]],
    ["mean(bridge(stop_gradient(human.latent)))", ["bridge"]],
    // the navigator hears symbols that were drawn, and no gradient passes a draw
    ["ppo(ai)", ["ai"]],
    ["mean(ai.latent)", ["ai"]],
    ["mean(entropy(codes.code))", ["codes"]],
    ["mean(codes.speaks)", ["codes"]],
    ["mean(kl(codes.message given codes.code || codes.message))", ["codes"]],
    ["mean(kl(codes.message || codes.message))", []],
    ["w2(bridge(human.latent), stop_gradient(ai.latent))", ["bridge", "codes", "human"]],
    ["w2(human.latent, human.latent)", []],
    // advice is a draw as well
    ["ppo(coach)", []],
    ["mean(entropy(coach.policy))", []]
  ])("%s", (expression, expected) => {
    expect(trains(expression)).toEqual(expected)
  })

  it("in silence nobody who speaks, and whoever is named", () => {
    expect(trains("mean(entropy(human.intent))")).toEqual(["codes", "human"])
    expect(trains("mean(entropy(paired(human.intent, silence)))")).toEqual(["human"])
    expect(trains("mean(entropy(paired(human.intent, unadvised)))")).toEqual(["codes", "human"])
    expect(trains("paired(mean(entropy(human.intent)) + mean(codes.speaks), silence)")).toEqual(["codes", "human"])
  })

  it("a guide that does not listen trains no protocol", () => {
    const deaf = alignment.replace("full, ai.message, coach.advice", "full, coach.advice")
    // the protocol is at fault, and the finding says so
    expect(codes(deaf)).toEqual(["BICA5001"])
  })
})

describe("hashes", () => {
  const hashes = (text: string): Readonly<Record<string, string>> => {
    const { objectives, stages } = program(text)
    return Object.fromEntries([...objectives, ...stages].map((one) => [one.name, one.semantics]))
  }
  const original = hashes(alignment)
  const differences = (text: string): ReadonlyArray<string> => {
    const now = hashes(text)
    return Object.keys(original).filter((name) => now[name] !== original[name])
  }
  const all = ["bica", "silent", "one_way", "train", "test"]

  it.each([
    ["says 8 codes", "says 9 codes", all],
    ["gumbel_softmax(16)", "gumbel_softmax(17)", all],
    ["by 0.99 per update", "by 0.98 per update", all],
    ["mlp(48)", "mlp(49)", all],
    ["mlp(48)", "linear", all],
    ["mlp(24)", "mlp(25)", all],
    ["none, hint", "none, hint, correct", all],
    ["0.01 * ib", "0.011 * ib", ["bica"]],
    ["mean(kl(codes.message given codes.code || codes.message))", "mean(entropy(codes.code))", ["bica"]],
    ["w2(bridge(human.latent)", "w2(bridge(stop_gradient(human.latent))", ["bica", "silent"]],
    ["codes, bridge, coach jointly", "codes, coach, bridge jointly", ["train"]],
    ["full, ai.message, coach.advice", "ai.message, full, coach.advice", all]
  ])("%s -> %s", (old, now, expected) => {
    expect(differences(realigned(old, now))).toEqual(expected)
  })

  it.each([
    ["the word for advice", "none, hint", "cue, none"],
    ["a unit written out", "gumbel_softmax(16)", "gumbel_softmax(16 codes)"],
    ["the order of what is frozen", "human, codes, bridge, coach\nstage", "coach, bridge, codes, human\nstage"],
    ["a comma after what an instructor sees", "sees full gives", "sees full, gives"],
    ["a comma after what an agent sees", "human.message\n  says 8 codes\n", "human.message, says 8 codes, "],
    ["a comma before a network", "{ none, hint } policy", "{ none, hint }, policy"],
    ["brackets around a latent", "bridge(human.latent)", "bridge((human.latent))"]
  ])("%s changes nothing", (_, old, now) => {
    expect(differences(realigned(old, now))).toEqual([])
  })

  it("the number of kinds of advice is part of the meaning, their names and where silence stands are not", () => {
    const [three, others, eight] = ["none, hint, correct, wait", "a, b, none, c", "none, a, b, c, d, e, f, g, h"].map(
      (gives) => hashes(realigned("none, hint", gives))
    )
    expect(others).toEqual(three)
    expect(Object.keys(eight ?? {}).filter((name) => eight?.[name] === three?.[name])).toEqual(["oracles"])
  })

  it("how far back an instructor sees is part of the meaning; where it says so, and in which unit, is not", () => {
    const [none, four, eight, written, first] = [
      "sees full gives",
      "sees full, history(4) gives",
      "sees full, history(8) gives",
      "sees full, history(steps 4 steps) gives",
      "sees history(4), full gives"
    ].map((sees) => hashes(realigned("sees full gives", sees)))
    expect(written).toEqual(four)
    expect(first).toEqual(four)
    const shared = (a: typeof none, b: typeof none) => Object.keys(a ?? {}).filter((name) => a?.[name] === b?.[name])
    expect(shared(none, four)).toEqual(["oracles"])
    expect(shared(four, eight)).toEqual(["oracles"])
  })

  it("a history tells what steps earned, so that it leaks to who does not see what that hangs on", () => {
    const leaks = (sees: string) =>
      analyse(
        {
          name: "test.bica",
          text: realigned("sees full, ai.message, coach", "sees ai.message, coach").replace("sees full gives", sees)
        },
        catalogue
      ).diagnostics.flatMap(({ cause, code }) => (code === "BICA4011" ? [cause] : []))
    expect(leaks("sees full gives")[0]).toContain("goal -> map.full -> coach.advice -> human.policy")
    expect(leaks("sees history(4), full gives")[0]).toContain(
      "goal -> map.full -> coach.history -> coach.advice -> human.policy"
    )
    expect(codes(realigned("sees full gives", "sees full, history(4) gives"))).toEqual([])
  })

  it("the whole state of an environment in which nobody sees it all is what anybody sees, and leaks to who does not", () => {
    const doors = { environments: [MapTalk, { ...Doors.declaration, name: "Doors" }] }
    const leaks = (sees: string) =>
      analyse(
        {
          name: "test.bica",
          text: `use std.ppo
environment room = Doors { }
agent guesser plays room.guesser { sees last, guide.message policy gru(4) }
agent guide plays room.guide { sees lucky, coach.advice says { L, R } policy gru(4) }
instructor coach for guide { sees ${sees} gives { none, hint } }
objective told = ppo(guesser) + ppo(guide) + ppo(coach)
stage train(objective o) { repeat 2 times { rollout 4 environments update guesser, guide, coach } }
study s { seeds 1 }
`
        },
        doors
      ).diagnostics.flatMap(({ cause, code }) => (code === "BICA4011" ? [cause] : []))
    // a guide of doors does not see which door was opened last, which what was earned tells
    expect(leaks("full")[0]).toContain("room.last -> coach.advice -> guide.policy")
    expect(leaks("history(2), full")[0]).toContain("room.last -> coach.history -> coach.advice -> guide.policy")
  })

  it("what an instructor gives is as wide as its kinds and silence", () => {
    const found = (gives: string) =>
      analyse(
        {
          name: "test.bica",
          text: realigned("none, hint", gives).replace(
            "mean(coach.intervenes)",
            "mean(coach.intervenes) + mean(coach.choice * ai.choice)"
          )
        },
        catalogue
      ).diagnostics.map(({ cause, code }) => `${code} ${cause}`)
    expect(found("none, hint")).toEqual(["BICA4007 The left side has 2 values per step and the right side 4."])
    expect(found("none, hint, correct")).toEqual(["BICA4007 The left side has 3 values per step and the right side 4."])
    expect(found("none, hint, correct, wait").map((one) => one.slice(0, 8))).not.toContain("BICA4007")
  })

  it("the order of declarations and the names of terms change nothing", () => {
    const lines = alignment.split("\n")
    const part = lines.filter((line) => /^(protocol|mapper|instructor)/.test(line))
    const rest = lines.filter((line) => !part.includes(line))
    expect(part.length).toBe(3)
    expect(differences([...part.reverse(), ...rest].join("\n"))).toEqual([])
    expect(differences(alignment.replaceAll("spoken", "talk").replaceAll("teach", "aid"))).toEqual([])
  })

  it("a mapper belongs to the objectives that read or freeze it", () => {
    const text = realigned(
      "objective one_way = ppo(ai) freezing human, codes, bridge, coach",
      "objective alone = ppo(ai) + ppo(human) freezing codes, coach"
    ).replace("codes, bridge, coach jointly", "codes, coach jointly")
    const [before, now] = [hashes(text), hashes(text.replace("mlp(48)", "mlp(49)"))]
    expect(Object.keys(before).filter((name) => before[name] !== now[name])).toEqual([
      "bica",
      "silent",
      "train",
      "test"
    ])
  })
})

describe("what is explained", () => {
  it("has every default, and where it comes from", () => {
    const text = realigned(
      "gumbel_softmax(16), temperature 1.0 -> 0.3 by 0.99 per update",
      "gumbel_softmax(16)"
    ).replace(" policy mlp(24)", "")
    const explained = explain(program(text))
    expect(explained).toMatch(/temperature 1 -> 0\.3 by 0\.995 per update {2}\/\/ default \(our choice: /)
    expect(explained).toMatch(/policy linear {2}\/\/ default \(our choice: /)
    expect(explained).toContain("says 8 codes\n")
  })
})

describe("any text", () => {
  it("near the file is checked without a throw, and what is explained means the same", () => {
    const { tokens } = parse(alignment)
    const place = fc.nat({ max: tokens.length - 1 })
    const edit = fc.record({ kind: fc.constantFrom("drop", "put", "change"), at: place, from: place })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const words = tokens.map((token) => token.text)
        for (const { at, from, kind } of edits) {
          if (kind === "drop") words.splice(at, 1)
          else words.splice(at, kind === "put" ? 0 : 1, tokens[from]?.text ?? "")
        }
        const { diagnostics, program: made } = analyse({ name: "any.bica", text: words.join(" ") }, catalogue)
        expect(made === undefined).toBe(diagnostics.some((one) => one.severity === "error"))
        if (made === undefined) return
        const again = program(explain(made))
        expect(again.objectives.map((one) => one.semantics)).toEqual(made.objectives.map((one) => one.semantics))
        expect(again.stages.map((one) => one.semantics)).toEqual(made.stages.map((one) => one.semantics))
      }),
      { numRuns: 80 }
    )
  })
})
