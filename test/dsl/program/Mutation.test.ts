/**
 * Random edits of the shipped pipelines: what carries no meaning changes no hash, and what does changes those of what depends on it and no
 * other. A thousand of each kind; `BICA_EDITS=40` makes fewer.
 */
import * as fc from "fast-check"
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { analyse, parse } from "../../../src/dsl/index.ts"
import type { Ast, Program } from "../../../src/dsl/index.ts"
import { catalogue } from "../check/Files.ts"

const edits = Number(process.env["BICA_EDITS"] ?? 1000)
const folder = join(import.meta.dirname, "..", "..", "..", "pipelines")

type Hashes = Readonly<Record<string, string>>

const programOf = (text: string): Program | undefined => analyse({ name: "file.bica", text }, catalogue).program
const hashesOf = (program: Program): Hashes =>
  Object.fromEntries([
    ...program.objectives.map((one) => [`objective ${one.name}`, one.semantics]),
    ...program.stages.map((one) => [`stage ${one.name}`, one.semantics])
  ])

const pipelines = readdirSync(folder)
  .filter((name) => name.endsWith(".bica"))
  .map((name) => {
    const text = readFileSync(join(folder, name), "utf8")
    const { file, tokens } = parse(text)
    const program = programOf(text)
    if (program === undefined) throw new Error(`${name} has no program`)
    return { name, text, file, tokens, program, hashes: hashesOf(program) }
  })
type Pipeline = (typeof pipelines)[number]
/** Pipelines and places in them are drawn by number, so that a failure prints numbers and not the files. */
const aPipeline = fc.nat(pipelines.length - 1)
const anywhere = fc.nat(1_000_000)
const pipelineAt = (i: number): Pipeline => {
  const found = pipelines[i]
  if (found === undefined) throw new Error(`there is no pipeline ${i}`)
  return found
}
const pick = <A>(list: ReadonlyArray<A>, at: number): A | undefined => list[at % list.length]

const bodyOf = (pipeline: Pipeline, one: Ast.Declaration): string => pipeline.text.slice(one.span.start, one.span.end)

/** Names whose only use is to be referred to. */
const local: ReadonlySet<string> = new Set(["Term", "Define", "Budget", "Objective", "Stage", "Study", "Claim"])

describe("what carries no meaning changes nothing", () => {
  it(`the order of declarations and the blanks and comments between words, ${edits} times`, () => {
    const blank = fc.constantFrom(" ", "\n", "\n\n", "  // a note\n", " \t", " // a } brace\n")
    fc.assert(
      fc.property(
        aPipeline.chain((i) => {
          const places = pipelineAt(i).file.declarations.map((_, k) => k)
          return fc.tuple(fc.constant(i), fc.shuffledSubarray(places, { minLength: places.length }))
        }),
        fc.array(blank, { minLength: 5, maxLength: 40 }),
        ([i, order], blanks) => {
          const pipeline = pipelineAt(i)
          let k = 0
          const text = order
            .flatMap((place) => pipeline.file.declarations[place] ?? [])
            .map((one) =>
              pipeline.tokens
                .filter((token) => token.span.start >= one.span.start && token.span.end <= one.span.end)
                .map((token) => `${token.text}${blanks[k++ % blanks.length] ?? " "}`)
                .join("")
            )
            .join("\n")
          const now = programOf(text)
          expect(now === undefined ? undefined : hashesOf(now), text).toEqual(pipeline.hashes)
        }
      ),
      { numRuns: edits }
    )
  })

  it(`the names of terms, budgets, objectives, stages, studies and claims, ${edits} times`, () => {
    fc.assert(
      fc.property(
        aPipeline.chain((i) => {
          const names = pipelineAt(i).file.declarations.flatMap((one) =>
            one._tag !== "Use" && local.has(one._tag) ? [one.name.text] : []
          )
          return fc.tuple(fc.constant(i), fc.subarray(names, { minLength: 1 }))
        }),
        fc.integer({ min: 0, max: 1e6 }),
        ([place, names], salt) => {
          const pipeline = pipelineAt(place)
          const studies = new Set(pipeline.program.studies.map((one) => one.name))
          const renamed = new Map(names.map((name, i) => [name, `n${salt}_${i}`]))
          let text = ""
          let at = 0
          for (const [i, token] of pipeline.tokens.entries()) {
            const after = pipeline.tokens[i - 1]?.text
            text += pipeline.text.slice(at, token.span.start)
            // `map.train` would be another thing, but not `table2.bica`; and `sampled` after `choose` is a way to choose
            const owner = after === "." ? (pipeline.tokens[i - 2]?.text ?? "") : ""
            const another = (after === "." && !studies.has(owner)) || after === "choose"
            text += (another ? undefined : renamed.get(token.text)) ?? token.text
            at = token.span.end
          }
          const now = programOf(text)
          if (now === undefined) throw new Error(text)
          const old = Object.values(pipeline.hashes)
          expect(Object.values(hashesOf(now))).toEqual(old)
        }
      ),
      { numRuns: edits }
    )
  })
})

/** Terms and budgets that an objective reads, through other terms. */
const readBy = (pipeline: Pipeline, objective: Ast.Objective): ReadonlySet<string> => {
  const words = (text: string) => new Set(text.match(/[A-Za-z_][\w]*/g) ?? [])
  const found = new Set(words(bodyOf(pipeline, objective)))
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const one of pipeline.file.declarations) {
      if ((one._tag === "Term" || one._tag === "Budget" || one._tag === "Define") && found.has(one.name.text))
        for (const word of words(bodyOf(pipeline, one))) found.add(word)
    }
  }
  return found
}

/** What depends on a place in a file, worked out from the words of the file alone. */
const dependents = (pipeline: Pipeline, one: Ast.Declaration, at: number): ReadonlyArray<string> => {
  const { file } = pipeline
  const objectives = file.declarations.filter((each) => each._tag === "Objective")
  const stages = file.declarations.filter((each) => each._tag === "Stage")
  const plays = (stage: Ast.Stage) => stage.body.find((each) => each._tag === "Play")
  const learned = stages
    .filter((stage) => (plays(stage)?.by.length ?? 0) === 0)
    .map((each) => `stage ${each.name.text}`)
  const everyObjective = objectives.map((each) => `objective ${each.name.text}`)
  switch (one._tag) {
    case "Environment": {
      const shift = one.shifts.find((each) => at >= each.span.start && at < each.span.end)
      // a model is fitted alike whatever its environment is set to
      const inside = stages.filter((stage) => !stage.body.some((each) => each._tag === "Fit"))
      if (shift === undefined) return [...everyObjective, ...inside.map((each) => `stage ${each.name.text}`)]
      // played on, or part of a suite that a metric is measured on
      const named = new RegExp(`\\b${shift.name.text}\\b`)
      return stages.filter((stage) => named.test(bodyOf(pipeline, stage))).map((each) => `stage ${each.name.text}`)
    }
    case "Agent": {
      const noise = one.entries.find((each) => each.key.parts[0]?.text === "noise")
      const within = (span: Ast.File["span"] | undefined) => span !== undefined && at >= span.start && at < span.end
      // oracles speak over the same channel with the same words
      const channel = within(noise?.span) || (one.says?._tag === "Symbols" && within(one.says.span))
      return [...everyObjective, ...(channel ? stages.map((each) => `stage ${each.name.text}`) : learned)]
    }
    case "Protocol":
    case "Mapper":
    case "Instructor":
      return [...everyObjective, ...learned]
    case "Term":
    case "Define":
    case "Budget":
      return objectives
        .filter((each) => readBy(pipeline, each).has(one.name.text))
        .map((each) => `objective ${each.name.text}`)
    case "Objective":
      return [`objective ${one.name.text}`]
    case "Stage": {
      const checkpoint = one.body.find((each) => each._tag === "Checkpoint")
      const kept = checkpoint !== undefined && at >= checkpoint.span.start && at < checkpoint.span.end
      return kept ? [] : [`stage ${one.name.text}`]
    }
    default:
      return []
  }
}

/** Another number of the same kind. */
const moved = (text: string): string => {
  const x = Number(text)
  return /[.e]/.test(text) ? `${Number((x * 0.9).toPrecision(6))}` : `${x + 1}`
}

describe("what carries meaning changes what depends on it, and nothing else", () => {
  it(`a number, ${edits} times`, () => {
    let changed = 0
    fc.assert(
      fc.property(aPipeline, anywhere, (i, at) => {
        const pipeline = pipelineAt(i)
        const token = pick(
          pipeline.tokens.filter((each) => /^[0-9]/.test(each.text) && Number.isFinite(Number(each.text))),
          at
        )
        if (token === undefined) throw new Error("no number")
        const one = pipeline.file.declarations.find(
          (each) => token.span.start >= each.span.start && token.span.end <= each.span.end
        )
        fc.pre(one !== undefined)
        if (one === undefined) return
        const text = pipeline.text.slice(0, token.span.start) + moved(token.text) + pipeline.text.slice(token.span.end)
        const now = programOf(text)
        // a number that the language refuses there says nothing of hashes
        fc.pre(now !== undefined)
        if (now === undefined) return
        const hashes = hashesOf(now)
        const differ = Object.keys(pipeline.hashes).filter((name) => hashes[name] !== pipeline.hashes[name])
        const expected = dependents(pipeline, one, token.span.start)
        expect(differ.toSorted(), `${pipeline.name}: ${token.text} at ${token.span.start}`).toEqual(expected.toSorted())
        if (differ.length > 0) changed++
      }),
      { numRuns: edits, maxSkipsPerRun: 100 }
    )
    expect(changed).toBeGreaterThan(0)
  })

  it(`what a team sees, says or measures left out, ${edits} times`, () => {
    fc.assert(
      fc.property(aPipeline, anywhere, (place, at) => {
        const pipeline = pipelineAt(place)
        const commas = pipeline.tokens.flatMap((token, i) => (token.text === "," ? [i] : []))
        const i = pick(commas, at) ?? 0
        const [comma, next] = [pipeline.tokens[i], pipeline.tokens[i + 1]]
        if (comma === undefined || next === undefined) return
        const text = pipeline.text.slice(0, comma.span.start) + pipeline.text.slice(next.span.end)
        const now = programOf(text)
        fc.pre(now !== undefined && now.stages.length === pipeline.program.stages.length)
        if (now === undefined) return
        const one = pipeline.file.declarations.find(
          (each) => comma.span.start >= each.span.start && comma.span.end <= each.span.end
        )
        if (one === undefined) return
        const hashes = hashesOf(now)
        const differ = Object.keys(pipeline.hashes).filter((name) => hashes[name] !== pipeline.hashes[name])
        const expected = dependents(pipeline, one, comma.span.start)
        // the word left out may be a default written out; what does change is what depends on it
        expect(expected, `${pipeline.name}: at ${comma.span.start}`).toEqual(expect.arrayContaining(differ))
      }),
      { numRuns: edits, maxSkipsPerRun: 200 }
    )
  })
})
