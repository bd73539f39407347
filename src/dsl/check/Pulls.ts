/** Looks at what the parts of an objective want of one quantity: opposite pulls, reversed divergences, bounds that bind nothing. */
import type { Agent, Budget, Expression, Objective } from "../program/Program.ts"
import type * as Ast from "../syntax/Ast.ts"
import type { Report } from "./Report.ts"
import { pathText } from "./Values.ts"

/** What an objective pulls on: up (the loss falls when it grows) or down. */
interface Pull {
  readonly key: string
  readonly what: string
  readonly up: boolean
  readonly part: Expression
}

const constantSign = (of: Expression | undefined): number | undefined =>
  of?._tag === "Number"
    ? Math.sign(of.value)
    : of?._tag === "Scheduled"
      ? Math.sign(of.schedule.from)
      : of?._tag === "Learned"
        ? 1
        : undefined

const bare = (of: Expression): Expression => {
  let inner = of
  for (;;) {
    const next =
      inner._tag === "Term"
        ? inner.expression
        : inner._tag === "Apply" && inner.primitive === "stop_gradient"
          ? inner.arguments[0]
          : undefined
    if (next === undefined) return inner
    inner = next
  }
}

const isUniform = (of: Expression, agents: ReadonlyMap<string, Agent>): boolean => {
  const one = bare(of)
  if (one._tag !== "Quantity" || one.quantity !== "prior") return false
  const { prior } = agents.get(one.agent) ?? {}
  return typeof prior?.value === "object" && "choice" in prior.value && prior.value.choice === "uniform"
}

const entropyOf = (p: Expression): string => `entropy of ${p.digest}`
const nameOf = (of: Expression): string => {
  const one = bare(of)
  return one._tag === "Quantity" ? `\`${one.agent}.${one.quantity.replace("_given_", " given ")}\`` : "one distribution"
}

/** The largest number of parts that are looked at; beyond it a sum is no longer a sentence. */
const most = 1000

/** What a part of a loss pulls on, as far as it is a sum of means with signs. */
const pullsOf = (part: Expression, agents: ReadonlyMap<string, Agent>): ReadonlyArray<Pull> => {
  const found: Array<Pull> = []
  const open: Array<{ readonly of: Expression; readonly sign: number }> = [{ of: part, sign: 1 }]
  for (let next = open.pop(), seen = 0; next !== undefined && seen < most; next = open.pop(), seen++) {
    const { of, sign } = next
    if (sign === 0 || of.trains.length === 0) continue
    if (of._tag === "Term") open.push({ of: of.expression, sign })
    else if (of._tag === "Ppo") {
      const bonus = of.settings.find((one) => one.parameter.name === "entropy")?.value
      if (typeof bonus === "number" && bonus > 0)
        found.push({ key: `bonus of ${of.agent}`, what: `the entropy of \`${of.agent}.policy\``, up: sign > 0, part })
    } else if (of._tag !== "Apply") found.push({ key: of.digest, what: nameOf(of), up: sign < 0, part })
    else {
      const [a, b] = of.arguments
      if (a === undefined) continue
      const [left, right] = [constantSign(a), constantSign(b)]
      if (of.primitive === "negate") open.push({ of: a, sign: -sign })
      else if (of.primitive === "mean" || of.primitive === "sum") open.push({ of: a, sign })
      else if (of.primitive === "add" && b !== undefined) open.push({ of: a, sign }, { of: b, sign })
      else if (of.primitive === "subtract" && b !== undefined) open.push({ of: a, sign }, { of: b, sign: -sign })
      else if (of.primitive === "multiply" && b !== undefined && left !== undefined)
        open.push({ of: b, sign: sign * left })
      else if ((of.primitive === "multiply" || of.primitive === "divide") && right !== undefined)
        open.push({ of: a, sign: sign * right })
      else if (of.primitive === "entropy") {
        const inner = bare(a)
        const own = inner._tag === "Quantity" && inner.quantity === "policy" ? `bonus of ${inner.agent}` : entropyOf(a)
        found.push({ key: own, what: `the entropy of ${nameOf(a)}`, up: sign < 0, part })
      } else if (of.primitive === "kl" && b !== undefined && isUniform(b, agents)) {
        // KL to the uniform is ln n less the entropy
        const inner = bare(a)
        const own = inner._tag === "Quantity" && inner.quantity === "policy" ? `bonus of ${inner.agent}` : entropyOf(a)
        found.push({ key: own, what: `the entropy of ${nameOf(a)}`, up: sign > 0, part })
      } else found.push({ key: of.digest, what: "one quantity", up: sign < 0, part })
    }
  }
  return found
}

/** Every divergence in an expression. */
const divergences = (of: Expression): ReadonlyArray<Extract<Expression, { readonly _tag: "Apply" }>> => {
  const found: Array<Extract<Expression, { readonly _tag: "Apply" }>> = []
  const seen = new Set<Expression>()
  const open = [of]
  for (let next = open.pop(); next !== undefined && seen.size < most; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    if (next._tag === "Term") open.push(next.expression)
    else if (next._tag === "Mapped") open.push(next.argument)
    else if (next._tag === "Apply") {
      if (next.primitive === "kl") found.push(next)
      open.push(...next.arguments)
    }
  }
  return found
}

/** What a budgeted quantity lies between, where that is known. */
const rangeOf = (
  of: Expression,
  agents: ReadonlyMap<string, Agent>
): { readonly low: number; readonly high: number } | undefined => {
  if (of._tag === "Term") return rangeOf(of.expression, agents)
  if (of._tag !== "Apply") return undefined
  const [a, b] = of.arguments
  if (a === undefined) return undefined
  const over = a.type.kind === "categorical" ? a.type.over : undefined
  const bits = over === undefined || over.chain ? Infinity : Math.log(over.size)
  switch (of.primitive) {
    case "mean":
      return rangeOf(a, agents)
    case "entropy":
    case "mutual_information":
      return { low: 0, high: bits }
    case "js":
      return { low: 0, high: Math.LN2 }
    case "brier":
      return { low: 0, high: 2 }
    case "kl":
      return { low: 0, high: b !== undefined && isUniform(b, agents) ? bits : Infinity }
    case "square":
    case "abs":
    case "hinge":
    case "norm":
    case "mse":
      return { low: 0, high: Infinity }
    default:
      return undefined
  }
}

const rounded = (x: number): string => `${Number(x.toPrecision(4))}`

/** Checks that no `at(x, step)` of an objective lies beyond the segments that a stage rolls out. */
export const checkSteps = (
  report: Report,
  objectives: ReadonlyArray<Objective>,
  budgets: ReadonlyArray<Budget>,
  stages: ReadonlyArray<{ readonly name: string; readonly steps: number }>
): void => {
  const shortest = [...stages].sort((a, b) => a.steps - b.steps)[0]
  if (shortest === undefined) return
  const within = new Set(objectives.flatMap((one) => one.within))
  const open = [
    ...objectives.flatMap((one) => one.loss),
    ...budgets.flatMap((budget) => (within.has(budget.name) ? [budget.quantity] : []))
  ]
  const seen = new Set<Expression>()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    if (next._tag === "Term") open.push(next.expression)
    else if (next._tag === "Mapped") open.push(next.argument)
    else if (next._tag === "Apply") {
      open.push(...next.arguments)
      const step = next.primitive === "at" ? next.arguments[1] : undefined
      if (step?._tag !== "Number" || step.value < shortest.steps) continue
      report.error(
        "BICA3003",
        step.span,
        `The stage \`${shortest.name}\` rolls out ${shortest.steps} step${shortest.steps === 1 ? "" : "s"}, counted from 0, and none of them is step ${step.value}.`,
        `Write a number up to ${shortest.steps - 1}, or roll out for more steps.`
      )
    }
  }
}

/** Warns of what the parts of each objective do to each other, and of bounds that mean nothing. */
export const checkPulls = (
  report: Report,
  of: {
    readonly objectives: ReadonlyArray<Objective>
    readonly budgets: ReadonlyArray<Budget>
    readonly agents: ReadonlyArray<Agent>
    readonly written: ReadonlyMap<string, Ast.Objective>
    readonly bounds: ReadonlyMap<string, Ast.Budget>
  }
): void => {
  const agents = new Map(of.agents.map((one) => [one.name, one]))
  for (const budget of of.budgets) {
    const range = rangeOf(budget.quantity, agents)
    const bound = of.bounds.get(budget.name)?.bound
    if (range === undefined || bound === undefined) continue
    if (budget.atMost >= range.high) {
      report.warning(
        "BICA5040",
        bound.span,
        `The quantity of \`${budget.name}\` is never above ${rounded(range.high)}, so a bound of ${rounded(budget.atMost)} binds nothing.`,
        `Give a bound below ${rounded(range.high)}, or leave the budget out.`
      )
    } else if (budget.atMost < range.low) {
      report.warning(
        "BICA5040",
        bound.span,
        `The quantity of \`${budget.name}\` is never below ${rounded(range.low)}, so a bound of ${rounded(budget.atMost)} is never kept, and its multiplier grows without end.`,
        `Give a bound above ${rounded(range.low)}.`
      )
    }
  }
  const budgetOf = new Map(of.budgets.map((one) => [one.name, one]))
  for (const objective of of.objectives) {
    const first = new Map<string, Pull>()
    for (const pull of objective.loss.flatMap((part) => pullsOf(part, agents))) {
      const before = first.get(pull.key)
      if (before === undefined) first.set(pull.key, pull)
      else if (before.up !== pull.up && before.part !== pull.part) {
        report.warning(
          "BICA5041",
          pull.part.span,
          `\`${objective.name}\` pulls ${pull.what} both up and down.`,
          "Keep one of the two, or give both pulls one weight.",
          { labels: [{ span: before.part.span, text: `pulls it ${before.up ? "up" : "down"}` }] }
        )
      }
    }
    const within = of.written.get(objective.name)?.within ?? []
    for (const path of within) {
      const budget = budgetOf.get(pathText(path))
      if (budget === undefined) continue
      for (const held of divergences(budget.quantity)) {
        const [p, q] = held.arguments.map((side) => bare(side).digest)
        for (const part of objective.loss) {
          const reversed = divergences(part).find((one) => {
            const [r, s] = one.arguments.map((side) => bare(side).digest)
            return p !== q && r === q && s === p
          })
          if (reversed === undefined) continue
          report.warning(
            "BICA5042",
            part.span,
            `\`${objective.name}\` holds a divergence by \`${budget.name}\` and weighs the reverse of it: the two are different numbers.`,
            "Write both in one direction; what is averaged over comes first.",
            { labels: [{ span: path.span, text: "held in the other direction" }] }
          )
        }
      }
    }
  }
}
