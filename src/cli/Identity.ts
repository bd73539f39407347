/** What a run is, for its record: the meaning of its file in digests and in words, its machine, its stages. */
import { Effect, Result } from "effect"
import type { Schema } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { explain, meanings } from "../dsl/index.ts"
import type { Claim, ClaimExpression, MeasuredSubject, Program, Variant } from "../dsl/index.ts"
import { Engine } from "../runtime/engine/Engine.ts"
import { machine } from "../runtime/engine/Machine.ts"
import { numericVersion } from "../runtime/Pipeline.ts"
import type { Job } from "../runtime/Pipeline.ts"
import { aspectsOf, decodeIdentity, digestOf, identityName } from "../runtime/verify/Identity.ts"
import type { Declared, Environment, Identity, Meaning, Statements } from "../runtime/verify/Identity.ts"
import { version } from "./Installation.ts"
import type { Stop } from "./Stop.ts"
import { wrongMachine } from "./Stop.ts"

/** Parts of a claim that say where it stands in the file, not what it means. */
const places: ReadonlySet<string> = new Set(["span", "origin", "syntax", "parameter", "parts"])

/** Plain data without places. */
const unplaced = (data: unknown): Schema.Json => {
  if (typeof data === "string" || typeof data === "number" || typeof data === "boolean") return data
  if (Array.isArray(data)) return data.map(unplaced)
  if (typeof data !== "object" || data === null) return null
  return Object.fromEntries(
    Object.entries(data).flatMap(([name, part]) => (places.has(name) ? [] : [[name, unplaced(part)] as const]))
  )
}

/** Who was measured, without what is not said of it: a claim that says nothing new means what it meant. */
const measured = (of: MeasuredSubject): Schema.Json => ({
  kind: of.kind,
  name: of.name,
  ...(of.after === undefined ? {} : { after: of.after }),
  ...(of.variant === undefined ? {} : { variant: of.variant.name }),
  ...(of.choose === undefined ? {} : { choose: of.choose })
})

const said = (one: ClaimExpression): unknown => {
  switch (one._tag) {
    case "Number":
      return one
    case "Measured":
      return { ...one, of: measured(one.of) }
    case "Iqm":
      return { _tag: one._tag, of: said(one.of) }
    case "Arithmetic":
      return { ...one, left: said(one.left), right: said(one.right) }
  }
}

/** What a claim states and how it is tested; the test that goes without saying is not said. */
const states = ({ left, relation, right, test }: Claim): Schema.Json =>
  unplaced({
    left: said(left),
    relation,
    right: said(right),
    test: {
      kind: test.kind,
      setting: test.setting,
      ...(test.by === "bootstrap" ? {} : { by: test.by }),
      ...(test.family === "" ? {} : { family: test.family })
    }
  })

/** What a variant means: the digests of what it runs. */
const variantMeaning = ({ name, program }: Variant): Schema.Json => [
  name,
  ...program.objectives.map((one) => one.semantics),
  ...program.stages.map((one) => one.semantics)
]

/** The meaning of a program: of its objectives, stages, studies and claims. */
export const meaningOf = (program: Program): Meaning => {
  const { objectives, stages } = meanings(program)
  return Object.fromEntries([
    ...program.code.map(
      ({ digest, name, path }) => [`use ${name}`, { module: digestOf(path), sha256: digest }] as const
    ),
    ...Object.entries(objectives).map(([name, data]) => [`objective ${name}`, aspectsOf(data)]),
    ...Object.entries(stages).map(([name, data]) => {
      const after = program.stages.find((stage) => stage.name === name)?.after ?? []
      return [`stage ${name}`, { ...aspectsOf(data), after: digestOf([...after].sort()) }]
    }),
    ...program.studies.map(({ compare, name, seeds, variants }) => [
      `study ${name}`,
      {
        seeds: digestOf([...seeds]),
        compare: digestOf([...compare]),
        ...(variants.length === 0 ? {} : { variants: digestOf(variants.map(variantMeaning)) })
      }
    ]),
    ...program.claims.map((claim) => [`claim ${claim.name}`, { states: digestOf(states(claim)) }])
  ])
}

/** A declaration's head, `agent ai plays map.navigator`: what it is, its name, what it says. */
const head = /^(\S+)\s+([\w.]+)\s*[:=]?\s*(.*)$/

/** A line within a declaration, `shift dense` or `grid 5 by 5`: its name and what it says. */
const line = /^(shift \S+|\S+)\s*(.*)$/

/**
 * A program in its file's words, every default filled in: what stands at each place. The words are those of `bica explain`,
 * which leaves nothing out and has one layout.
 */
export const statementsOf = (program: Program): Statements => {
  const found = new Map<string, string>()
  const open: Array<string> = []
  for (const raw of explain(program).split("\n")) {
    const text = raw.replace(/\s*\/\/.*$/, "").trim()
    // a path may hold what looks like a comment; modules stand below with their digests
    if (text === "" || text.startsWith('use "')) continue
    if (text === "}") {
      open.pop()
      continue
    }
    const opens = text.endsWith(" {")
    const said = opens ? text.slice(0, -2) : text
    const [, first = said, second = "", third = ""] = (open.length === 0 ? head : line).exec(said) ?? []
    const name = open.length === 0 ? `${first} ${second}` : first
    // what a stage calls its objective means nothing
    const value = (open.length === 0 ? third.replace(/^\(objective \w+\)\s*/, "") : second).trim()
    const path = [...open, name].join(", ")
    let place = path
    for (let n = 2; found.has(place); n++) place = `${path} (${n})`
    found.set(place, value)
    if (opens) open.push(name)
  }
  for (const { digest, name, path } of program.code) found.set(`use ${name}`, `${path} sha256 ${digest}`)
  return Object.fromEntries(found)
}

/** What modules say of the environments of a program; undefined where none takes part. */
const declaredBy = (program: Program): ReadonlyArray<Declared> | undefined => {
  const found = program.environments.flatMap(({ declaration: { code, doc, metrics, name, oracles } }) => {
    const own = metrics.filter((one) => code !== undefined || one.code !== undefined)
    if (own.length === 0) return []
    return {
      name,
      doc,
      metrics: own.map(({ better, ceiling, doc, floor, formula, kind, name, range, unit }) => ({
        name,
        doc,
        ...(formula === undefined ? {} : { formula }),
        unit,
        better,
        kind,
        ...(range === undefined ? {} : { range }),
        ...(floor === undefined ? {} : { floor }),
        ...(ceiling === undefined ? {} : { ceiling })
      })),
      oracles: code === undefined ? [] : oracles.map(({ doc, name }) => ({ name, doc }))
    }
  })
  return found.length === 0 ? undefined : found
}

/** What of this machine and its engine decides the bits of a run. */
export const environment: Effect.Effect<Environment, never, Engine> = Effect.gen(function* () {
  const { identity } = yield* Engine
  const { instructions, platform } = yield* machine
  return {
    node: process.versions.node,
    platform,
    instructions,
    engine: identity.name,
    version: identity.version,
    numericClass: identity.numericClass,
    threads: identity.threads,
    ...(identity.deterministic ? {} : { deterministic: false as const })
  }
})

/** The record of a run of these stages on the engine of the context. */
export const identityOf = Effect.fnUntraced(function* (program: Program, jobs: ReadonlyArray<Job>) {
  const declared = declaredBy(program)
  const identity: Identity = {
    format: "bica-identity/1",
    pipeline: program.name,
    bica: version,
    numerics: numericVersion,
    environment: yield* environment,
    meaning: meaningOf(program),
    statements: statementsOf(program),
    ...(declared === undefined ? {} : { declared }),
    jobs: jobs.map(({ after, identity: { key, label }, objective, seed, stage, variant }) => ({
      label,
      key,
      stage: stage.name,
      objective: objective?.name ?? null,
      ...(variant === undefined ? {} : { variant }),
      seed,
      after: after.map((before) => before.label)
    }))
  }
  return identity
})

/** A run and what it says of itself. */
export interface Known {
  readonly run: string
  readonly identity: Identity
}

/** The run of a pipeline that was started or resumed last among those of a folder; runs that do not say what they are do not count. */
export const newestRun = (runs: string, pipeline: string): Effect.Effect<Known | undefined, Stop> =>
  Effect.try({
    try: () => {
      const names = Fs.existsSync(runs) ? Fs.readdirSync(runs) : []
      const records = names
        .map((run) => ({ run, path: Path.join(runs, run, identityName) }))
        .filter(({ path }) => Fs.existsSync(path))
        .map((each) => ({ ...each, written: Fs.statSync(each.path).mtimeMs }))
        .sort((a, b) => b.written - a.written || (a.run < b.run ? 1 : -1))
      for (const { path, run } of records) {
        const identity = decodeIdentity(Fs.readFileSync(path, "utf8"))
        if (Result.isSuccess(identity) && identity.success.pipeline === pipeline)
          return { run, identity: identity.success }
      }
      return undefined
    },
    catch: (cause) => wrongMachine(`${runs}: could not be read: ${cause instanceof Error ? cause.message : cause}`)
  })
