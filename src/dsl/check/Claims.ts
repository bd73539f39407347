/** Checks claims: that both sides speak about values of one unit which some stage measures. */
import * as Modules from "../../declaration/Modules.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type {
  Claim,
  ClaimExpression,
  Condition,
  MeasuredSubject,
  Play,
  Power,
  Stage,
  Study,
  TestMethod
} from "../program/Program.ts"
import { setting } from "../program/Program.ts"
import { nameOf } from "../program/Variants.ts"
import type * as Ast from "../syntax/Ast.ts"
import { suggestion } from "./Agents.ts"
import { list } from "./Names.ts"
import { effectFor, power, seedsFor } from "./Power.ts"
import type { Report } from "./Report.ts"
import type { Place } from "./Stages.ts"
import { condition, oracle, unknownMetric } from "./Stages.ts"
import * as Units from "./Units.ts"
import { defaultSetting, numberOf, pathText, resolveQuantity, unitOf } from "./Values.ts"

/** What claims may speak about. */
export interface ClaimScope {
  readonly place: Place | undefined
  readonly objectives: ReadonlyArray<string>
  /** The stages that leave a team: once for a seed, or for every objective. */
  readonly leaving: ReadonlyMap<string, "seed" | "objective">
  /** The stages and studies of the file; undefined where some of them are faulty, and nothing is known to be unmeasured. */
  readonly measured: { readonly stages: ReadonlyArray<Stage>; readonly studies: ReadonlyArray<Study> } | undefined
  /** Equal for scopes of which claims say the same. */
  readonly text: string
}

/** What is measured, as far as a claim can tell; `numberOf` tells what stages do apart. */
export const measuredText = (measured: ClaimScope["measured"], numberOf: (work: Stage["work"]) => number): string =>
  measured === undefined
    ? ""
    : JSON.stringify([
        measured.stages.map(({ after, forEach, name, team, work }) => [
          numberOf(work),
          name,
          after,
          forEach,
          team ?? ""
        ]),
        measured.studies.map(({ compare, defaults, name, seeds, variants }) => [
          name,
          compare,
          seeds,
          variants.map((one) => [one.name, nameOf(one.change)]),
          defaults.map(nameOf)
        ])
      ])

/** A value of a claim with its unit. */
interface Side {
  readonly expression: ClaimExpression
  readonly unit: string
}

const code = (name: string): string => `\`${name}\``
/** Levels of nesting that a claim may have. */
const deepest = 200

const resolved = new WeakMap<Ast.Claim, { readonly text: string; readonly claim: Claim }>()

/** Resolves a claim; undefined after a finding. One in which nothing was found is not resolved again in the same scope. */
export const checkClaim = (report: Report, scope: ClaimScope, syntax: Ast.Claim): Claim | undefined => {
  const before = resolved.get(syntax)
  if (before?.text === scope.text) return before.claim
  const found = report.count()
  const claim = resolve(report, scope, syntax)
  if (claim !== undefined && report.count() === found) resolved.set(syntax, { text: scope.text, claim })
  return claim
}

const resolve = (report: Report, scope: ClaimScope, syntax: Ast.Claim): Claim | undefined => {
  const { statement } = syntax
  if (statement._tag !== "Binary" || !isRelation(statement.operator)) {
    const equal = statement._tag === "Binary" && statement.operator === "=="
    report.error(
      "BICA4004",
      statement.span,
      equal
        ? "Measured values are never exactly equal."
        : `The claim \`${syntax.name.text}\` states nothing that holds or fails.`,
      "Compare two values with `<`, `<=`, `>` or `>=`."
    )
    return undefined
  }
  const left = side(report, scope, statement.left, 0)
  const right = side(report, scope, statement.right, 0)
  if (left === undefined || right === undefined) return undefined
  if (!speaks(left.expression) && !speaks(right.expression)) {
    report.error(
      "BICA4004",
      statement.span,
      `The claim \`${syntax.name.text}\` speaks about nothing that is measured.`,
      "Name a metric: `success(…)`."
    )
    return undefined
  }
  for (const [one, other] of [
    [left, right],
    [right, left]
  ] as const) {
    if (
      one.expression._tag === "Number" &&
      one.unit === "any" &&
      other.unit === "fraction" &&
      Math.abs(one.expression.value) > 1
    ) {
      report.error(
        "BICA3003",
        one.expression.span,
        `The other side is a fraction, and ${one.expression.value} is out of its range.`,
        `Write \`${one.expression.value} %\`, or a number from 0 to 1.`,
        { replacement: `${one.expression.value} %` }
      )
      return undefined
    }
  }
  const beyond = beyondBounds(scope, left.expression, right.expression)
  if (beyond !== undefined) {
    report.error("BICA3003", beyond.span, beyond.cause, "Claim something that could fail.")
    return undefined
  }
  if (Units.common(left.unit, right.unit) === undefined) {
    report.error(
      "BICA4003",
      statement.span,
      `The left side is ${Units.word(left.unit)} and the right side ${Units.word(right.unit)}.`,
      "Compare values of one unit.",
      {
        labels: [
          { span: left.expression.span, text: Units.word(left.unit) },
          { span: right.expression.span, text: Units.word(right.unit) }
        ]
      }
    )
    return undefined
  }
  const test = checkTest(report, scope, syntax, [left.expression, right.expression])
  const unit = Units.common(left.unit, right.unit) ?? "any"
  const assumed = checkAssumptions(report, syntax, unit)
  if (test === undefined || !assumed) return undefined
  return {
    name: syntax.name.text,
    span: syntax.span,
    left: left.expression,
    relation: statement.operator,
    right: right.expression,
    test,
    assuming: syntax.assuming,
    unit,
    power: undefined,
    syntax: statement
  }
}

const isRelation = (operator: string): operator is Claim["relation"] =>
  operator === "<" || operator === "<=" || operator === ">" || operator === ">="

/** A number that a metric is compared with although it never comes to it. */
const beyondBounds = (
  scope: ClaimScope,
  left: ClaimExpression,
  right: ClaimExpression
): { readonly span: Span; readonly cause: string } | undefined => {
  for (const [one, other] of [
    [left, right],
    [right, left]
  ] as const) {
    if (one._tag !== "Measured" || other._tag !== "Number") continue
    const metric = scope.place?.declaration?.metrics.find(({ name }) => name === one.metric)
    const over = metric?.maximum !== undefined && other.value > metric.maximum
    const under = metric?.minimum !== undefined && other.value < metric.minimum
    if (over || under) {
      const bound = over ? `above ${metric?.maximum}` : `below ${metric?.minimum}`
      return { span: other.span, cause: `${code(one.metric)} is never ${bound}, as it says of itself.` }
    }
  }
  return undefined
}

const speaks = (expression: ClaimExpression): boolean =>
  expression._tag === "Measured" ||
  expression._tag === "Iqm" ||
  (expression._tag === "Arithmetic" && (speaks(expression.left) || speaks(expression.right)))

/** Every measured value in an expression, with the factor of its spread where it is known. */
const measurements = (
  expression: ClaimExpression,
  factor = 1
): ReadonlyArray<{ readonly of: Extract<ClaimExpression, { readonly _tag: "Measured" }>; readonly factor: number }> => {
  switch (expression._tag) {
    case "Number":
      return []
    case "Measured":
      return [{ of: expression, factor }]
    case "Iqm":
      return measurements(expression.of, factor)
    case "Arithmetic": {
      const { left, operator, right } = expression
      const scale = (by: ClaimExpression): number => (by._tag === "Number" ? Math.abs(by.value) : 1)
      const product = operator === "times" || operator === "divide"
      const over = operator === "divide" && right._tag === "Number" ? 1 / Math.max(scale(right), 1e-12) : scale(right)
      return [
        ...measurements(left, factor * (product ? over : 1)),
        ...measurements(right, factor * (operator === "times" ? scale(left) : 1))
      ]
    }
  }
}

/** Where `iqm` stands: in no value, in every one, or in some only. */
const iqms = (expression: ClaimExpression): ReadonlySet<"iqm" | "mean"> =>
  expression._tag === "Number"
    ? new Set()
    : expression._tag === "Measured"
      ? new Set(["mean" as const])
      : expression._tag === "Iqm"
        ? new Set(["iqm" as const])
        : new Set([...iqms(expression.left), ...iqms(expression.right)])

/** The studies that measure a subject. */
const studiesOf = (studies: ReadonlyArray<Study>, of: MeasuredSubject): ReadonlyArray<Study> =>
  studies.filter((study) =>
    of.kind !== "objective" && of.variant === undefined
      ? true
      : of.variant === undefined
        ? study.compare.includes(of.name)
        : study.name === of.variant.study
  )

/** The seeds with which a subject is measured, and these in order. */
interface Seeds {
  readonly all: ReadonlySet<number>
  readonly text: string
}

/** Seeds by what is measured; a file asks for those of few subjects over and over. */
const seedsBy = new WeakMap<ReadonlyArray<Study>, Map<string, Seeds>>()

const seedsOf = (studies: ReadonlyArray<Study>, of: MeasuredSubject): Seeds => {
  let known = seedsBy.get(studies)
  if (known === undefined) seedsBy.set(studies, (known = new Map()))
  const key =
    of.kind !== "objective" && of.variant === undefined
      ? ""
      : of.variant === undefined
        ? of.name
        : `in ${of.variant.study}`
  const before = known.get(key)
  if (before !== undefined) return before
  const all = new Set(studiesOf(studies, of).flatMap((study) => study.seeds))
  const made = { all, text: [...all].sort((a, b) => a - b).join() }
  known.set(key, made)
  return made
}

const codes = (names: ReadonlyArray<string>): string => list(names.map(code))

/** How a claim is tested; undefined after a finding. */
const checkTest = (
  report: Report,
  scope: ClaimScope,
  syntax: Ast.Claim,
  sides: ReadonlyArray<ClaimExpression>
): Claim["test"] | undefined => {
  const { test } = syntax
  const kind = test?._tag === "Significance" ? "significance" : "confidence"
  const setting =
    test === undefined
      ? defaultSetting(Modules.confidence)
      : resolveQuantity(report, kind === "significance" ? Modules.significance : Modules.confidence, test.level)
  if (setting === undefined) return undefined
  const found = sides.flatMap((one) => measurements(one).map(({ of }) => of.of))
  const studies = scope.measured?.studies ?? []
  const together = found.map((of) => seedsOf(studies, of).text)
  const paired = new Set(together).size <= 1 || found.some((of, i) => i > 0 && overlap(studies, found[0] ?? of, of))
  const places = new Set(sides.flatMap((one) => [...iqms(one)]))
  if (places.has("iqm") && places.has("mean")) {
    report.error(
      "BICA4006",
      syntax.statement.span,
      "One side is an interquartile mean over seeds, and the other a mean.",
      "Write `iqm(…)` around every measured value, or around none."
    )
    return undefined
  }
  const fallback: TestMethod = kind === "confidence" ? (paired ? "bootstrap" : "welch") : paired ? "paired_t" : "welch"
  const word = test?.by
  const named = word === undefined ? undefined : Modules.claimTests.find((one) => one.name === word.text)
  const fits = (one: Modules.ClaimTest): boolean =>
    places.has("iqm") ? one.name === "bootstrap" && kind === "confidence" : kind === "confidence" ? one.interval : one.p
  const known = Modules.claimTests.filter(fits).map((one) => one.name)
  if (places.has("iqm") && kind === "significance") {
    report.error(
      "BICA4006",
      test?.level.span ?? syntax.name.span,
      "An interquartile mean over seeds is tested by the interval of its bootstrap, which gives no p.",
      "Write `with 95 % confidence`."
    )
    return undefined
  }
  if (word !== undefined && (named === undefined || !fits(named))) {
    const meant = named === undefined ? report.nearest(word.text, known) : undefined
    report.error(
      "BICA2009",
      word.span,
      named === undefined
        ? `There is no test \`${word.text}\`.`
        : `\`${word.text}\` gives ${named.p ? "a p and no interval" : "an interval and no p"}${places.has("iqm") ? " of an interquartile mean" : ""}.`,
      suggestion(meant, `Choose ${codes(known)}.`),
      { replacement: meant }
    )
    return undefined
  }
  const by = named?.name ?? fallback
  const family = kind === "confidence" ? "" : familyOf(studies, found)
  return {
    kind,
    setting,
    by,
    byOrigin:
      word === undefined
        ? { kind: "default", source: Modules.claimTests.find((one) => one.name === by)?.source }
        : { kind: "written", span: word.span },
    family
  }
}

/** Whether two subjects share at least two seeds. */
const overlap = (studies: ReadonlyArray<Study>, a: MeasuredSubject, b: MeasuredSubject): boolean => {
  const theirs = seedsOf(studies, b).all
  return [...seedsOf(studies, a).all].filter((seed) => theirs.has(seed)).length > 1
}

/** The first study that measures everything that a claim speaks about; the claims of one family are corrected together. */
const familyOf = (studies: ReadonlyArray<Study>, found: ReadonlyArray<MeasuredSubject>): string =>
  studies.find((study) => found.every((of) => studiesOf(studies, of).includes(study)))?.name ?? ""

const arithmetic = { "+": "plus", "-": "minus", "*": "times", "/": "divide" } as const

const side = (report: Report, scope: ClaimScope, syntax: Ast.Expression, level: number): Side | undefined => {
  if (level > deepest) {
    report.error("BICA4008", syntax.span, `The claim is nested more than ${deepest} levels deep.`, "Write it shorter.")
    return undefined
  }
  switch (syntax._tag) {
    case "Literal": {
      const unit = unitOf(syntax.quantity)
      return {
        expression: { _tag: "Number", value: numberOf(syntax.quantity), unit: unit ?? "any", span: syntax.span },
        unit: unit === undefined ? "any" : unit === "%" ? "fraction" : unit
      }
    }
    case "Negate": {
      const inner = side(report, scope, syntax.operand, level + 1)
      if (inner === undefined) return undefined
      const expression = inner.expression
      return expression._tag === "Number"
        ? { expression: { ...expression, value: -expression.value, span: syntax.span }, unit: inner.unit }
        : {
            expression: {
              _tag: "Arithmetic",
              operator: "times",
              left: { _tag: "Number", value: -1, unit: "any", span: syntax.span },
              right: expression,
              span: syntax.span
            },
            unit: inner.unit
          }
    }
    case "Binary": {
      const { operator } = syntax
      if (operator !== "+" && operator !== "-" && operator !== "*" && operator !== "/") break
      const left = side(report, scope, syntax.left, level + 1)
      const right = side(report, scope, syntax.right, level + 1)
      if (left === undefined || right === undefined) return undefined
      const unit =
        operator === "*"
          ? Units.product(left.unit, right.unit)
          : operator === "/"
            ? Units.quotient(left.unit, right.unit)
            : Units.common(left.unit, right.unit)
      if (unit === undefined) {
        report.error(
          "BICA4003",
          syntax.span,
          `The left side is ${Units.word(left.unit)} and the right side ${Units.word(right.unit)}.`,
          "Bring both sides to one unit.",
          {
            labels: [
              { span: left.expression.span, text: Units.word(left.unit) },
              { span: right.expression.span, text: Units.word(right.unit) }
            ]
          }
        )
        return undefined
      }
      return {
        expression: {
          _tag: "Arithmetic",
          operator: arithmetic[operator],
          left: left.expression,
          right: right.expression,
          span: syntax.span
        },
        unit
      }
    }
    case "Apply":
      return pathText(syntax.callee) === "iqm"
        ? interquartile(report, scope, syntax, level)
        : measured(report, scope, syntax)
  }
  report.error(
    "BICA4006",
    syntax.span,
    "A claim speaks about measured values and numbers.",
    "Name a metric and who was measured: `success(…)`."
  )
  return undefined
}

/** `iqm(success(bica))`: the interquartile mean over seeds. */
const interquartile = (
  report: Report,
  scope: ClaimScope,
  syntax: Extract<Ast.Expression, { readonly _tag: "Apply" }>,
  level: number
): Side | undefined => {
  const [argument, ...more] = syntax.arguments
  if (argument === undefined || more.length > 0 || syntax.named.length > 0) {
    report.error(
      "BICA3006",
      syntax.span,
      "`iqm` takes one argument: a value that every seed has.",
      "Write `iqm(success(objective))`."
    )
    return undefined
  }
  const inner = side(report, scope, argument, level + 1)
  if (inner === undefined) return undefined
  if (!speaks(inner.expression) || iqms(inner.expression).has("iqm")) {
    report.error(
      "BICA4006",
      argument.span,
      "`iqm` is taken of values that were measured with several seeds.",
      "Write `iqm(success(objective))`."
    )
    return undefined
  }
  return { expression: { _tag: "Iqm", of: inner.expression, span: syntax.span }, unit: inner.unit }
}

const measured = (
  report: Report,
  scope: ClaimScope,
  syntax: Extract<Ast.Expression, { readonly _tag: "Apply" }>
): Side | undefined => {
  const place = scope.place
  const declaration = place?.declaration
  const name = pathText(syntax.callee)
  if (place === undefined) {
    report.error(
      "BICA2008",
      syntax.callee.span,
      `There is no environment that measures \`${name}\`.`,
      "Declare one with `environment`."
    )
    return undefined
  }
  if (declaration === undefined) return undefined
  const metric = declaration.metrics.find((one) => one.name === name)
  if (metric === undefined) {
    unknownMetric(report, place, declaration, name, syntax.callee.span)
    return undefined
  }
  const [argument, manner, ...more] = syntax.arguments
  const choose = manner === undefined ? "greedy" : manner._tag === "Variable" ? pathText(manner.path) : ""
  if (manner !== undefined && choose !== "greedy" && choose !== "sampled") {
    const meant = report.nearest(choose, ["greedy", "sampled"])
    report.error(
      "BICA2009",
      manner.span,
      "After who was measured stands how its choices were taken.",
      suggestion(meant, "Write `greedy` or `sampled`."),
      { replacement: meant }
    )
    return undefined
  }
  if (argument === undefined || more.length > 0 || syntax.named.length > 0) {
    report.error(
      "BICA3006",
      syntax.span,
      `\`${name}\` takes one argument: who was measured.`,
      `Write \`${name}(objective)\` or \`${name}(${place.name}.oracle)\`.`
    )
    return undefined
  }
  const somewhere = argument._tag === "On" ? argument.left : argument
  const inside = somewhere._tag === "After" ? somewhere.left : somewhere
  const who = inside._tag === "Changed" ? inside.left : inside
  if (who._tag !== "Variable") {
    report.error(
      "BICA4006",
      who.span,
      `\`${name}\` is measured of an objective's team or of an oracle.`,
      "Name an objective or an oracle."
    )
    return undefined
  }
  const one = subject(report, scope, place, who.path)
  const variant = one === undefined || inside._tag !== "Changed" ? "none" : variantOf(report, scope, one, inside.change)
  const left =
    one === undefined || somewhere._tag !== "After" ? "any" : trainingOf(report, scope, one, name, somewhere.stage)
  const on: Condition | undefined =
    argument._tag === "On"
      ? condition(report, place, argument.right)
      : { environment: place.name, shift: undefined, span: who.span }
  if (one === undefined || variant === undefined || left === undefined || on === undefined) return undefined
  const chosen: MeasuredSubject = {
    ...one,
    after: left === "any" ? undefined : left,
    variant: variant === "none" ? undefined : variant,
    choose: choose === "sampled" || (manner === undefined && onlyDrawn(scope, one)) ? "sampled" : undefined
  }
  const of = left === "any" ? certain(report, scope, { metric: name, of: chosen, on, span: argument.span }) : chosen
  if (of === undefined) return undefined
  if (!isMeasured(report, scope, name, of, on, argument.span)) return undefined
  const unit = metric.unit === "none" ? "any" : metric.unit
  // where only one training's teams are measured, nothing more is said of them
  const said = isLabelled(scope) ? of : { ...of, after: undefined }
  return { expression: { _tag: "Measured", metric: name, of: said, on, span: syntax.span }, unit }
}

/** Whether the teams of several trainings are measured, so that values are called after those. */
const isLabelled = ({ measured }: ClaimScope): boolean =>
  measured?.stages.some(({ forEach, team }) => forEach === "objective" && team !== undefined) === true

/** The training that a claim says after an objective; undefined after a finding. */
const trainingOf = (
  report: Report,
  scope: ClaimScope,
  of: Named,
  metric: string,
  path: Ast.Path
): string | undefined => {
  const name = pathText(path)
  if (of.kind !== "objective") {
    report.error(
      "BICA4006",
      path.span,
      of.kind === "oracle"
        ? "An oracle is what it is: only the team of an objective is left by a training."
        : `\`${of.name}\` left one team only.`,
      `Leave \`after ${name}\` out.`
    )
    return undefined
  }
  const known = [...scope.leaving].flatMap(([stage, forEach]) => (forEach === "objective" ? [stage] : []))
  if (known.includes(name)) return name
  const meant = report.nearest(name, known)
  report.error(
    scope.leaving.has(name) ? "BICA5015" : "BICA2012",
    path.span,
    scope.leaving.has(name)
      ? `\`${name}\` runs once for a seed, and not for \`${of.name}\`.`
      : `There is no stage \`${name}\` that trains for every objective.`,
    scope.leaving.has(name)
      ? `Name the stage alone: \`${metric}(${name})\`.`
      : suggestion(meant, known.length === 0 ? "Leave `after …` out." : `Name ${list(known.map(code))}.`),
    { replacement: scope.leaving.has(name) ? undefined : meant }
  )
  return undefined
}

/** The subject of a claim that does not say after which training; undefined where that leaves open what it speaks of. */
const certain = (
  report: Report,
  scope: ClaimScope,
  {
    metric,
    of,
    on,
    span
  }: { readonly metric: string; readonly of: MeasuredSubject; readonly on: Condition; readonly span: Span }
): MeasuredSubject | undefined => {
  if (of.kind !== "objective" || scope.measured === undefined) return of
  const by = playsBy(scope.measured.stages, of)
  const found = by.filter(
    ({ play }) => play.measure.includes(metric) && play.on.some(({ shift }) => shift === on.shift)
  )
  const after = [...new Set(found.flatMap(({ team }) => team ?? []))]
  const [first, ...more] = after
  if (first === undefined || more.length === 0) return { ...of, after: first }
  report.error(
    "BICA5036",
    span,
    `\`${metric}\` of \`${of.name}\` is measured after ${list(after.map(code), "and")}.`,
    `Say after which: \`${metric}(${of.name} after ${after.at(-1) ?? first})\`.`
  )
  return undefined
}

/** A play of a team, and the training that left it. */
interface TeamPlay {
  readonly play: Play
  readonly team: string | undefined
}

/** The plays of a file, by who plays. */
interface Plays {
  /** Of the teams of objectives, by how their choices are taken. */
  readonly greedy: ReadonlyArray<TeamPlay>
  readonly sampled: ReadonlyArray<TeamPlay>
  /** Of teams that were left once for a seed, by the stage that did. */
  readonly teams: ReadonlyMap<string, ReadonlyArray<TeamPlay>>
  readonly oracles: ReadonlyMap<string, ReadonlyArray<TeamPlay>>
}

const known = new WeakMap<ReadonlyArray<Stage>, Plays>()

const playsOf = (stages: ReadonlyArray<Stage>): Plays => {
  const before = known.get(stages)
  if (before !== undefined) return before
  const made = {
    greedy: Array<TeamPlay>(),
    sampled: Array<TeamPlay>(),
    teams: new Map<string, Array<TeamPlay>>(),
    oracles: new Map<string, Array<TeamPlay>>()
  }
  const trains = new Set(stages.flatMap(({ name, work }) => (work._tag === "Training" ? [name] : [])))
  const add = (to: Map<string, Array<TeamPlay>>, name: string, one: TeamPlay): void => {
    const known = to.get(name)
    if (known === undefined) to.set(name, [one])
    else known.push(one)
  }
  for (const { after, forEach, team, work } of stages) {
    if (work._tag !== "Play") continue
    const one = { play: work, team: team ?? after.find((name) => trains.has(name)) }
    if (work.by.length === 0 && forEach === "objective") made[chooses(work)].push(one)
    else if (work.by.length === 0 && team !== undefined) add(made.teams, team, one)
    for (const { name } of work.by) add(made.oracles, name, one)
  }
  known.set(stages, made)
  return made
}

/** The plays of a subject with its choices taken as it says. */
const playsBy = (stages: ReadonlyArray<Stage>, of: MeasuredSubject): ReadonlyArray<TeamPlay> => {
  const { oracles, teams, ...drawn } = playsOf(stages)
  const choose = of.choose ?? "greedy"
  switch (of.kind) {
    case "oracle":
      return oracles.get(of.name) ?? []
    case "team":
      return (teams.get(of.name) ?? []).filter(({ play }) => chooses(play) === choose)
    case "objective":
      return drawn[choose].filter(({ team }) => of.after === undefined || team === of.after)
  }
}

/** Whether everybody like a subject plays with choices that are drawn: then a claim speaks of these. */
const onlyDrawn = (scope: ClaimScope, of: Named): boolean => {
  const { greedy, sampled, teams } = playsOf(scope.measured?.stages ?? [])
  const own = teams.get(of.name) ?? []
  return of.kind === "team"
    ? own.length > 0 && own.every(({ play }) => chooses(play) === "sampled")
    : sampled.length > 0 && greedy.length === 0
}

/** How the choices of a play are taken. */
const chooses = (play: Play): "greedy" | "sampled" => {
  const value = setting(play.settings, "choose")?.value
  return typeof value === "object" && "choice" in value && value.choice === "sampled" ? "sampled" : "greedy"
}

/** Who was measured, by name. */
type Named = Pick<MeasuredSubject, "kind" | "name">

const subject = (report: Report, scope: ClaimScope, place: Place, path: Ast.Path): Named | undefined => {
  const [first] = path.parts
  if (path.parts.length === 1 && first !== undefined) {
    if (scope.objectives.includes(first.text)) return { kind: "objective", name: first.text }
    const leaves = scope.leaving.get(first.text)
    if (leaves === "seed") return { kind: "team", name: first.text }
    if (leaves === "objective") {
      const [objective = "objective"] = scope.objectives
      report.error(
        "BICA2001",
        path.span,
        `The stage \`${first.text}\` leaves a team for every objective.`,
        `Name one of them: \`${objective} after ${first.text}\`.`
      )
      return undefined
    }
    const oracles = place.declaration?.oracles.map((one) => `${place.name}.${one.name}`) ?? []
    const once = [...scope.leaving].flatMap(([stage, forEach]) => (forEach === "seed" ? [stage] : []))
    const meant = report.nearest(first.text, [...scope.objectives, ...once, ...oracles])
    report.error(
      "BICA2001",
      path.span,
      `There is no objective \`${first.text}\`.`,
      suggestion(
        meant,
        scope.objectives.length === 0
          ? "The file declares no objective."
          : `Declared: ${list(scope.objectives.map(code), "and")}.`
      ),
      { replacement: meant }
    )
    return undefined
  }
  const found = oracle(report, place, path)
  return found === undefined ? undefined : { kind: "oracle", name: found.name }
}

/** The variant that a claim speaks of; "none" where the change is what the file says anyway, undefined after a finding. */
const variantOf = (
  report: Report,
  scope: ClaimScope,
  of: Named,
  change: Ast.Change
): { readonly study: string; readonly name: string } | "none" | undefined => {
  const studies = scope.measured?.studies
  // what is wrong with the studies is reported there
  if (studies === undefined) return "none"
  if (of.kind === "oracle") {
    report.error(
      "BICA4006",
      change.span,
      "An oracle is what it is: only teams are measured in variants.",
      "Leave the change out."
    )
    return undefined
  }
  const wanted = nameOf(change)
  const theirs = studies.filter((study) => of.kind === "team" || study.compare.includes(of.name))
  for (const study of theirs) {
    const found = study.variants.find((one) => nameOf(one.change) === wanted)
    if (found !== undefined) return { study: study.name, name: found.name }
  }
  if (theirs.some((study) => study.defaults.some((one) => nameOf(one) === wanted))) return "none"
  const words =
    change.kind === "without" ? `without ${pathText(change.path)}` : `with this \`${pathText(change.path)}\``
  const known = theirs.flatMap((study) => study.variants.map((one) => one.name))
  report.error(
    "BICA5015",
    change.span,
    `No study runs \`${of.name}\` ${words}.`,
    known.length === 0
      ? `Add \`${change.kind === "without" ? "without" : "vary"} ${pathText(change.path)}\` to a study that compares \`${of.name}\`.`
      : `Its variants are ${list(known.map(code), "and")}.`
  )
  return undefined
}

const isMeasured = (
  report: Report,
  scope: ClaimScope,
  metric: string,
  of: MeasuredSubject,
  on: Condition,
  span: Span
): boolean => {
  if (scope.measured === undefined) return true
  const { stages, studies } = scope.measured
  if (of.kind === "objective" && !studies.some((study) => study.compare.includes(of.name))) {
    report.error(
      "BICA5015",
      span,
      `No study compares \`${of.name}\`, so nothing of it is measured.`,
      `Add \`${of.name}\` to the \`compare\` of a study.`
    )
    return false
  }
  const by = playsBy(stages, of).map(({ play }) => play)
  const { greedy, sampled } = playsOf(stages)
  if (of.kind === "objective" && of.after === undefined && by.length === 0 && greedy.length + sampled.length > 0) {
    report.error(
      "BICA5015",
      span,
      `No stage plays the team of \`${of.name}\` with ${of.choose === "sampled" ? "choices that are drawn" : "its most probable choices"}.`,
      of.choose === "sampled"
        ? "Add a stage that plays `{ choose sampled }`, or leave `sampled` out."
        : `Write \`${metric}(${of.name}, sampled)\`, or add a stage that plays \`{ choose greedy }\`.`
    )
    return false
  }
  const there = by.filter((play) => play.on.some((one) => one.shift === on.shift))
  const kind = scope.place?.declaration?.metrics.find((one) => one.name === metric)?.kind
  const everywhere = kind === undefined || kind === "episode"
  if (there.some((play) => play.measure.includes(metric) && (everywhere || play.on[0]?.shift === on.shift))) return true
  const elsewhere = there.find((play) => play.measure.includes(metric))
  if (elsewhere !== undefined) {
    const first = elsewhere.on[0]?.shift ?? on.environment
    report.error(
      "BICA5015",
      span,
      `\`${metric}\` is measured where the stage plays first, on \`${first}\`, and not on \`${on.shift ?? on.environment}\`.`,
      "Write a stage that plays there first."
    )
    return false
  }
  const who =
    of.kind === "objective"
      ? `the team of \`${of.name}\`${of.after === undefined ? "" : ` after \`${of.after}\``}`
      : of.kind === "team"
        ? `the team that \`${of.name}\` leaves`
        : `\`${on.environment}.${of.name}\``
  const where = on.shift ?? on.environment
  const [cause, fix] =
    by.length === 0
      ? [
          `No stage plays ${who}.`,
          of.kind === "objective"
            ? of.after === undefined
              ? "Add a stage that plays after the training."
              : `Add a stage that plays \`after ${of.after}\`.`
            : of.kind === "team"
              ? `Add a stage that plays \`after ${of.name}\`.`
              : `Add a stage that plays \`by ${on.environment}.${of.name}\`.`
        ]
      : there.length === 0
        ? [`No stage plays ${who} on \`${where}\`.`, `Add \`${where}\` to the \`play … on\` of a stage.`]
        : [`No stage measures \`${metric}\` of ${who} on \`${where}\`.`, `Add \`${metric}\` to its \`measure\`.`]
  report.error("BICA5015", span, cause, fix)
  return false
}

// ---- power -----------------------------------------------------------------------------------------------------

/** What a file says of the truth, in the unit of the claim. */
interface Assumed {
  readonly difference: number | undefined
  readonly spread: number | undefined
}

const checkAssumptions = (report: Report, syntax: Ast.Claim, unit: string): boolean => {
  const found = new Map<string, Ast.Assumption>()
  let sound = true
  for (const one of syntax.assuming) {
    const name = one.name.text
    const before = found.get(name)
    if (!Modules.assumptions.some((known) => known === name)) {
      const meant = report.nearest(name, Modules.assumptions)
      report.error(
        "BICA2009",
        one.name.span,
        `A claim assumes nothing called \`${name}\`.`,
        suggestion(meant, `Write ${list(Modules.assumptions.map(code))}.`),
        { replacement: meant }
      )
      sound = false
    } else if (before !== undefined) {
      report.error("BICA2015", one.name.span, `\`${name}\` is given twice.`, "Keep one of the two.", {
        labels: [{ span: before.span, text: "given here first" }]
      })
      sound = false
    } else found.set(name, one)
    const given = unitOf(one.quantity)
    const own = given === "%" ? "fraction" : given
    if (own !== undefined && own !== unit) {
      report.error(
        "BICA3002",
        one.quantity.span,
        `The claim is about ${Units.word(unit)}, not about ${Units.word(own)}.`,
        `Give \`${name}\` in ${unit === "fraction" ? "per cent" : Units.word(unit)}.`
      )
      sound = false
    } else if (!(numberOf(one.quantity) > 0)) {
      report.error("BICA3003", one.quantity.span, `\`${name}\` is above 0.`, "Give a larger one.")
      sound = false
    }
  }
  return sound
}

const assumedBy = (claim: Claim): Assumed => {
  const value = (name: string): number | undefined => {
    const one = claim.assuming.find((each) => each.name.text === name)
    return one === undefined ? undefined : numberOf(one.quantity)
  }
  return { difference: value("difference"), spread: value("spread") }
}

/** Power below which a design is too small to decide what it claims (Cohen 1988). */
const enough = 0.8
/** Seeds up to which a better design is looked for. */
const mostSeeds = 100
/** How many of its spreads the truth lies beyond a claim where the file does not say: huge (Sawilowsky 2009). */
const assumedEffect = 2
/** Spread over seeds of a share of episodes, over that of one episode, where the file does not say. */
const assumedShare = 0.1

/** A share of episodes that a claim sets a bound to; one half where it sets none, which spreads most. */
const shareOf = (sides: ReadonlyArray<ClaimExpression>): number => {
  const bound = sides.find((one) => one._tag === "Number")
  const p = bound?._tag === "Number" && sides.flatMap((one) => measurements(one)).length === 1 ? bound.value : 0.5
  return p > 0 && p < 1 ? p : 0.5
}

/** The power of a claim; undefined where nothing says how often it is measured. */
const powerOf = (scope: ClaimScope, claim: Claim, alpha: number): Power | undefined => {
  const { test, unit } = claim
  const sides = [claim.left, claim.right]
  const assumed = assumedBy(claim)
  if (scope.measured === undefined || typeof test.setting.value !== "number") return undefined
  const { stages, studies } = scope.measured
  const found = sides.flatMap((one) => measurements(one))
  const [first] = found
  if (first === undefined) return undefined
  const all = found.map(({ of }) => seedsOf(studies, of.of).all)
  const seeds =
    test.by === "welch"
      ? Math.min(...all.map((each) => each.size))
      : [...(all[0] ?? [])].filter((seed) => all.every((each) => each.has(seed))).length
  const p = shareOf(sides)
  const one = Math.sqrt(p * (1 - p))
  // an oracle is not trained, and a plain number of another unit has a spread of its own kind
  const trained = Math.sqrt(found.reduce((sum, { factor, of }) => sum + (of.of.kind === "oracle" ? 0 : factor ** 2), 0))
  const shares = unit === "fraction"
  const spread =
    assumed.spread ?? (shares ? assumedShare * one : (assumed.difference ?? 1) / (assumedEffect * Math.max(trained, 1)))
  const byTraining = spread * trained
  const byEpisodes = Math.sqrt(
    found.reduce((sum, { factor, of }) => {
      if (of.metric !== "success") return sum
      const play = playOf(stages, of)
      const episodes = play?.episodes.value
      return typeof episodes === "number" && episodes > 0 ? sum + (factor * one) ** 2 / episodes : sum
    }, 0)
  )
  const margin = Math.hypot(byTraining, byEpisodes)
  // a share cannot lie beyond all or nothing
  const upward = claim.relation === ">" || claim.relation === ">="
  const room = shares && found.length === 1 && p !== 0.5 ? (upward ? 1 - p : p) : Number.POSITIVE_INFINITY
  const difference = assumed.difference ?? Math.min(room, assumedEffect * (byTraining > 0 ? byTraining : margin))
  if (!(margin > 0)) return undefined
  const two = found.length > 1
  return {
    power: power({ method: test.by, two, seeds, alpha, effect: difference / margin }),
    seeds,
    difference,
    spread,
    margin,
    stated: assumed.difference !== undefined || assumed.spread !== undefined
  }
}

const playOf = (
  stages: ReadonlyArray<Stage>,
  of: Extract<ClaimExpression, { readonly _tag: "Measured" }>
): Play | undefined =>
  playsBy(stages, of.of).find(
    ({ play }) => play.on.some((one) => one.shift === of.on.shift) && play.measure.includes(of.metric)
  )?.play

/** To two digits, upwards. */
const roundedUp = (value: number): number => {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Math.ceil(value / unit - 1e-9) * unit
}

const percent = (share: number): string => `${Math.floor(share * 100)} %`

/** A number of the claim's unit in a sentence. */
const amount = (value: number, unit: string): string =>
  unit === "fraction"
    ? `${Number((100 * value).toPrecision(2))} %`
    : `${Number(value.toPrecision(2))}${unit === "any" ? "" : ` ${unit}`}`

/** Claims with their power, of which nothing is to be said. */
const powered = new WeakMap<Claim, { readonly text: string; readonly alpha: number; readonly claim: Claim }>()

const familyName = ({ test }: Claim): string => `${test.kind} ${test.family}`

/** Claims with their power, once all of a family are known; warns of those that their design can hardly decide. */
export const checkPower = (report: Report, scope: ClaimScope, claims: ReadonlyArray<Claim>): ReadonlyArray<Claim> => {
  const members = new Map<string, number>()
  for (const claim of claims) members.set(familyName(claim), (members.get(familyName(claim)) ?? 0) + 1)
  return claims.map((claim) => {
    const { test } = claim
    const level = typeof test.setting.value === "number" ? test.setting.value : 0.05
    // the first of Holm's steps, which the smallest p of a family must pass
    const alpha = test.kind === "confidence" ? (1 - level) / 2 : level / (members.get(familyName(claim)) ?? 1)
    const before = powered.get(claim)
    if (before?.text === scope.text && before.alpha === alpha) return before.claim
    const found = powerOf(scope, claim, alpha)
    if (found === undefined || found.power >= enough) {
      const whole = { ...claim, power: found }
      powered.set(claim, { text: scope.text, alpha, claim: whole })
      return whole
    }
    const sides = [claim.left, claim.right]
    const parts = sides.flatMap((one) => measurements(one))
    const [part] = parts
    if (part === undefined) return { ...claim, power: found }
    const { unit } = claim
    const play = scope.measured === undefined ? undefined : playOf(scope.measured.stages, part.of)
    const episodes = typeof play?.episodes.value === "number" ? play.episodes.value : undefined
    const needed = seedsFor(
      { method: test.by, two: parts.length > 1, alpha, effect: found.difference / found.margin },
      enough,
      mostSeeds
    )
    const design = { method: test.by, two: parts.length > 1, alpha, seeds: found.seeds }
    const effect = found.seeds < 2 ? undefined : effectFor(design, enough)
    const bare = !found.stated && unit !== "fraction"
    const truth = bare ? `${assumedEffect} spreads over seeds` : amount(found.difference, unit)
    const few = `${found.seeds} seeds${episodes === undefined ? "" : ` of ${episodes} episodes`}`
    const larger =
      effect === undefined
        ? undefined
        : `\`assuming difference ${bare ? `${Number(effect.toPrecision(2))}, spread 1` : amount(roundedUp(effect * found.margin), unit)}\``
    const proposals = [
      ...(needed !== undefined
        ? [`Take ${needed} seeds`]
        : [found.seeds < 2 ? "Take more seeds, and play more episodes" : "Play more episodes"]),
      ...(larger === undefined ? [] : [`claim it of a larger effect: ${larger}`])
    ]
    report.warning(
      "BICA5028",
      claim.syntax.span,
      found.seeds < 2
        ? "One seed decides nothing: seeds are what is replicated, not episodes."
        : test.by === "sign_flip" && 2 ** -found.seeds >= alpha
          ? `The least p that \`sign_flip\` gives to ${found.seeds} seeds is ${Number((2 ** -found.seeds).toPrecision(2))}, and this claim wants one below ${Number(alpha.toPrecision(2))}.`
          : `With ${few}, ${code(test.by)} decides this in ${percent(found.power)} of studies in which the truth lies ${truth} beyond what is claimed${bare ? "" : `; over seeds the margin spreads by ${amount(found.margin, unit)}`}.`,
      `${proposals.join(", or ")}.`
    )
    return { ...claim, power: found }
  })
}
