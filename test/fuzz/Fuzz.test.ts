/** A short run of what `node test/fuzz/main.ts` does with a million cases. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { analyse } from "../../src/dsl/index.ts"
import { compilerSays } from "./Compile.ts"
import { experiment } from "./Experiments.ts"
import { catalogue, formatsOnce, sound } from "./Sound.ts"
import { corpus, text } from "./Texts.ts"

describe("fuzzing", () => {
  it("any text is read, checked, rendered, formatted and served without an exception", () => {
    fc.assert(
      fc.property(text, fc.option(fc.nat(), { freq: 4, nil: undefined }), (text, editor) => sound(text, editor)),
      { numRuns: 1500 }
    )
  })

  it.each(corpus)("$name is read, checked, rendered and served", ({ text }) => sound(text, text.length / 2))

  it.each(corpus)("$name keeps meaning and comments when formatted", ({ text }) => formatsOnce(text))

  it("experiments that are right by construction have no error", () => {
    fc.assert(
      fc.property(experiment, (text) => {
        const { diagnostics } = analyse({ name: "file.bica", text }, catalogue)
        expect(diagnostics.filter(({ severity }) => severity === "error").map(({ cause }) => cause)).toEqual([])
      }),
      { numRuns: 100 }
    )
  })

  it("experiments compile to TypeScript that is strict-clean", () => {
    expect(compilerSays(fc.sample(experiment, 25))).toBe("")
  })
})
