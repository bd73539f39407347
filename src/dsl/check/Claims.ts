/** Checks claims: that both sides speak about values of one unit which some stage measures. */
import * as Modules from "../../declaration/Modules.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type { Claim, ClaimExpression, Condition, Play, Stage, Study } from "../program/Program.ts"
import type * as Ast from "../syntax/Ast.ts"
import { suggestion } from "./Agents.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"
import type { Place } from "./Stages.ts"
import { condition, oracle, unknownMetric } from "./Stages.ts"
import * as Units from "./Units.ts"
import { defaultSetting, numberOf, pathText, resolveQuantity, unitOf } from "./Values.ts"

/** What claims may speak about. */
export interface ClaimScope {
  readonly place: Place | undefined
  readonly objectives: ReadonlyArray<string>
  /** The stages and studies of the file; undefined where some of them are faulty, and nothing is known to be unmeasured. */
  readonly measured: { readonly stages: ReadonlyArray<Stage>; readonly studies: ReadonlyArray<Study> } | undefined
}

/** A value of a claim with its unit. */
interface Side {
  readonly expression: ClaimExpression
  readonly unit: string
}

const code = (name: string): string => `\`${name}\``
/** Levels of nesting that a claim may have. */
const deepest = 200

/** Resolves a claim; undefined after a finding. */
export const checkClaim = (report: Report, scope: ClaimScope, syntax: Ast.Claim): Claim | undefined => {
  const { statement } = syntax
  const test = checkTest(report, syntax)
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
  if (test === undefined) return undefined
  return {
    name: syntax.name.text,
    span: syntax.span,
    left: left.expression,
    relation: statement.operator,
    right: right.expression,
    test,
    syntax: statement
  }
}

const isRelation = (operator: string): operator is Claim["relation"] =>
  operator === "<" || operator === "<=" || operator === ">" || operator === ">="

const speaks = (expression: ClaimExpression): boolean =>
  expression._tag === "Measured" ||
  (expression._tag === "Arithmetic" && (speaks(expression.left) || speaks(expression.right)))

const checkTest = (report: Report, syntax: Ast.Claim): Claim["test"] | undefined => {
  if (syntax.test === undefined) {
    const fallback = defaultSetting(Modules.confidence)
    return fallback === undefined ? undefined : { kind: "confidence", setting: fallback }
  }
  if (syntax.test._tag === "Significance") {
    report.error(
      "BICA9010",
      syntax.test.level.span,
      "This version of bica tests a claim by a confidence interval only.",
      "Write `with 95 % confidence`."
    )
    return undefined
  }
  const level = resolveQuantity(report, Modules.confidence, syntax.test.level)
  return level === undefined ? undefined : { kind: "confidence", setting: level }
}

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
      return measured(report, scope, syntax)
  }
  report.error(
    "BICA4006",
    syntax.span,
    "A claim speaks about measured values and numbers.",
    "Name a metric and who was measured: `success(…)`."
  )
  return undefined
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
    unknownMetric(report, declaration, name, syntax.callee.span)
    return undefined
  }
  const [argument, ...more] = syntax.arguments
  if (argument === undefined || more.length > 0 || syntax.named.length > 0) {
    report.error(
      "BICA3006",
      syntax.span,
      `\`${name}\` takes one argument: who was measured.`,
      `Write \`${name}(objective)\` or \`${name}(${place.name}.oracle)\`.`
    )
    return undefined
  }
  const who = argument._tag === "On" ? argument.left : argument
  if (who._tag !== "Variable") {
    report.error(
      "BICA4006",
      who.span,
      `\`${name}\` is measured of an objective's team or of an oracle.`,
      "Name an objective or an oracle."
    )
    return undefined
  }
  const of = subject(report, scope, place, who.path)
  const on: Condition | undefined =
    argument._tag === "On"
      ? condition(report, place, argument.right)
      : { environment: place.name, shift: undefined, span: who.span }
  if (of === undefined || on === undefined) return undefined
  if (!isMeasured(report, scope, name, of, on, argument.span)) return undefined
  return { expression: { _tag: "Measured", metric: name, of, on, span: syntax.span }, unit: metric.unit }
}

const subject = (
  report: Report,
  scope: ClaimScope,
  place: Place,
  path: Ast.Path
): { readonly kind: "objective" | "oracle"; readonly name: string } | undefined => {
  const [first] = path.parts
  if (path.parts.length === 1 && first !== undefined) {
    if (scope.objectives.includes(first.text)) return { kind: "objective", name: first.text }
    const oracles = place.declaration?.oracles.map((one) => `${place.name}.${one.name}`) ?? []
    const meant = report.nearest(first.text, [...scope.objectives, ...oracles])
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

const isMeasured = (
  report: Report,
  scope: ClaimScope,
  metric: string,
  of: { readonly kind: "objective" | "oracle"; readonly name: string },
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
  const plays = stages.flatMap((stage): ReadonlyArray<Play> => (stage.work._tag === "Play" ? [stage.work] : []))
  const by = plays.filter((play) =>
    of.kind === "objective" ? play.by.length === 0 : play.by.some((one) => one.name === of.name)
  )
  const there = by.filter((play) => play.on.some((one) => one.shift === on.shift))
  if (there.some((play) => play.measure.includes(metric))) return true
  const who = of.kind === "objective" ? `the team of \`${of.name}\`` : `\`${on.environment}.${of.name}\``
  const where = on.shift ?? on.environment
  const [cause, fix] =
    by.length === 0
      ? [
          `No stage plays ${who}.`,
          of.kind === "objective"
            ? "Add a stage that plays after the training."
            : `Add a stage that plays \`by ${on.environment}.${of.name}\`.`
        ]
      : there.length === 0
        ? [`No stage plays ${who} on \`${where}\`.`, `Add \`${where}\` to the \`play … on\` of a stage.`]
        : [`No stage measures \`${metric}\` of ${who} on \`${where}\`.`, `Add \`${metric}\` to its \`measure\`.`]
  report.error("BICA5015", span, cause, fix)
  return false
}
