/** What modules of the user's own may say of themselves: the shape of their exports, and whether an environment keeps its contract. */
import { Schema } from "effect"
import type { CodeContents, CodeMetric, CodeTerm } from "../declaration/Code.ts"
import { betters, metricUnits } from "../declaration/Environment.ts"
import type { EnvironmentDeclaration } from "../declaration/Environment.ts"
import { nearest } from "../dsl/syntax/Nearest.ts"
import { units } from "../declaration/Parameter.ts"
import type { Parameter } from "../declaration/Parameter.ts"
import type { CodeEnvironment } from "../runtime/environment/CodeEnvironment.ts"
import { contract } from "../runtime/environment/Contract.ts"

const Term = Schema.Struct({
  _tag: Schema.Literal("CodeTerm"),
  doc: Schema.String,
  parameters: Schema.Array(
    Schema.Struct({ name: Schema.String, kind: Schema.Literals(["scalar", "tensor", "categorical"]) })
  ),
  gives: Schema.Literals(["scalar", "tensor"]),
  unit: Schema.Literals(["none", "nats"])
})
const isTerm = Schema.is(Term)

const Metric = Schema.Struct({
  _tag: Schema.Literal("CodeMetric"),
  doc: Schema.String,
  formula: Schema.optionalKey(Schema.String),
  unit: Schema.Literals(metricUnits),
  better: Schema.Literals(betters),
  reads: Schema.Literals(["counts", "steps"]),
  minimum: Schema.optionalKey(Schema.Finite),
  maximum: Schema.optionalKey(Schema.Finite)
})
const isMetric = Schema.is(Metric)

/** A name as a file writes it. */
const Word = Schema.String.check(Schema.isPattern(/^[A-Za-z]\w*$/))
const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_536 }))
const Unit = Schema.Literals(units)
const limits = { minimum: Schema.Finite, maximum: Schema.Finite }
const flag = Schema.optionalKey(Schema.Boolean)
const plainParameter = {
  name: Word,
  doc: Schema.String,
  default: Schema.optionalKey(Schema.Json),
  source: Schema.optionalKey(
    Schema.Struct({ kind: Schema.Literals(["paper", "convention", "ours"]), text: Schema.String })
  )
}
const plainTypes = [
  Schema.Struct({ kind: Schema.Literal("number"), unit: Unit, ...limits, integer: flag, above: flag }),
  Schema.Struct({ kind: Schema.Literal("range"), unit: Unit, ...limits }),
  Schema.Struct({ kind: Schema.Literal("extent"), ...limits, square: flag })
] as const
const PlainParameter = Schema.Struct({ ...plainParameter, type: Schema.Union(plainTypes) })
/** What an environment of a module may be given: numbers, ranges, extents, and blocks of these. */
const DeclaredParameter = Schema.Struct({
  ...plainParameter,
  type: Schema.Union([
    ...plainTypes,
    Schema.Struct({ kind: Schema.Literal("block"), parameters: Schema.Array(PlainParameter) })
  ])
})

const Role = Schema.Struct({
  name: Word,
  doc: Schema.String,
  choices: Schema.Array(Word),
  kind: Schema.Literals(["acts", "speaks"]),
  observations: Schema.Array(
    Schema.Struct({
      name: Word,
      doc: Schema.String,
      size: Count,
      reveals: Schema.Array(Schema.String),
      extent: Schema.optionalKey(Schema.Struct({ width: Count, height: Count }))
    })
  ),
  rules: Schema.Array(Schema.Struct({ name: Word, doc: Schema.String }))
})

const metricNames = Schema.optionalKey(Schema.Array(Schema.String))

const Environment = Schema.Struct({
  doc: Schema.String,
  parameters: Schema.Array(DeclaredParameter),
  roles: Schema.Array(Role),
  oracles: Schema.Array(
    Schema.Struct({ name: Word, doc: Schema.String, silent: flag, floorOf: metricNames, ceilingOf: metricNames })
  )
})
const isEnvironment = Schema.is(Environment)

const has = (of: unknown, name: string): of is Readonly<Record<string, unknown>> =>
  typeof of === "object" && of !== null && name in of

const isCodeEnvironment = (one: unknown): one is CodeEnvironment =>
  has(one, "_tag") &&
  one["_tag"] === "CodeEnvironment" &&
  typeof one["make"] === "function" &&
  isEnvironment(one["declaration"])

/** The kinds of things that a module may export, and what makes them. */
const makers: Readonly<Record<string, string>> = {
  CodeTerm: "Bica.CodeTerm.make",
  CodeMetric: "Bica.CodeMetric.make",
  CodeEnvironment: "Bica.CodeEnvironment.make"
}

const inDefault = (parameters: ReadonlyArray<Parameter>): boolean =>
  parameters.every((one) => one.default !== undefined || (one.type.kind === "block" && inDefault(one.type.parameters)))

/** What is wrong with an environment beyond the shape of its declaration; it is played for some steps with its defaults. */
const broken = (name: string, one: CodeEnvironment): string | undefined => {
  const { oracles, parameters, roles } = one.declaration
  const count = (kind: "acts" | "speaks") => roles.filter((role) => role.kind === kind).length
  if (count("acts") !== 1) return `\`${name}\` has ${count("acts")} roles that act, and exactly one must`
  if (count("speaks") === 0) return `\`${name}\` has no role that speaks, and at least one must`
  const talker = oracles.find(({ silent }) => silent !== true)
  if (talker !== undefined && count("speaks") > 1)
    return `\`${name}\` has ${count("speaks")} roles that speak, and its oracle ${talker.name} talks: it does not say as which`
  const named = [
    ["parameter", parameters],
    ["role", roles],
    ["oracle", oracles],
    ...roles.map((role) => ["observation", role.observations] as const)
  ] as const
  for (const [what, all] of named) {
    const names = all.map((each) => each.name)
    const twice = names.find((each, i) => names.indexOf(each) !== i)
    if (twice !== undefined) return `\`${name}\` declares the ${what} ${twice} twice`
  }
  if (!inDefault(parameters)) return undefined
  for (const { check, name: demand } of contract(one.make(name))) {
    try {
      check()
    } catch (cause) {
      return `\`${name}\` breaks what is asked of an environment, that ${demand}: ${cause instanceof Error ? cause.message : cause}`
    }
  }
  return undefined
}

/** What is wrong with what an environment says of the ends of metrics; `own` are the metrics of its module. */
const wrongEnds = (
  name: string,
  { metrics, oracles }: CodeEnvironment["declaration"],
  own: ReadonlyArray<string>
): string | undefined => {
  const known = [...metrics.map((one) => one.name), ...own]
  for (const end of ["floor", "ceiling"] as const) {
    const said = oracles.flatMap(({ ceilingOf, floorOf, name: oracle }) =>
      ((end === "floor" ? floorOf : ceilingOf) ?? []).map((metric) => ({ metric, oracle }))
    )
    for (const [i, { metric, oracle }] of said.entries()) {
      const here = `\`${name}\` calls its oracle ${oracle} the ${end} of ${metric}`
      if (!known.includes(metric)) {
        const meant = nearest(metric, known)
        return `${here}, which is neither a metric of bica for any environment nor one of the module${meant === undefined ? "" : ` (did you mean ${meant}?)`}`
      }
      const first = said.slice(0, i).find((one) => one.metric === metric)
      if (first !== undefined) return `${here}, and ${first.oracle} too`
    }
  }
  return undefined
}

/** Why an export that says what it is cannot be what it says. */
const wrong = (name: string, one: unknown): string | undefined => {
  const maker = has(one, "_tag") ? makers[String(one["_tag"])] : undefined
  if (maker === undefined) return undefined
  if (!/^[A-Za-z_]\w*$/.test(name)) return `\`${name}\` is no name that a file could write`
  if (isCodeEnvironment(one)) return broken(name, one)
  return isTerm(one) || isMetric(one) ? undefined : `what \`${name}\` says of itself is not what \`${maker}\` takes`
}

const termOf = (name: string, { doc, gives, parameters, unit }: typeof Term.Type): CodeTerm => ({
  name,
  doc,
  parameters,
  gives,
  unit
})

/** What a metric says of itself, without what it does. */
const metricOf = (name: string, one: typeof Metric.Type): CodeMetric => {
  const { better, doc, formula, maximum, minimum, reads, unit } = one
  return {
    name,
    doc,
    unit,
    better,
    reads,
    ...(formula === undefined ? {} : { formula }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum })
  }
}

/** What a module gives, from what it exports; or why it cannot be used. */
export const contentsOf = (
  exported: ReadonlyArray<readonly [string, unknown]>,
  digest: string
): CodeContents | { readonly fault: string } => {
  for (const [name, one] of exported) {
    const fault = wrong(name, one)
    if (fault !== undefined) return { fault }
  }
  const own = exported.flatMap(([name, one]) => (isMetric(one) ? [name] : []))
  for (const [name, one] of exported) {
    const fault = isCodeEnvironment(one) ? wrongEnds(name, one.declaration, own) : undefined
    if (fault !== undefined) return { fault }
  }
  const terms = exported.flatMap(([name, one]) => (isTerm(one) ? [termOf(name, one)] : []))
  const metrics = exported.flatMap(([name, one]) => (isMetric(one) ? [metricOf(name, one)] : []))
  const environments = exported.flatMap(([name, one]): ReadonlyArray<EnvironmentDeclaration> =>
    isCodeEnvironment(one) ? [{ ...one.declaration, name }] : []
  )
  if (terms.length + metrics.length + environments.length > 0) return { digest, terms, metrics, environments }
  const forms = Object.values(makers).map((maker) => `\`${maker}({ … })\``)
  return { fault: `it exports nothing that a file can use: ${forms.join(", ")}` }
}
