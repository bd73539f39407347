/** What is generated from the tables and the libraries is what stands in the files, and every example is one. */
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { pages } from "../../docs/primitives/write.ts"
import { libraries } from "../../src/declaration/Modules.ts"
import { operators, primitives } from "../../src/declaration/Primitives.ts"
import { analyse, format } from "../../src/dsl/index.ts"
import * as Standard from "../../src/dsl/library/Standard.ts"
import { MapTalk } from "../../src/runtime/environment/maptalk/Declaration.ts"
import { embedded, target } from "../../std/embed.ts"

const root = join(import.meta.dirname, "..", "..")

describe("the reference of the expression language", () => {
  it("is written from the tables: `node docs/primitives/write.ts`", () => {
    const folder = join(root, "docs", "primitives")
    const written = pages()
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith(".md"))
        .toSorted()
    ).toEqual([...written.keys()].toSorted())
    for (const [name, text] of written) expect(readFileSync(join(folder, name), "utf8"), name).toBe(text)
  })

  it("shows examples that a test compiles and runs", () => {
    const golden = readFileSync(join(root, "test", "golden", "good", "primitives.bica"), "utf8").replaceAll(/\s+/g, "")
    for (const one of [...operators, ...primitives])
      expect(golden, one.name).toContain(`=${one.example.replaceAll(/\s+/g, "")}`)
  })
})

/** A file that calls one function of each library with what it takes. */
const calls: Readonly<Record<string, string>> = {
  ratio: "mean(ratio(ai))",
  policy_gradient: "policy_gradient(coach, map.advantage)",
  clipped_surrogate: "clipped_surrogate(human, map.advantage, 0.2)",
  approximate_kl: "approximate_kl(ai)",
  representation_gap: "representation_gap(bridge(human.latent), ai.latent)",
  distillation: "distillation(bridge(human.latent), ai.latent)",
  angle: "angle(bridge(human.latent), ai.latent)",
  bottleneck: "bottleneck(codes.message given codes.code, codes.message)",
  surprise: "surprise(human.intent, human.choice)",
  miscalibration: "miscalibration(ai.policy, ai.choice)",
  confidence_penalty: "confidence_penalty(ai.policy)",
  distil: "distil(lag(ai.policy, 1), ai.policy)",
  self_imitation: "self_imitation(ai, map.advantage)"
}

const uses = libraries.map((one) => `use ${one.name}\n`).join("")
const file = (terms: string, weights: string): string => `${uses}environment map = MapTalk { }
agent ai plays map.navigator { sees heading, human.message says 8 codes policy gru(8) }
agent human plays map.guide { sees full, ai.message, coach.advice says { N, E, S, W } policy gru(8) }
protocol codes for ai { gumbel_softmax(5) }
mapper bridge from human to ai { linear }
instructor coach for human { sees full gives { none, hint } }
${terms}objective all = ppo(ai) + ppo(human) + ppo(coach) + mean(norm(bridge(human.latent)))${weights}
`
const found = (text: string) => analyse({ name: "file.bica", text }, { environments: [MapTalk] })

describe("the standard library", () => {
  it("is embedded as it stands in std/: `node std/embed.ts`", () => {
    // the module is laid out by the formatter; what counts is what it says
    const said = (text: string) => JSON.stringify([...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([each]) => each))
    expect(said(readFileSync(target, "utf8"))).toBe(said(embedded()))
  })

  it("is formatted, and lists every function that it defines", () => {
    for (const name of readdirSync(join(root, "std")).filter((each) => each.endsWith(".bica"))) {
      const text = readFileSync(join(root, "std", name), "utf8")
      expect(format(text), name).toBe(text)
    }
    const defined = new Map([...Standard.functions.keys()].map((name) => [name, Standard.functions.get(name)?.library]))
    const listed = libraries.flatMap((one) =>
      one.functions
        .filter((name) => !primitives.some((each) => each.name === name))
        .map((name) => [name, one.name] as const)
    )
    expect(Object.fromEntries(defined)).toEqual(Object.fromEntries(listed))
    expect(Object.keys(calls).toSorted()).toEqual([...defined.keys()].toSorted())
  })

  it.each(Object.entries(calls))("%s can be called as a term", (name, call) => {
    const { diagnostics, program } = found(file(`term one = ${call}\n`, " + 0.1 * one"))
    expect(diagnostics.map((each) => each.cause)).toEqual([])
    expect(program?.terms.map((each) => each.name)).toEqual(["one"])
    expect(name.length).toBeGreaterThan(0)
  })

  it("shows a wrong argument where the library is called, not inside of it", () => {
    const text = file("term one = representation_gap(human.latent, mean(ai.latent))\n", " + 0.1 * one")
    const [finding, ...more] = found(text).diagnostics
    expect(more).toEqual([])
    expect(finding?.code).toBe("BICA4001")
    expect(text.slice(finding?.span.start, finding?.span.end)).toBe("representation_gap(human.latent, mean(ai.latent))")
  })

  it("means what it says: the term written out has the same meaning", () => {
    const written = found(
      file("term one = -mean(exp(ai.log_prob - ai.old_log_prob) * map.advantage)\n", " + 0.1 * one")
    )
    const called = found(file("term one = policy_gradient(ai, map.advantage)\n", " + 0.1 * one"))
    expect(called.program?.objectives.map((one) => one.semantics)).toEqual(
      written.program?.objectives.map((one) => one.semantics)
    )
  })

  it("is not there without `use`", () => {
    const text = file("term one = policy_gradient(ai, map.advantage)\n", " + 0.1 * one").replace("use std.ppo\n", "")
    expect(found(text).diagnostics.map((one) => one.code)).toContain("BICA2013")
  })
})
