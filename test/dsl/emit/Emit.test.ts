import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Project, SyntaxKind } from "ts-morph"
import { describe, expect, it } from "vitest"
import { typescript } from "../../../src/dsl/emit/Typescript.ts"
import { camelCase, make } from "../../../src/dsl/emit/Identifiers.ts"
import { quote } from "../../../src/dsl/emit/Layout.ts"
import * as minimal from "../../golden/good/minimal.ts"
import * as reordered from "../../golden/good/reordered.ts"
import * as terms from "../../golden/good/terms.ts"
import { experiment, program } from "../check/Files.ts"

const compiled = (text: string): string => typescript(program(text), { source: text })

/** Names that the generated code exports, and the number of its syntax errors. */
const read = (code: string) => {
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true })
  const file = project.createSourceFile("/x.ts", code)
  return {
    exports: file.getVariableStatements().map((one) => one.getDeclarations()[0]?.getName()),
    faults: project.getProgram().getSyntacticDiagnostics(file).length,
    calls: new Set(
      file
        .getDescendantsOfKind(SyntaxKind.PropertyAccessExpression)
        .map((one) => one.getText())
        .filter((one) => one.startsWith("Bica."))
    )
  }
}

describe("generated code", () => {
  it("exports the file's parts by their own names", () => {
    expect(read(compiled(experiment))).toMatchObject({
      faults: 0,
      exports: [
        "map",
        "ai",
        "human",
        "calm",
        "warm",
        "aiDrift",
        "humanDrift",
        "bica",
        "oneWay",
        "trainStage",
        "testStage",
        "oraclesStage",
        "mainStudy",
        "quick",
        "pipeline"
      ]
    })
  })

  it("is the same text every time", () => {
    expect(compiled(experiment)).toBe(compiled(experiment))
  })

  it("keeps to the house style", () => {
    const lines = compiled(experiment).split("\n")
    expect(lines.filter((line) => line.endsWith(";") || line.endsWith(" "))).toEqual([])
    expect(lines.filter((line) => line.length > 120 && !line.startsWith(" *"))).toEqual([])
    expect(lines.at(-1)).toBe("")
  })

  it("imports nothing that it does not use", () => {
    const small = compiled("environment map = MapTalk")
    expect(small).not.toContain("effect")
    expect(small).toContain('import * as Bica from "bica/runtime"')
  })

  it("carries the lines of the file whatever stands in them, and nothing of them is code", () => {
    const nasty = experiment
      .replace("grid 8 by 8", "grid 8 by 8 // */ export const intruder = 1 /* `${1}` \\u002a/ @ts-nocheck \u2028 x")
      .replaceAll("\n", "\r\n")
    const headed = `// head \u2028 export const intruder = 1 //\r\n${nasty}`
    const code = typescript(program(headed), { source: headed })
    expect(code).not.toContain("\r")
    expect(code).toContain(" *   grid 8 by 8 // *\\/ export const intruder = 1")
    const { exports, faults } = read(code)
    expect(faults).toBe(0)
    expect(exports).toEqual(read(compiled(experiment)).exports)
  })

  it("stands a declaration below what it needs", () => {
    const { exports } = read(
      readFileSync(join(import.meta.dirname, "..", "..", "golden", "good", "reordered.ts"), "utf8")
    )
    const before = (a: string, b: string): boolean => exports.indexOf(a) < exports.indexOf(b)
    expect(
      before("spread", "calm") && before("trainStage", "testStage") && before("drift", "oneWay") && before("map", "ai")
    ).toBe(true)
  })
})

describe("compiled pipelines, loaded", () => {
  it("have the stages, objectives, studies and claims of their files", () => {
    const { pipeline } = reordered
    expect(pipeline.name).toBe("reordered")
    expect(pipeline.stages.map((one) => [one.name, one.after.map((before) => before.name), one.forEach])).toEqual([
      ["train", [], "objective"],
      ["test", ["train"], "objective"]
    ])
    expect(
      pipeline.objectives.map((one) => [
        one.name,
        one.within.map((budget) => budget.name),
        one.freezing.map((agent) => agent.name)
      ])
    ).toEqual([
      ["one_way", ["drift"], ["human"]],
      ["both", ["drift"], []]
    ])
    expect(
      pipeline.studies.map((one) => [one.name, one.seeds, one.compare.map((objective) => objective.name)])
    ).toEqual([["main", [3, 2, 1], ["both", "one_way"]]])
    // the navigator comes first: agents stand in the order of the environment's roles
    expect(pipeline.stages[0]?.agents.map((one) => one.name)).toEqual(["ai", "human"])
  })

  it("have the values of their files, defaults filled in", () => {
    expect(minimal.human).toMatchObject({
      role: "guide",
      says: ["N", "E", "S", "W"],
      network: { kind: "gru", hidden: 8 },
      frozenPrior: { kind: "uniform" },
      protocol: { literal: 0.9, update: 0.1 },
      noise: { flip: 0, drift: 0 }
    })
    expect(minimal.map.parameters).toMatchObject({
      grid: { width: 8, height: 8 },
      obstacles: { low: 0.2, high: 0.3 },
      horizon: 80
    })
    expect(reordered.human).toMatchObject({ protocol: { update: 0.2 }, noise: { flip: 0, drift: 0.05 } })
    // 25 stands in the file, the rest is inherited by the shift, which changes the goal alone
    expect(reordered.map.parameters.reward).toEqual({ step: -1, collision: -5, goal: 25, token: -0.05, scale: 0.1 })
    expect(reordered.map.shifts.rich.parameters["reward"]).toEqual({
      step: -1,
      collision: -5,
      goal: 100,
      token: -0.05,
      scale: 0.1
    })
    expect(terms.classEnvironment.shifts.default.noiseOverrides).toEqual({ human: { flip: 0.1, drift: 0 } })
    expect(terms.trainingBudget).toMatchObject({
      name: "training",
      atMost: 1.2,
      unit: "nats",
      by: { rate: 0.05, start: 0.1 }
    })
    expect(terms.letClaim).toMatchObject({
      relation: "<=",
      right: { kind: "number", value: 0.1 },
      test: { level: 0.99 }
    })
  })

  it("have the hashes of their programs", () => {
    const text = readFileSync(join(import.meta.dirname, "..", "..", "golden", "good", "terms.bica"), "utf8")
    const { objectives, stages } = program(text)
    expect(terms.pipeline.objectives.map((one) => one.semantics)).toEqual(objectives.map((one) => one.semantics))
    expect(terms.pipeline.stages.map((one) => one.semantics)).toEqual(stages.map((one) => one.semantics))
  })
})

describe("names", () => {
  it.each([
    ["ai_drift", "aiDrift"],
    ["TURN_A", "tURNA"],
    ["__x__", "x"],
    ["_", "unnamed"],
    ["_2nd", "_2nd"],
    ["Bica", "bica"]
  ])("%s becomes %s", (name, expected) => {
    expect(camelCase(name)).toBe(expected)
  })

  it("are identifiers of the host language, each given once", () => {
    const word = fc.oneof(
      fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/),
      fc.constantFrom(
        "eval",
        "class",
        "training",
        "Effect",
        "pipeline",
        "a_b",
        "aB",
        "a__b",
        "train",
        "train_stage",
        "constructor"
      )
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, fc.constantFrom("Stage", "Term"), fc.boolean()), { maxLength: 30 }),
        (words) => {
          const identifiers = make()
          const given = words.map(([name, suffix, always]) => identifiers.claim(name, suffix, always))
          expect(new Set(given).size).toBe(given.length)
          const code = given.map((name) => `export const ${name} = 0`).join("\n")
          expect(read(code).faults).toBe(0)
          expect(
            given.filter((name) =>
              ["Bica", "Effect", "training", "objective", "pipeline", "eval", "arguments"].includes(name)
            )
          ).toEqual([])
        }
      ),
      { numRuns: 25 }
    )
  })

  it("strings mean exactly their text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(JSON.parse(quote(text))).toBe(text)
        expect(quote(text)).not.toMatch(/[\n\r\u2028\u2029]/)
      })
    )
  })
})
