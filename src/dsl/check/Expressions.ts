/** Types expressions: kinds, units, supports, and which agents and modules a value trains. Definitions are written out. */
import * as Modules from "../../declaration/Modules.ts"
import * as Primitives from "../../declaration/Primitives.ts"
import type { Parameter, Schedule } from "../../declaration/Parameter.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type {
  Axis,
  Expression,
  Kind,
  Module,
  Primitive,
  QuantityName,
  Rows,
  Setting,
  Support,
  Term
} from "../program/Program.ts"
import { digest, settingsMeaning } from "../program/Semantics.ts"
import type { Data } from "../program/Semantics.ts"
import type * as Ast from "../syntax/Ast.ts"
import type { LibraryFunctions } from "../library/Standard.ts"
import { list } from "./Names.ts"
import type { Part } from "./Parts.ts"
import { kindOf } from "./Parts.ts"
import type { Report } from "./Report.ts"
import * as Units from "./Units.ts"
import type { ScopedCode, ScopedModules } from "./UserCode.ts"
import type { GivenArgument } from "./Values.ts"
import { numberOf, pathText, resolveArguments, resolveSchedule, resolveValue, unitOf } from "./Values.ts"

/** Largest number of nodes of an expression with every name written out; bounds the work on files that are not meant well. */
const largest = 10_000
/** Most levels of nesting with every name written out. */
const deepest = 1000

// ---- nodes -----------------------------------------------------------------------------------------------------

const nobody: ReadonlyArray<string> = []
const union = (parts: ReadonlyArray<Expression>, of: "trains" | "reads"): ReadonlyArray<string> => {
  const lists = parts.map((part) => part[of]).filter((names) => names.length > 0)
  const [first, ...rest] = lists
  if (first === undefined) return nobody
  return rest.every((names) => names === first) ? first : [...new Set(lists.flat())].sort()
}

const scalar: Kind = { kind: "scalar" }

const steps: Rows = { per: "step" }
const rowsOf = (kind: Kind): Rows => (kind.kind === "scalar" ? steps : (kind.rows ?? steps))
const sameRows = (a: Rows, b: Rows): boolean =>
  a.per === b.per && (!("protocol" in a) || ("protocol" in b && a.protocol === b.protocol))
const rowsWord = (rows: Rows): string => {
  switch (rows.per) {
    case "step":
      return "per step"
    case "env":
      return "per copy of the environment"
    case "time":
      return "per step of the segment"
    case "batch":
      return "one row for all steps"
    case "code":
      return `per code of ${rows.protocol}`
    case "minibatch":
      return `per minibatch, of ${rows.protocol}`
  }
}
const tensorOf = (width: number, axis: string | undefined, rows: Rows): Kind => ({
  kind: "tensor",
  width,
  ...(width === 1 || axis === undefined ? {} : { axis }),
  ...(rows.per === "step" ? {} : { rows })
})
/** One number for each row of a distribution or a value. */
const perRow = (of: Kind): Kind => tensorOf(1, undefined, rowsOf(of))

const leafDigests = new Map<string, string>()
/** Digests of leaves recur in long expressions; the memory is bounded. */
const leafDigest = (data: Data): string => {
  const key = JSON.stringify(data)
  const known = leafDigests.get(key)
  if (known !== undefined) return known
  if (leafDigests.size > 1000) leafDigests.clear()
  const made = digest(data)
  leafDigests.set(key, made)
  return made
}

const number = (value: number, unit: string, span: Span): Expression => ({
  _tag: "Number",
  value,
  type: scalar,
  unit,
  trains: nobody,
  reads: nobody,
  size: 1,
  depth: 1,
  digest: leafDigest({ number: value }),
  span
})

const scheduled = (schedule: Schedule, span: Span): Expression => ({
  _tag: "Scheduled",
  schedule,
  type: scalar,
  unit: "any",
  trains: nobody,
  reads: nobody,
  size: 1,
  depth: 1,
  digest: leafDigest({ schedule: { ...schedule } }),
  span
})

const learned = (by: Setting, span: Span): Expression => ({
  _tag: "Learned",
  by,
  type: scalar,
  unit: "any",
  trains: nobody,
  reads: nobody,
  size: 1,
  depth: 1,
  digest: leafDigest({ learned: settingsMeaning([by]) }),
  span
})

/** How a weight is learned. */
const weightBy: Parameter = {
  name: "learned by",
  doc: "How a weight is learned.",
  type: { kind: "choice", options: Modules.weights }
}

/** Whether `ppo` stands somewhere in an expression. */
const holdsLoss = (of: Expression): boolean =>
  of._tag === "Ppo" ||
  (of._tag === "Apply" && of.arguments.some(holdsLoss)) ||
  (of._tag === "Mapped" && holdsLoss(of.argument)) ||
  (of._tag === "Term" && holdsLoss(of.expression))

const apply = (
  primitive: Primitive,
  parts: ReadonlyArray<Expression>,
  type: Kind,
  unit: string,
  span: Span,
  trains: ReadonlyArray<string> = union(parts, "trains"),
  axis?: Axis
): Extract<Expression, { readonly _tag: "Apply" }> => ({
  _tag: "Apply",
  primitive,
  arguments: parts,
  ...(axis === undefined ? {} : { axis }),
  type,
  unit,
  trains,
  reads: union(parts, "reads"),
  size: parts.reduce((sum, part) => sum + part.size, 1),
  depth: 1 + parts.reduce((most, part) => Math.max(most, part.depth), 0),
  digest: leafDigest([primitive, ...parts.map((part) => part.digest), ...(axis === undefined ? [] : [{ over: axis }])]),
  span
})

/** A quantity per step as one number: its mean over the steps. */
export const averaged = (expression: Expression): Expression =>
  expression.type.kind === "tensor" ? apply("mean", [expression], scalar, expression.unit, expression.span) : expression

// ---- functions -------------------------------------------------------------------------------------------------

/** Functions of the expression language. */
export const functions: ReadonlyArray<string> = Primitives.primitives.map((one) => one.name)

const namesOf = (of: Primitives.Quantity["of"]): ReadonlyArray<string> =>
  Primitives.quantitiesOf(of).map((one) => one.name)

/** Quantities of an agent. */
export const quantities = namesOf("agent")

/** Quantities of a protocol. */
export const protocolQuantities = namesOf("protocol")

/** Quantities of an instructor. */
export const instructorQuantities = namesOf("instructor")

/** Quantities of an environment. */
export const environmentQuantities = namesOf("environment")

/** The unit of a function's result from those of its operands. */
const unitOfResult = (rule: Primitives.UnitRule, unit: string): string => {
  switch (rule) {
    case "same":
      return unit
    case "plain":
      return "any"
    case "nats":
      return "nats"
    case "root":
      return Units.power(unit, 0.5)
    case "square":
      return Units.power(unit, 2)
    case "product":
      return unit
  }
}

const kindWord = (kind: Kind): string =>
  kind.kind === "scalar" ? "one number" : kind.kind === "tensor" ? "a value per step" : "a distribution"

// ---- scope -----------------------------------------------------------------------------------------------------

/** An agent as expressions speak about it. */
export interface ScopedAgent {
  /** Width of the latent, undefined where the agent is faulty. */
  readonly latent: number | undefined
  /** The protocols by which it hears. */
  readonly hears: ReadonlyArray<string>
  /** Whether it sees what another agent says, and an instructor's advice; of a faulty agent nothing is held against it. */
  readonly messages: boolean
  readonly advice: boolean
  readonly speaks: boolean
  readonly choices: number
  /** Tokens that it may say, silence among them; 0 where it says none. */
  readonly tokens: number
  /** Symbols of the protocol that it speaks by, silence among them. */
  readonly symbols: number
}

/** What expressions may speak about. A declared name that is itself faulty is known, and using it is no second fault. */
export interface Scope {
  /** Agents by name. */
  readonly agents: ReadonlyMap<string, ScopedAgent>
  /** Names of the environments. */
  readonly environments: ReadonlySet<string>
  readonly terms: ReadonlyMap<string, Ast.Term>
  readonly defines: ReadonlyMap<string, Ast.Define>
  /** Protocols, mappers and instructors; `module` is undefined where one is faulty. */
  readonly parts: ReadonlyMap<string, { readonly syntax: Part; readonly module: Module | undefined }>
  /** Other declared names and what they are, in a word. */
  readonly others: ReadonlyMap<string, string>
  readonly libraries: ReadonlySet<string>
  /** Functions of the libraries that are written in the language, whether used or not. */
  readonly library: LibraryFunctions
  /** Modules of the user's own by their names in the file; undefined where one may not or cannot be used. */
  readonly code: ScopedModules
}

/** Types the expressions of one file. */
export interface Typing {
  /** The typed expression, or undefined after a finding. */
  readonly expression: (syntax: Ast.Expression) => Expression | undefined
  /** The summands of an objective, or undefined after a finding. */
  readonly summands: (syntax: Ast.Expression) => ReadonlyArray<Expression> | undefined
  /** A named term, typed once; undefined where it is faulty. */
  readonly term: (name: string) => Term | undefined
  /** Looks at a definition, so that the faults of one that is not used are found. */
  readonly definition: (define: Ast.Define) => void
  /** What `work` gives, and the definitions that it used. */
  readonly calling: <A>(work: () => A) => { readonly result: A; readonly called: ReadonlySet<string> }
}

/** Parameters of the definition that is being written out. */
type Bound = ReadonlyMap<string, Expression | Player | undefined>

/** An agent or an instructor in the place of a parameter. */
interface Player {
  readonly _tag: "Player"
  readonly name: Ast.Name
}

class TooLarge extends Error {}

/** A typing for the names of a file. */
export const make = (outside: Report, scope: Scope): Typing => {
  const at = (span: Span): Span => standing ?? span
  const report: Report = {
    ...outside,
    error: (code, span, cause, fix, details = {}) =>
      outside.error(code, at(span), cause, fix, standing === undefined ? details : {}),
    warning: (code, span, cause, fix, details = {}) =>
      outside.warning(code, at(span), cause, fix, standing === undefined ? details : {})
  }
  const terms = new Map<string, Term | undefined>()
  const openTerms: Array<string> = []
  const openDefines: Array<string> = []
  let called = new Set<string>()
  const missing = new Set<string>()
  let nodes = 0
  let level = 0
  /** The call of a library whose inside is being read. */
  let standing: Span | undefined
  /** The one place that may be a learned weight. */
  let learnable: Ast.Expression | undefined

  const wrongKind = (what: string, kind: Kind, wanted: string, span: Span, fix: string): undefined => {
    report.error("BICA4001", span, `${what} is ${kindWord(kind)}, and ${wanted}.`, fix)
    return undefined
  }

  /** Numbers and values per step may be computed with; distributions may not. */
  const value = (expression: Expression | undefined, by: string): Expression | undefined => {
    if (expression === undefined) return undefined
    if (expression.type.kind !== "categorical") return expression
    return wrongKind(
      "This",
      expression.type,
      `${by} takes numbers`,
      expression.span,
      "Take its `entropy(…)`, or a `kl(… || …)` to another one."
    )
  }

  /** Two values with the same rows: one row for each copy, or for each step, is repeated along the other axis. */
  const aligned = (a: Expression, b: Expression, span: Span): readonly [Expression, Expression] | undefined => {
    if (a.type.kind !== "tensor" || b.type.kind !== "tensor") return [a, b]
    const [left, right] = [rowsOf(a.type).per, rowsOf(b.type).per]
    if (sameRows(rowsOf(a.type), rowsOf(b.type)) || left === "batch" || right === "batch") return [a, b]
    const spread = (of: Expression): Expression => {
      const { type } = of
      if (type.kind !== "tensor" || (rowsOf(type).per !== "env" && rowsOf(type).per !== "time")) return of
      const primitive = rowsOf(type).per === "env" ? "every_step" : "every_copy"
      return apply(primitive, [of], tensorOf(type.width, type.axis, steps), of.unit, of.span)
    }
    const spreadable = (per: Rows["per"]): boolean => per === "step" || per === "env" || per === "time"
    if (spreadable(left) && spreadable(right)) return [spread(a), spread(b)]
    differentRows(a, b, span, "Take the `mean(…)` of both.")
    return undefined
  }

  const joined = (a: Expression, b: Expression, span: Span): Kind | undefined => {
    if (a.type.kind !== "tensor") return b.type
    if (b.type.kind !== "tensor") return a.type
    const rows = rowsOf(a.type).per === "batch" ? rowsOf(b.type) : rowsOf(a.type)
    const [left, right] = [a.type.axis, b.type.axis]
    if (a.type.width === b.type.width && left !== undefined && right !== undefined && left !== right) {
      report.error(
        "BICA4010",
        span,
        `The components of the left side are its ${left}, and those of the right side its ${right}.`,
        "Compare components of one kind.",
        {
          labels: [
            { span: a.span, text: `one for each ${left}` },
            { span: b.span, text: `one for each ${right}` }
          ]
        }
      )
      return undefined
    }
    if (a.type.width === b.type.width || b.type.width === 1) return tensorOf(a.type.width, left, rows)
    if (a.type.width === 1) return tensorOf(b.type.width, right, rows)
    return widthsDiffer(a, b, span)
  }

  const widthsDiffer = (
    a: Expression,
    b: Expression,
    span: Span,
    fix = "Bring both to one width, for example with networks of the same width."
  ): undefined => {
    const [left, right] = [a, b].map((one) => (one.type.kind === "tensor" ? one.type.width : 1))
    report.error("BICA4007", span, `The left side has ${left} values per step and the right side ${right}.`, fix, {
      labels: [
        { span: a.span, text: `${left} per step` },
        { span: b.span, text: `${right} per step` }
      ]
    })
    return undefined
  }

  const differentRows = (a: Expression, b: Expression, span: Span, fix: string): void => {
    report.error(
      "BICA4002",
      span,
      `The left side is ${rowsWord(rowsOf(a.type))}, and the right side ${rowsWord(rowsOf(b.type))}.`,
      fix,
      {
        labels: [
          { span: a.span, text: rowsWord(rowsOf(a.type)) },
          { span: b.span, text: rowsWord(rowsOf(b.type)) }
        ]
      }
    )
  }

  const commonUnit = (a: Expression, b: Expression, span: Span): string | undefined => {
    const unit = Units.common(a.unit, b.unit)
    if (unit === undefined) {
      report.error(
        "BICA4003",
        span,
        `${capital(Units.word(a.unit))} and ${Units.word(b.unit)} do not go together.`,
        "Bring both sides to one unit.",
        {
          labels: [
            { span: a.span, text: Units.word(a.unit) },
            { span: b.span, text: Units.word(b.unit) }
          ]
        }
      )
    }
    return unit
  }

  const isZero = (expression: Expression): boolean => expression._tag === "Number" && expression.value === 0

  const binary = (
    primitive: Primitive,
    left: Expression | undefined,
    right: Expression | undefined,
    span: Span
  ): Expression | undefined => {
    const x = value(left, "arithmetic")
    const y = value(right, "arithmetic")
    if (x === undefined || y === undefined) return undefined
    const both = aligned(x, y, span)
    if (both === undefined) return undefined
    const [a, b] = both
    const type = joined(a, b, span)
    if (type === undefined) return undefined
    if (primitive === "multiply" || primitive === "divide") {
      const unit = primitive === "multiply" ? Units.product(a.unit, b.unit) : Units.quotient(a.unit, b.unit)
      const nothing = isZero(a) || (primitive === "multiply" && isZero(b))
      return nothing ? apply(primitive, [a, b], type, unit, span, nobody) : apply(primitive, [a, b], type, unit, span)
    }
    const unit = commonUnit(a, b, span)
    if (unit === undefined) return undefined
    return comparisons.has(primitive)
      ? apply(primitive, [a, b], type, "any", span, nobody)
      : apply(primitive, [a, b], type, unit, span)
  }

  const negate = (operand: Expression | undefined, span: Span): Expression | undefined => {
    const inner = value(operand, "`-`")
    if (inner === undefined) return undefined
    return inner._tag === "Number"
      ? number(-inner.value, inner.unit, span)
      : apply("negate", [inner], inner.type, inner.unit, span)
  }

  const outOfPlace = (span: Span, cause: string, fix: string): undefined => {
    report.error("BICA4006", span, cause, fix)
    return undefined
  }

  const unknown = (name: Ast.Name, known: ReadonlyArray<string>, what: string): undefined => {
    const meant = report.nearest(name.text, known)
    report.error(
      "BICA2001",
      name.span,
      `${what} \`${name.text}\`.`,
      meant === undefined
        ? `Known here: ${list(
            known.map((one) => `\`${one}\``),
            "and"
          )}.`
        : `Did you mean \`${meant}\`?`,
      { replacement: meant }
    )
    return undefined
  }

  // ---- variables -------------------------------------------------------------------------------

  const variable = (path: Ast.Path, bound: Bound): Expression | undefined => {
    const [first, second, third] = path.parts
    if (first === undefined) return undefined
    const name = first.text
    if (second === undefined) {
      if (bound.has(name)) {
        const given = bound.get(name)
        if (given?._tag === "Player") {
          return outOfPlace(
            path.span,
            `\`${name}\` stands for an agent, not for a quantity.`,
            `Name one of its quantities: \`${name}.policy\`.`
          )
        }
        return given === undefined ? undefined : { ...given, span: path.span }
      }
      if (scope.terms.has(name)) {
        const term = named(name, first)
        return term === undefined ? undefined : reference(term, path.span)
      }
      if (scope.agents.has(name)) {
        report.error(
          "BICA4001",
          path.span,
          `\`${name}\` is an agent, not a quantity.`,
          `Name one of its quantities: ${list(quantities.map((one) => `\`${name}.${one}\``))}.`
        )
        return undefined
      }
      const part = scope.parts.get(name)
      if (part !== undefined) {
        const kind = kindOf(part.syntax)
        report.error(
          "BICA4001",
          path.span,
          `\`${name}\` is ${kind === "instructor" ? "an" : "a"} ${kind}, not a quantity.`,
          kind === "mapper"
            ? `Apply it: \`${applied(part.syntax)}\`.`
            : `Name one of its quantities: ${list(quantitiesOf(part.syntax).map((one) => `\`${name}.${one}\``))}.`
        )
        return undefined
      }
      const other = scope.others.get(name)
      if (other !== undefined)
        return outOfPlace(
          path.span,
          `\`${name}\` is ${other}, not a quantity.`,
          "Put a term or a quantity of an agent here."
        )
      return unknown(
        first,
        [...bound.keys(), ...scope.terms.keys(), ...scope.agents.keys(), ...scope.parts.keys()],
        "There is no quantity"
      )
    }
    if (bound.has(name)) {
      const given = bound.get(name)
      if (given === undefined) return undefined
      if (given._tag === "Player") {
        const parts = [{ ...first, text: given.name.text }, ...path.parts.slice(1)]
        return variable({ ...path, parts }, new Map())
      }
    }
    const part = scope.parts.get(name)
    if (part !== undefined) return ofModule(name, part, path)
    if (scope.environments.has(name)) return ofEnvironment(name, path)
    const agent = scope.agents.get(name)
    if (agent === undefined) {
      if (scope.terms.has(name) || scope.others.has(name) || bound.has(name)) {
        return outOfPlace(
          path.span,
          `\`${name}\` has no parts.`,
          `Write \`${name}\` alone, or name a quantity of an agent.`
        )
      }
      return unknown(
        first,
        [...scope.agents.keys(), ...scope.parts.keys()],
        scope.parts.size === 0 ? "There is no agent" : "There is no agent or module"
      )
    }
    if (third !== undefined)
      return outOfPlace(path.span, `\`${pathText(path)}\` has too many parts.`, `Write \`${name}.${second.text}\`.`)
    const quantity = Primitives.quantitiesOf("agent").find((one) => one.name === second.text)
    if (quantity === undefined) return unknown(second, quantitiesOfAgent(agent), "An agent has no quantity")
    if (agent.latent === undefined) return undefined
    if (quantity.speaks === true && !agent.speaks) {
      const spoken = [...scope.parts].find(
        ([, one]) => one.module?._tag === "Protocol" && one.module.agent === name
      )?.[0]
      return outOfPlace(
        path.span,
        `\`${name}\` acts, and \`${second.text}\` is of an agent whose role is to speak.`,
        spoken === undefined
          ? `Name ${list(quantitiesOfAgent(agent).map((one) => `\`${name}.${one}\``))}.`
          : `What it says is \`${spoken}.message\`.`
      )
    }
    return leaf(
      name,
      quantity.name,
      kindOfQuantity(quantity.shape, name, agent),
      quantity.trains ? learnsWith(name) : nobody,
      path.span,
      quantity.unit
    )
  }

  /** The kind of an agent's quantity. */
  const kindOfQuantity = (shape: Primitives.QuantityShape, name: string, agent: ScopedAgent): Kind => {
    switch (shape) {
      case "policy":
        return {
          kind: "categorical",
          over: { what: `the choices of ${name}`, size: agent.choices, chain: agent.speaks, axis: "choice" }
        }
      case "intent":
        return {
          kind: "categorical",
          over: { what: `the intents of ${name}`, size: agent.choices, chain: false, axis: "choice" }
        }
      case "token":
        return {
          kind: "categorical",
          over: { what: `the tokens of ${name}`, size: agent.tokens, chain: false, axis: "token" }
        }
      case "latent":
        return tensorOf(agent.latent ?? 1, "latent", steps)
      case "choice":
        return tensorOf(agent.choices, "choice", steps)
      case "said":
        return tensorOf(agent.tokens, "token", steps)
      default:
        return tensorOf(1, undefined, steps)
    }
  }

  const quantitiesOfAgent = (agent: ScopedAgent): ReadonlyArray<string> =>
    Primitives.quantitiesOf("agent").flatMap((one) => (one.speaks === true && !agent.speaks ? [] : [one.name]))

  /** What a team earns in an environment. Its name means nothing. */
  const ofEnvironment = (name: string, path: Ast.Path): Expression | undefined => {
    const [, second, third] = path.parts
    if (second === undefined) return undefined
    if (third !== undefined)
      return outOfPlace(path.span, `\`${pathText(path)}\` has too many parts.`, `Write \`${name}.${second.text}\`.`)
    const quantity = Primitives.quantitiesOf("environment").find((one) => one.name === second.text)
    if (quantity === undefined) return unknown(second, environmentQuantities, "An environment has no quantity")
    return {
      ...leaf(name, quantity.name, tensorOf(1, undefined, steps), nobody, path.span, quantity.unit),
      reads: nobody,
      digest: leafDigest({ earned: quantity.name })
    }
  }

  const leaf = (
    name: string,
    quantity: QuantityName,
    type: Kind,
    trains: ReadonlyArray<string>,
    span: Span,
    unit = "any"
  ): Expression => ({
    _tag: "Quantity",
    agent: name,
    quantity,
    type,
    unit,
    trains,
    reads: [name],
    size: 1,
    depth: 1,
    digest: leafDigest({ quantity: [name, quantity] }),
    span
  })

  /** An agent, and the protocols by which it hears: what it makes of a message trains who makes the message (Foerster et al. 2016). */
  const learnsWith = (agent: string): ReadonlyArray<string> => {
    const hears = scope.agents.get(agent)?.hears ?? nobody
    return hears.length === 0 ? [agent] : [agent, ...hears].sort()
  }

  /** A quantity of a module. */
  const ofModule = (
    name: string,
    part: { readonly syntax: Part; readonly module: Module | undefined },
    path: Ast.Path
  ): Expression | undefined => {
    const [, second, third] = path.parts
    if (second === undefined) return undefined
    const kind = kindOf(part.syntax)
    if (part.syntax._tag === "Mapper") {
      return outOfPlace(
        path.span,
        `\`${name}\` is a mapper, which has no quantities of its own.`,
        `Apply it: \`${applied(part.syntax)}\`.`
      )
    }
    const known = quantitiesOf(part.syntax)
    if (third !== undefined)
      return outOfPlace(path.span, `\`${pathText(path)}\` has too many parts.`, `Write \`${name}.${second.text}\`.`)
    const quantity = Primitives.quantitiesOf(kind === "protocol" ? "protocol" : "instructor").find(
      (one) => one.name === second.text
    )
    if (quantity === undefined)
      return unknown(
        second,
        known,
        kind === "protocol" ? "A protocol has no quantity" : "An instructor has no quantity"
      )
    if (part.module === undefined) return undefined
    const type: Kind =
      quantity.shape === "symbol"
        ? { kind: "categorical", over: symbolsOf(name), rows: { per: "minibatch", protocol: name } }
        : quantity.shape === "code"
          ? { kind: "categorical", over: codesOf(name) }
          : quantity.shape === "advice"
            ? {
                kind: "categorical",
                over: { what: `the advice of ${name}`, size: adviceOf(part.module), chain: false, axis: "advice" }
              }
            : quantity.shape === "choice"
              ? tensorOf(adviceOf(part.module), "advice", steps)
              : tensorOf(1, undefined, steps)
    return leaf(name, quantity.name, type, quantity.trains ? [name] : nobody, path.span, quantity.unit)
  }

  /** How many things an instructor may give, silence among them. */
  const adviceOf = (module: Module): number => (module._tag === "Instructor" ? module.gives.length : 2)

  const codesOf = (name: string): Support => {
    const module = scope.parts.get(name)?.module
    const size = module?._tag === "Protocol" ? module.method.parts[0]?.value : undefined
    return { what: `the codes of ${name}`, size: typeof size === "number" ? size : 1, chain: false, axis: "code" }
  }

  const symbolsOf = (name: string): Support => {
    const module = scope.parts.get(name)?.module
    const speaker = module?._tag === "Protocol" ? scope.agents.get(module.agent) : undefined
    return { what: `the symbols of ${name}`, size: speaker?.symbols ?? 1, chain: false, axis: "symbol" }
  }

  /** `codes.message given codes.code`. */
  const conditional = (syntax: Extract<Ast.Expression, { readonly _tag: "Given" }>): Expression | undefined => {
    const side = (of: Ast.Expression, wanted: string): string | undefined => {
      if (of._tag !== "Variable" || of.path.parts.length !== 2) return undefined
      const [owner, quantity] = of.path.parts
      const part = owner === undefined ? undefined : scope.parts.get(owner.text)
      return part?.syntax._tag === "Protocol" && quantity?.text === wanted ? owner?.text : undefined
    }
    const left = side(syntax.left, "message")
    const right = side(syntax.right, "code")
    if (left === undefined || left !== right) {
      // a name that is not there is a fault of its own
      for (const one of [syntax.left, syntax.right]) {
        if (one._tag === "Variable" && variable(one.path, new Map()) === undefined) return undefined
      }
      const protocol = [...scope.parts].find(([, part]) => part.syntax._tag === "Protocol")?.[0]
      report.error(
        "BICA9008",
        syntax.span,
        "This version of bica knows one conditional distribution, a protocol's message given its code.",
        protocol === undefined ? "Leave the term out for now." : `Write \`${protocol}.message given ${protocol}.code\`.`
      )
      return undefined
    }
    if (scope.parts.get(left)?.module === undefined) return undefined
    return leaf(
      left,
      "message_given_code",
      { kind: "categorical", over: symbolsOf(left), rows: { per: "code", protocol: left } },
      [left],
      syntax.span
    )
  }

  /** `bridge(human.latent)`. */
  const mapped = (
    name: string,
    part: { readonly syntax: Ast.Mapper; readonly module: Module | undefined },
    syntax: Apply,
    bound: Bound
  ): Expression | undefined => {
    const [x] = syntax.arguments
    if (!arity(syntax, 1, applied(part.syntax)) || x === undefined) return undefined
    const inner = walk(x, bound)
    if (inner === undefined || part.module?._tag !== "Mapper") return undefined
    const { from, to } = part.module
    let bare = inner
    while (bare._tag === "Term" || (bare._tag === "Apply" && bare.primitive === "stop_gradient")) {
      const next = bare._tag === "Term" ? bare.expression : bare.arguments[0]
      if (next === undefined) break
      bare = next
    }
    if (bare._tag !== "Quantity" || bare.quantity !== "latent" || bare.agent !== from) {
      report.error(
        "BICA4001",
        inner.span,
        bare._tag === "Quantity" && bare.quantity === "latent"
          ? `\`${name}\` maps the latent of \`${from}\`, and this is the latent of \`${bare.agent}\`.`
          : `\`${name}\` maps the latent of \`${from}\`, and this is something else.`,
        `Write \`${applied(part.syntax)}\`.`
      )
      return undefined
    }
    const width = scope.agents.get(to)?.latent
    if (width === undefined) return undefined
    return {
      _tag: "Mapped",
      mapper: name,
      argument: inner,
      type: tensorOf(width, "latent", steps),
      unit: "any",
      trains: [...new Set([name, ...inner.trains])].sort(),
      reads: [...new Set([name, ...inner.reads])].sort(),
      size: 1 + inner.size,
      depth: 1 + inner.depth,
      digest: leafDigest({ mapped: name, argument: inner.digest }),
      span: syntax.span
    }
  }

  /** Two values over the steps as the arguments of a distance between their distributions. */
  const samples = (one: Primitives.Primitive, widths: "equal" | "any", syntax: Apply, bound: Bound) => {
    const primitive = one.name
    const [x, y] = syntax.arguments
    if (!arity(syntax, 2, one.form) || x === undefined || y === undefined) return undefined
    const sides: Array<Expression> = []
    for (const argument of [x, y]) {
      const side = walk(argument, bound)
      if (side === undefined) continue
      if (side.type.kind !== "tensor") {
        wrongKind(
          "This",
          side.type,
          `\`${primitive}\` compares values over the steps`,
          side.span,
          "Name a `latent`, or the image of one under a mapper."
        )
      } else if (rowsOf(side.type).per !== "step") {
        report.error(
          "BICA4002",
          side.span,
          `This is ${rowsWord(rowsOf(side.type))}, and \`${primitive}\` compares values over the steps.`,
          "Name a `latent`, or the image of one under a mapper."
        )
      } else sides.push(side)
    }
    const [a, b] = sides
    if (a === undefined || b === undefined || a.type.kind !== "tensor" || b.type.kind !== "tensor") return undefined
    if (widths === "equal" && a.type.width !== b.type.width)
      return widthsDiffer(a, b, syntax.span, "Bring both to one width, for example with a mapper.")
    if (widths === "any") return apply(primitive, [a, b], scalar, "any", syntax.span)
    const unit = commonUnit(a, b, syntax.span)
    return unit === undefined
      ? undefined
      : apply(
          primitive,
          [a, b],
          scalar,
          unitOfResult(one.unit, unit),
          syntax.span,
          a.digest === b.digest ? nobody : union([a, b], "trains")
        )
  }

  /** Whether the library of a function is used; forgetting it is one mistake, however often the function is called. */
  const uses = (library: string, syntax: Apply): boolean => {
    if (scope.libraries.has(library)) return true
    if (!missing.has(library)) {
      report.error(
        "BICA2013",
        syntax.callee.span,
        `\`${pathText(syntax.callee)}\` belongs to the library ${library}.`,
        `Add \`use ${library}\` at the top of the file.`
      )
    }
    missing.add(library)
    return false
  }

  const reference = (term: Term, span: Span): Expression => {
    const { depth, digest: meaning, reads, size, trains, type, unit } = term.expression
    return {
      _tag: "Term",
      name: term.name,
      expression: term.expression,
      depth,
      digest: meaning,
      reads,
      size,
      trains,
      type,
      unit,
      span
    }
  }

  const named = (name: string, at: Ast.Name): Term | undefined => {
    if (terms.has(name)) return terms.get(name)
    const syntax = scope.terms.get(name)
    if (syntax === undefined) return undefined
    if (openTerms.includes(name)) {
      const circle = [...openTerms.slice(openTerms.indexOf(name)), name]
      report.error(
        "BICA4005",
        at.span,
        `\`${name}\` is defined by itself: ${circle.join(" -> ")}.`,
        "Let one of them stand on quantities of agents only."
      )
      return undefined
    }
    openTerms.push(name)
    const expression = whole(syntax.expression)
    openTerms.pop()
    const term =
      expression === undefined || expression.type.kind === "categorical"
        ? undefined
        : { name, span: syntax.span, expression, syntax: syntax.expression }
    if (expression?.type.kind === "categorical") {
      wrongKind(
        `The term \`${name}\``,
        expression.type,
        "a term is a number",
        syntax.expression.span,
        "Take its `entropy(…)`, or a `kl(… || …)` to another one."
      )
    }
    terms.set(name, term)
    return term
  }

  // ---- functions -------------------------------------------------------------------------------

  const arity = (syntax: Apply, count: number, form: string): boolean => {
    if (syntax.arguments.length === count && syntax.named.length === 0) return true
    report.error(
      "BICA3006",
      syntax.span,
      `\`${pathText(syntax.callee)}\` takes ${count} argument${count === 1 ? "" : "s"}.`,
      `Write \`${form}\`.`
    )
    return false
  }

  /** Reports a chain of choices where one choice is wanted. */
  const chained = (name: string, p: Expression): undefined => {
    const owner = p._tag === "Quantity" ? p.agent : undefined
    report.error(
      "BICA4001",
      p.span,
      `This is a chain of intent and token, and \`${name}\` is of one choice.`,
      owner === undefined ? "Name an `intent` or a `message`." : `Name \`${owner}.intent\` or \`${owner}.message\`.`
    )
    return undefined
  }

  const divergence = (
    one: Primitives.Primitive,
    chain: boolean,
    syntax: Apply,
    bound: Bound
  ): Expression | undefined => {
    const { name } = one
    const [only] = syntax.arguments
    if (only === undefined || only._tag !== "Divergence" || syntax.arguments.length > 1 || syntax.named.length > 0) {
      return outOfPlace(syntax.span, `\`${name}\` compares two distributions.`, `Write \`${one.form}\`.`)
    }
    const p = walk(only.left, bound)
    const q = walk(only.right, bound)
    if (p === undefined || q === undefined) return undefined
    for (const side of [p, q]) {
      if (side.type.kind !== "categorical")
        return wrongKind(
          "This",
          side.type,
          `\`${name}\` compares distributions`,
          side.span,
          "Name a `policy` or a `prior`."
        )
      if (!chain && side.type.over.chain) return chained(name, side)
    }
    if (p.type.kind !== "categorical" || q.type.kind !== "categorical") return undefined
    const [over, other] = [p.type.over, q.type.over]
    if (over.what !== other.what) {
      const [a, b] = [p, q].map((side) => (side._tag === "Quantity" ? side : undefined))
      const roles = a !== undefined && b !== undefined && scope.agents.has(a.agent) && scope.agents.has(b.agent)
      const ofProtocol = a !== undefined && b !== undefined && a.agent === b.agent && scope.parts.has(a.agent)
      report.error(
        "BICA4002",
        only.span,
        roles && a.agent !== b.agent
          ? `\`${a.agent}.${a.quantity}\` and \`${b.agent}.${b.quantity}\` are over different things: the choices of different roles.`
          : ofProtocol
            ? "The two sides are over different things: codes and symbols."
            : `The two sides are over different things: ${over.what} and ${other.what}.`,
        roles && a.agent !== b.agent
          ? `Compare \`${a.agent}.policy\` with \`${a.agent}.prior\`.`
          : ofProtocol
            ? "Compare `message given code` with `message`."
            : "Compare distributions over the same things.",
        {
          labels: [
            { span: p.span, text: ofProtocol ? `over ${over.axis}s` : `over ${over.what}` },
            { span: q.span, text: ofProtocol ? `over ${other.axis}s` : `over ${other.what}` }
          ]
        }
      )
      return undefined
    }
    const [left, right] = [rowsOf(p.type), rowsOf(q.type)]
    // the one row of the marginal goes with the row of each code: their mean is the mutual information
    const information =
      left.per === "code" && right.per === "minibatch" && "protocol" in right && left.protocol === right.protocol
    if (!information && !sameRows(left, right)) {
      differentRows(p, q, only.span, "Write the conditional distribution on the left.")
      return undefined
    }
    // a divergence of a distribution from itself is 0 whatever the parameters are; a cross-entropy is its entropy then
    const same = name !== "cross_entropy" && p.digest === q.digest
    return apply(name, [p, q], perRow(p.type), "nats", syntax.span, same ? nobody : union([p, q], "trains"))
  }

  const ppo = (syntax: Apply, bound: Bound): Expression | undefined => {
    const [first, ...rest] = syntax.arguments
    if (first === undefined) {
      report.error("BICA3006", syntax.span, "`ppo` needs the agent that it trains.", "Write `ppo(agent)`.")
      return undefined
    }
    if (first._tag !== "Variable" || first.path.parts.length !== 1) {
      report.error("BICA3001", first.span, "`ppo` takes an agent first.", "Name an agent.")
      return undefined
    }
    const written = first.path.parts[0]
    if (written === undefined) return undefined
    const stands = bound.get(written.text)
    const name = stands?._tag === "Player" ? { ...written, text: stands.name.text } : written
    const agent = scope.agents.get(name.text)
    const part = scope.parts.get(name.text)
    if (part !== undefined && part.syntax._tag !== "Instructor") {
      const listener = [...scope.agents].find(([, one]) => one.hears.includes(name.text))?.[0]
      report.error(
        "BICA3001",
        first.span,
        `\`${name.text}\` is a ${kindOf(part.syntax)}, which chooses nothing that \`ppo\` could reward.`,
        part.syntax._tag === "Mapper"
          ? `A mapper learns from terms that apply it: \`${applied(part.syntax)}\`.`
          : `A protocol learns from the agent that hears it: \`ppo(${listener ?? "agent"})\`.`
      )
      return undefined
    }
    if (agent === undefined && part === undefined) return unknown(name, [...scope.agents.keys()], "There is no agent")
    const values: Array<GivenArgument> = []
    for (const argument of rest) {
      const literal = argument._tag === "Negate" ? argument.operand : argument
      if (literal._tag !== "Literal") {
        report.error(
          "BICA3001",
          argument.span,
          "The options of `ppo` are numbers.",
          "Write a number, such as `clip 0.2`."
        )
        return undefined
      }
      const sign = argument._tag === "Negate" ? -1 : 1
      const quantity = {
        ...literal.quantity,
        value: sign * literal.quantity.value,
        text: `${sign < 0 ? "-" : ""}${literal.quantity.text}`
      }
      values.push({ name: undefined, value: { _tag: "Number", quantity, span: argument.span }, span: argument.span })
    }
    const settings = resolveArguments(report, "`ppo`", Modules.ppo, [...values, ...syntax.named], syntax.span)
    if (settings === undefined) return undefined
    if (agent === undefined ? part?.module === undefined : agent.latent === undefined) return undefined
    return surrogate(name.text, settings, syntax.span)
  }

  const surrogate = (agent: string, settings: ReadonlyArray<Setting>, span: Span): Expression => ({
    _tag: "Ppo",
    agent,
    settings,
    type: scalar,
    unit: "any",
    trains: learnsWith(agent),
    reads: [agent],
    size: 1,
    depth: 1,
    digest: leafDigest({ ppo: agent, settings: settingsMeaning(settings) }),
    span
  })

  const definition = (define: Ast.Define, syntax: Apply, bound: Bound): Expression | undefined => {
    const name = define.name.text
    if (openDefines.includes(name)) {
      const circle = [...openDefines.slice(openDefines.indexOf(name)), name]
      report.error(
        "BICA4005",
        syntax.callee.span,
        `\`${name}\` is defined by itself: ${circle.join(" -> ")}.`,
        "Write the definition without itself."
      )
      return undefined
    }
    const wanted = define.parameters
    if (syntax.arguments.length !== wanted.length || syntax.named.length > 0) {
      report.error(
        "BICA3006",
        syntax.span,
        `\`${name}\` takes ${wanted.length} argument${wanted.length === 1 ? "" : "s"}.`,
        `Write \`${name}(${wanted.map((one) => one.name.text).join(", ")})\`.`,
        { labels: [{ span: define.name.span, text: "defined here" }] }
      )
      return undefined
    }
    const values = new Map<string, Expression | Player | undefined>()
    let sound = true
    for (const [i, parameter] of wanted.entries()) {
      const argument = syntax.arguments[i]
      if (parameter.kind.text === "agent") {
        const given = argument === undefined ? undefined : player(name, argument, bound)
        values.set(parameter.name.text, given)
        if (given === undefined) sound = false
        continue
      }
      const expression = argument === undefined ? undefined : walk(argument, bound)
      values.set(parameter.name.text, expression)
      if (expression === undefined) sound = false
      else if (!fits(parameter.kind.text, expression.type)) {
        sound = false
        wrongKind(
          "This",
          expression.type,
          `\`${name}\` takes a ${parameter.kind.text} there`,
          expression.span,
          `Give a ${parameter.kind.text}.`
        )
      }
    }
    called.add(name)
    if (!sound) return undefined
    openDefines.push(name)
    const outside = standing
    // what is wrong inside a library is shown where the library is called
    if (scope.library.has(name)) standing ??= syntax.span
    const result = walk(define.expression, values)
    standing = outside
    openDefines.pop()
    return result === undefined ? undefined : { ...result, span: syntax.span }
  }

  /** An agent or an instructor as an argument. */
  const player = (of: string, argument: Ast.Expression, bound: Bound): Player | undefined => {
    const first = argument._tag === "Variable" && argument.path.parts.length === 1 ? argument.path.parts[0] : undefined
    const passed = first === undefined ? undefined : bound.get(first.text)
    if (passed?._tag === "Player") return passed
    if (first === undefined) {
      report.error("BICA3001", argument.span, `\`${of}\` takes an agent there.`, "Name an agent.")
      return undefined
    }
    const instructor = scope.parts.get(first.text)?.syntax._tag === "Instructor"
    if (!instructor && !scope.agents.has(first.text))
      return unknown(first, [...scope.agents.keys()], "There is no agent")
    return { _tag: "Player", name: first }
  }

  const application = (syntax: Apply, bound: Bound): Expression | undefined => {
    const first = syntax.callee.parts[0]
    if (first === undefined) return undefined
    const name = pathText(syntax.callee)
    const part = scope.parts.get(name)
    if (part !== undefined) {
      const { module, syntax: written } = part
      if (written._tag === "Mapper") return mapped(name, { syntax: written, module }, syntax, bound)
      report.error(
        "BICA4001",
        syntax.callee.span,
        `\`${name}\` is ${written._tag === "Instructor" ? "an instructor" : "a protocol"}, and only a mapper can be applied.`,
        `Name one of its quantities: ${list(quantitiesOf(written).map((one) => `\`${name}.${one}\``))}.`
      )
      return undefined
    }
    if (standing === undefined && scope.code.has(first.text)) {
      const code = scope.code.get(first.text)
      return code === undefined ? undefined : coded(first.text, code, syntax, bound)
    }
    const define = scope.defines.get(name)
    if (define !== undefined) return definition(define, syntax, bound)
    const library = scope.library.get(name)
    if (library !== undefined && standing === undefined && !uses(library.library, syntax)) return undefined
    if (library !== undefined) return definition(library.define, syntax, bound)
    const one = Primitives.primitive(name)
    if (one !== undefined) {
      // a library may use another one without naming it
      if (one.library !== undefined && standing === undefined && !uses(one.library, syntax)) return undefined
      return primitive(one, syntax, bound)
    }
    const known = [...scope.defines.keys(), ...scope.library.keys(), ...functions]
    const meant = report.nearest(name, known)
    report.error(
      "BICA2010",
      syntax.callee.span,
      `There is no function \`${name}\`.`,
      meant === undefined
        ? `Define it with \`define ${name}(…) = …\`, or use a function of the language.`
        : `Did you mean \`${meant}\`?`,
      { replacement: meant }
    )
    return undefined
  }

  /** A term of a module of the user's own: typed by its declaration, and told apart by the digest of its module. */
  const coded = (alias: string, code: ScopedCode, syntax: Apply, bound: Bound): Expression | undefined => {
    const [, second, third] = syntax.callee.parts
    const term = third === undefined ? code.terms.find((one) => one.name === second?.text) : undefined
    if (second === undefined || term === undefined)
      return unknown(
        second ?? { text: alias, span: syntax.callee.span },
        code.terms.map((one) => one.name),
        `\`${code.path}\` has no term`
      )
    const form = `${alias}.${term.name}(${term.parameters.map((one) => one.name).join(", ")})`
    if (!arity(syntax, term.parameters.length, form)) return undefined
    const values: Array<Expression> = []
    for (const [i, parameter] of term.parameters.entries()) {
      const argument = syntax.arguments[i]
      const given = argument === undefined ? undefined : walk(argument, bound)
      if (given === undefined) return undefined
      if (given.type.kind !== parameter.kind)
        return wrongKind(
          "This",
          given.type,
          `\`${alias}.${term.name}\` takes a ${parameter.kind} there`,
          given.span,
          `Give a ${parameter.kind}.`
        )
      values.push(given)
    }
    const type = term.gives === "scalar" ? scalar : tensorOf(1, undefined, steps)
    const unit = term.unit === "none" ? "any" : term.unit
    return {
      ...apply(`code:${alias}.${term.name}`, values, type, unit, syntax.span),
      digest: leafDigest({ code: code.digest, term: term.name, arguments: values.map((one) => one.digest) })
    }
  }

  /** `paired(x, view)`: x, where the view is of something that an agent in x reads. */
  const paired = (one: Primitives.Primitive, syntax: Apply, bound: Bound): Expression | undefined => {
    const [x, y] = syntax.arguments
    if (!arity(syntax, 2, one.form) || x === undefined || y === undefined) return undefined
    const names = Primitives.views.map((each) => each.name)
    const given = y._tag === "Variable" ? pathText(y.path) : ""
    const view = Primitives.views.find((each) => each.name === given)
    if (view === undefined) {
      const meant = report.nearest(given, names)
      report.error(
        "BICA2009",
        y.span,
        given === "" ? "This is no view." : `There is no view \`${given}\`.`,
        meant === undefined ? `Choose ${list(names.map((name) => `\`${name}\``))}.` : `Did you mean \`${meant}\`?`,
        { replacement: meant }
      )
      return undefined
    }
    const inner = walk(x, bound)
    if (inner === undefined) return undefined
    if (holdsLoss(inner)) {
      report.error(
        "BICA4001",
        inner.span,
        "`ppo` is of what was played, and has no other view.",
        "Name a `policy`, a `latent` or what is made of them."
      )
      return undefined
    }
    const differs = inner.reads.some((name) => scope.agents.get(name)?.[view.takes] === true)
    if (!differs) {
      const what = view.takes === "messages" ? "hears another agent" : "is advised"
      report.error(
        "BICA4006",
        syntax.span,
        `Nobody in this ${what}, so that \`${view.name}\` changes nothing.`,
        view.takes === "messages"
          ? "Name a quantity of an agent that sees another one's `message`."
          : "Name a quantity of an agent that sees an `advice`."
      )
      return undefined
    }
    const spoken = (name: string): boolean =>
      view.takes === "messages" && scope.parts.get(name)?.syntax._tag === "Protocol" && !inner.reads.includes(name)
    const made = apply(
      one.name,
      [inner],
      inner.type,
      inner.unit,
      syntax.span,
      inner.trains.filter((name) => !spoken(name))
    )
    return { ...made, view: view.name, digest: leafDigest([one.name, inner.digest, { view: view.name }]) }
  }

  /** A function of the language, typed by its rule. */
  const primitive = (one: Primitives.Primitive, syntax: Apply, bound: Bound): Expression | undefined => {
    const { name, rule } = one
    const [x, y] = syntax.arguments
    const at = syntax.span
    const numeric = (of: Ast.Expression): Expression | undefined => value(walk(of, bound), `\`${name}\``)
    switch (rule.kind) {
      case "loss":
        return ppo(syntax, bound)
      case "divergence":
        return divergence(one, rule.chain, syntax, bound)
      case "samples":
        return samples(one, rule.widths, syntax, bound)
      case "both":
        return undefined
      case "each": {
        if (!arity(syntax, 1, one.form) || x === undefined) return undefined
        const inner = rule.distributions === true ? walk(x, bound) : numeric(x)
        if (inner === undefined) return undefined
        const trains = rule.gradient ? inner.trains : nobody
        return apply(name, [inner], inner.type, unitOfResult(one.unit, inner.unit), at, trains)
      }
      case "reduce":
        return reduction(one, rule.pair, syntax, bound)
      case "distribution": {
        if (!arity(syntax, 1, one.form) || x === undefined) return undefined
        const p = walk(x, bound)
        if (p === undefined) return undefined
        if (p.type.kind !== "categorical") {
          return wrongKind("This", p.type, `\`${name}\` is of a distribution`, p.span, "Name a `policy` or a `prior`.")
        }
        if (!rule.chain && p.type.over.chain) return chained(name, p)
        return apply(name, [p], rule.rows ? perRow(p.type) : scalar, "nats", at)
      }
      case "scored": {
        if (!arity(syntax, 2, one.form) || x === undefined || y === undefined) return undefined
        const p = walk(x, bound)
        const outcome = numeric(y)
        if (p === undefined || outcome === undefined) return undefined
        if (p.type.kind !== "categorical") {
          return wrongKind("This", p.type, `\`${name}\` is of a distribution`, p.span, "Name a `policy` first.")
        }
        if (p.type.over.chain) return chained(name, p)
        const { over } = p.type
        if (outcome.type.kind !== "tensor" || outcome.type.width !== over.size) {
          const width = outcome.type.kind === "tensor" ? outcome.type.width : 1
          report.error(
            "BICA4007",
            at,
            `\`${name}\` scores one of ${over.size} outcomes, and this has ${width} value${width === 1 ? "" : "s"} per step.`,
            `Give a value with one component for each outcome, such as a \`choice\` or a \`one_hot(…)\`.`,
            {
              labels: [
                { span: p.span, text: `${over.size} outcomes: ${over.what}` },
                { span: outcome.span, text: `${width} per step` }
              ]
            }
          )
          return undefined
        }
        if (!sameRows(rowsOf(p.type), rowsOf(outcome.type))) {
          differentRows(p, outcome, at, "Score what was chosen at the same steps.")
          return undefined
        }
        return apply(name, [p, outcome], perRow(p.type), one.unit === "nats" ? "nats" : "any", at)
      }
      case "rowwise": {
        if (!arity(syntax, rule.operands, one.form) || x === undefined) return undefined
        const a = numeric(x)
        const b = rule.operands === 1 || y === undefined ? a : numeric(y)
        if (a === undefined || b === undefined) return undefined
        for (const side of [a, b]) {
          if (side.type.kind !== "tensor")
            return wrongKind("This", side.type, `\`${name}\` is of values per step`, side.span, "Name a `latent`.")
        }
        if (rule.operands === 1) return apply(name, [a], perRow(a.type), unitOfResult(one.unit, a.unit), at)
        const both = aligned(a, b, at)
        if (both === undefined) return undefined
        const [left, right] = both
        if (left.type.kind !== "tensor" || right.type.kind !== "tensor") return undefined
        if (left.type.width !== right.type.width)
          return widthsDiffer(left, right, at, "Bring both to one width, for example with a mapper.")
        const type = joined(left, right, at)
        if (type === undefined) return undefined
        const unit =
          one.unit === "product"
            ? Units.product(left.unit, right.unit)
            : one.unit === "plain"
              ? "any"
              : commonUnit(left, right, at)
        if (unit === undefined) return undefined
        const result = one.unit === "product" ? unit : unitOfResult(one.unit, unit)
        const nothing = one.unit !== "product" && left.digest === right.digest
        return nothing
          ? apply(name, [left, right], perRow(type), result, at, nobody)
          : apply(name, [left, right], perRow(type), result, at)
      }
      case "shares": {
        if (!arity(syntax, 1, one.form) || x === undefined) return undefined
        const inner = walk(x, bound)
        if (inner === undefined) return undefined
        const trains = rule.gradient ? inner.trains : nobody
        if (inner.type.kind === "categorical") {
          if (inner.type.over.chain) return chained(name, inner)
          const { axis, size } = inner.type.over
          return apply(name, [inner], tensorOf(size, axis, rowsOf(inner.type)), "any", at, trains)
        }
        if (inner.type.kind === "scalar" || inner.type.width === 1) {
          report.error(
            "BICA4001",
            inner.span,
            `\`${name}\` compares components, and this has one.`,
            "Give a distribution or a value with several components, such as a `latent`."
          )
          return undefined
        }
        return apply(name, [inner], inner.type, "any", at, trains)
      }
      case "paired":
        return paired(one, syntax, bound)
      case "time":
        return alongTime(one, rule, syntax, bound)
      case "where": {
        const z = syntax.arguments[2]
        if (!arity(syntax, 3, one.form) || x === undefined || y === undefined || z === undefined) return undefined
        const [condition, then, otherwise] = [numeric(x), numeric(y), numeric(z)]
        if (condition === undefined || then === undefined || otherwise === undefined) return undefined
        const unit = commonUnit(then, otherwise, at)
        const first = aligned(condition, then, at)
        if (unit === undefined || first === undefined) return undefined
        const second = aligned(first[1], otherwise, at)
        const third = second === undefined ? undefined : aligned(first[0], second[0], at)
        if (second === undefined || third === undefined) return undefined
        const [c, a] = third
        const b = second[1]
        const values = joined(a, b, at)
        const type = values === undefined ? undefined : joined(c, apply("add", [a, b], values, unit, at), at)
        return type === undefined ? undefined : apply(name, [c, a, b], type, unit, at, union([a, b], "trains"))
      }
      case "quantile": {
        if (!arity(syntax, 2, one.form) || x === undefined || y === undefined) return undefined
        const inner = numeric(x)
        const share = known(y, bound, { what: "The share of `quantile`", minimum: 0, maximum: 1, integer: false })
        if (inner === undefined || share === undefined) return undefined
        if (inner.type.kind !== "tensor" || inner.type.width !== 1)
          return wrongKind(
            "This",
            inner.type,
            "`quantile` is of one value per step",
            inner.span,
            "Take the `mean(… over …)` of its components, or its `norm(…)`."
          )
        return apply(name, [inner, share], scalar, inner.unit, at, nobody)
      }
      case "limited": {
        const [, low, high] = syntax.arguments
        if (!arity(syntax, 3, one.form) || x === undefined || low === undefined || high === undefined) return undefined
        const inner = numeric(x)
        const ends = [walk(low, bound), walk(high, bound)]
        if (inner === undefined) return undefined
        const numbers: Array<number> = []
        for (const end of ends) {
          if (end === undefined) return undefined
          const constant = constantOf(end)
          if (constant === undefined) {
            report.error("BICA3001", end.span, "The ends of `clip` are numbers.", "Write a number.")
            return undefined
          }
          if (Units.common(inner.unit, end.unit) === undefined) {
            commonUnit(inner, end, end.span)
            return undefined
          }
          numbers.push(constant)
        }
        const [least = 0, most = 0] = numbers
        if (least > most) {
          report.error(
            "BICA3004",
            at,
            `The low end of \`clip\`, ${least}, is above its high end, ${most}.`,
            "Put the smaller number first."
          )
          return undefined
        }
        const limits = [low, high].map((end, i) => number(numbers[i] ?? 0, ends[i]?.unit ?? "any", end.span))
        return apply(name, [inner, ...limits], inner.type, inner.unit, at, inner.trains)
      }
    }
  }

  /** The number that an expression of numbers alone is: `1 - 0.2`; undefined where it is none. */
  const constantOf = (of: Expression): number | undefined => {
    if (of._tag === "Number") return of.value
    if (of._tag === "Term") return constantOf(of.expression)
    if (of._tag !== "Apply" || of.arguments.length > 2) return undefined
    const numbers = of.arguments.map(constantOf)
    const [a, b] = numbers
    if (a === undefined) return undefined
    if (of.primitive === "negate") return -a
    if (b === undefined) return undefined
    switch (of.primitive) {
      case "add":
        return a + b
      case "subtract":
        return a - b
      case "multiply":
        return a * b
      case "divide":
        return a / b
      default:
        return undefined
    }
  }

  /** A number that is known beforehand, within its bounds. */
  const known = (
    of: Ast.Expression,
    bound: Bound,
    wanted: {
      readonly what: string
      readonly minimum: number
      readonly maximum: number
      readonly integer: boolean
      readonly unit?: string
    }
  ): Expression | undefined => {
    const given = walk(of, bound)
    if (given === undefined) return undefined
    const constant = constantOf(given)
    if (constant === undefined) {
      report.error("BICA3001", given.span, `${wanted.what} is a number that is known beforehand.`, "Write a number.")
      return undefined
    }
    if (given.unit !== "any" && given.unit !== "fraction" && given.unit !== wanted.unit) {
      report.error(
        "BICA3002",
        given.span,
        `${wanted.what} is not measured in ${Units.word(given.unit)}.`,
        wanted.unit === undefined ? "Write a plain number." : `Write it in ${wanted.unit}, or as a plain number.`
      )
      return undefined
    }
    if (wanted.integer && !Number.isInteger(constant)) {
      report.error("BICA3007", given.span, `${wanted.what} is a whole number.`, `Write \`${Math.round(constant)}\`.`)
      return undefined
    }
    if (!(constant >= wanted.minimum && constant <= wanted.maximum)) {
      report.error(
        "BICA3003",
        given.span,
        `${wanted.what} lies between ${wanted.minimum} and ${wanted.maximum}.`,
        "Write a number in that range."
      )
      return undefined
    }
    return number(constant, given.unit, given.span)
  }

  /** A value along the steps of an episode. */
  const alongTime = (
    one: Primitives.Primitive,
    rule: Extract<Primitives.Rule, { readonly kind: "time" }>,
    syntax: Apply,
    bound: Bound
  ): Expression | undefined => {
    const [x, y] = syntax.arguments
    if (!arity(syntax, 2, one.form) || x === undefined || y === undefined) return undefined
    const walked = walk(x, bound)
    const inner = rule.distributions ? walked : value(walked, `\`${one.name}\``)
    const amount = known(y, bound, {
      what: `The number of \`${one.form}\``,
      minimum: rule.minimum,
      maximum: rule.maximum,
      integer: rule.integer,
      unit: "steps"
    })
    if (inner === undefined || amount === undefined) return undefined
    if (inner.type.kind === "scalar")
      return wrongKind(
        "This",
        inner.type,
        `\`${one.name}\` goes along the steps`,
        inner.span,
        "Take it before the `mean(…)`: of the value per step."
      )
    if (rowsOf(inner.type).per !== "step") {
      report.error(
        "BICA4002",
        inner.span,
        `This is ${rowsWord(rowsOf(inner.type))}, and \`${one.name}\` goes along the steps.`,
        "Give a value per step."
      )
      return undefined
    }
    const type: Kind =
      rule.keeps === "steps" || inner.type.kind === "categorical"
        ? inner.type
        : tensorOf(inner.type.width, inner.type.axis, { per: "env" })
    return apply(one.name, [inner, amount], type, inner.unit, syntax.span, inner.trains)
  }

  /** The names of a value's axes. */
  const axesOf = (type: Extract<Kind, { readonly kind: "tensor" }>): ReadonlyArray<string> => {
    const rows = rowsOf(type).per
    return [
      ...(rows === "step" || rows === "time" ? ["time"] : []),
      ...(rows === "step" || rows === "env" ? ["env"] : []),
      ...(type.width > 1 && type.axis !== undefined ? [type.axis] : [])
    ]
  }

  /** `mean(x)`, `mean(x over time)`, `min(x, y)`. */
  const reduction = (
    one: Primitives.Primitive,
    pair: string | undefined,
    syntax: Apply,
    bound: Bound
  ): Expression | undefined => {
    const { name } = one
    const [x, y] = syntax.arguments
    if (pair !== undefined && syntax.arguments.length === 2 && x !== undefined && y !== undefined)
      return binary(name, walk(x, bound), walk(y, bound), syntax.span)
    if (!arity(syntax, pair === undefined || syntax.arguments.length < 2 ? 1 : 2, one.form) || x === undefined)
      return undefined
    const of = x._tag === "Over" ? x.operand : x
    const inner = value(walk(of, bound), `\`${name}\``)
    if (inner === undefined) return undefined
    const unit = unitOfResult(one.unit, inner.unit)
    const primitive = pair === undefined ? name : name === "min" ? "least" : "largest"
    if (x._tag !== "Over") return apply(primitive, [inner], scalar, unit, syntax.span)
    const { type } = inner
    const axis = pathText(x.axis)
    const axes = type.kind === "tensor" ? axesOf(type) : []
    if (type.kind !== "tensor" || !axes.includes(axis)) {
      const meant = report.nearest(axis, axes)
      report.error(
        "BICA4009",
        x.axis.span,
        `This has no axis \`${axis}\`.`,
        meant !== undefined
          ? `Did you mean \`${meant}\`?`
          : axes.length === 0
            ? "It is one number: leave `over` out."
            : `It has ${list(
                axes.map((each) => `\`${each}\``),
                "and"
              )}.`,
        { replacement: meant, labels: [{ span: inner.span, text: axes.length === 0 ? "one number" : axes.join(", ") }] }
      )
      return undefined
    }
    const rows = rowsOf(type)
    const along: Axis = axis === "time" || axis === "env" ? axis : "component"
    const left: Kind =
      along === "component"
        ? tensorOf(1, undefined, rows)
        : tensorOf(type.width, type.axis, {
            per: rows.per !== "step" ? "batch" : along === "time" ? "env" : "time"
          })
    const reduced = apply(primitive, [inner], left, unit, syntax.span, inner.trains, along)
    // one value in one row is one number
    return left.kind === "tensor" && left.width === 1 && rowsOf(left).per === "batch"
      ? apply("mean", [reduced], scalar, unit, syntax.span)
      : reduced
  }

  // ---- the walk --------------------------------------------------------------------------------

  const walk = (syntax: Ast.Expression, bound: Bound): Expression | undefined => {
    nodes++
    level++
    if (nodes > largest || level > deepest) throw new TooLarge()
    const expression = step(syntax, bound)
    level--
    return expression === undefined || standing === undefined ? expression : { ...expression, span: standing }
  }

  const step = (syntax: Ast.Expression, bound: Bound): Expression | undefined => {
    switch (syntax._tag) {
      case "Literal": {
        const unit = unitOf(syntax.quantity)
        return number(numberOf(syntax.quantity), unit === undefined || unit === "%" ? "any" : unit, syntax.span)
      }
      case "Variable":
        return variable(syntax.path, bound)
      case "Apply":
        return application(syntax, bound)
      case "Negate":
        return negate(walk(syntax.operand, bound), syntax.span)
      case "Scheduled": {
        const schedule = resolveSchedule(
          report,
          "the weight",
          { unit: "none", minimum: -1e6, maximum: 1e6 },
          syntax.schedule
        )
        return schedule === undefined ? undefined : scheduled(schedule, syntax.span)
      }
      case "Learned": {
        if (syntax !== learnable) {
          return outOfPlace(
            syntax.span,
            "Only a summand of an objective has a weight that can be learned.",
            "Write `learned by hypergradient(100) * term` in an objective."
          )
        }
        const by = resolveValue(report, weightBy, syntax.by)
        return by === undefined ? undefined : learned(by, syntax.span)
      }
      case "Divergence":
        return outOfPlace(
          syntax.span,
          "`||` stands between the two distributions of a divergence.",
          "Write `kl(p || q)`."
        )
      case "Given":
        return conditional(syntax)
      case "Over":
        return outOfPlace(
          syntax.span,
          "`over` names the axis that a function of many values runs over.",
          "Write it in the brackets of `mean`, `sum`, `min`, `max` or `var`: `mean(x over time)`."
        )
      case "On":
        return outOfPlace(
          syntax.span,
          "`on` names the condition of a measured value, which only a claim speaks about.",
          "Leave `on …` out."
        )
      case "After":
        return outOfPlace(
          syntax.span,
          "`after` names the training whose team was measured, which only a claim speaks about.",
          "Leave `after …` out."
        )
      case "Changed":
        return outOfPlace(
          syntax.change.span,
          `\`${syntax.change.kind}\` names a variant of an objective, which only a claim speaks about.`,
          `Leave \`${syntax.change.kind} …\` out.`
        )
      case "Binary": {
        const { operator } = syntax
        if (operator === "+" || operator === "-" || operator === "*" || operator === "/") {
          const primitive = { "+": "add", "-": "subtract", "*": "multiply", "/": "divide" } as const
          return binary(primitive[operator], walk(syntax.left, bound), walk(syntax.right, bound), syntax.span)
        }
        if (operator === "^") {
          const base = value(walk(syntax.left, bound), "`^`")
          const exponent = walk(syntax.right, bound)
          if (base === undefined || exponent === undefined) return undefined
          const power = constantOf(exponent)
          if (power === 2) return apply("square", [base], base.type, Units.power(base.unit, 2), syntax.span)
          if (power === undefined || !Number.isInteger(power) || power < 2 || power > 8) {
            report.error(
              "BICA9008",
              syntax.right.span,
              "This version of bica raises to whole powers from 2 to 8.",
              "Write such a number, or use `exp` and `log`."
            )
            return undefined
          }
          const by = number(power, "any", syntax.right.span)
          return apply("power", [base, by], base.type, Units.power(base.unit, power), syntax.span, base.trains)
        }
        const compared = Primitives.operator(operator)?.runtime
        return compared === undefined
          ? undefined
          : binary(compared, walk(syntax.left, bound), walk(syntax.right, bound), syntax.span)
      }
    }
  }

  const tooLarge = (span: Span): undefined => {
    report.error(
      "BICA4008",
      span,
      `With every name written out this has more than ${largest} parts, or more than ${deepest} levels.`,
      "Write it shorter."
    )
    return undefined
  }

  /** Walks one written expression, within bounds. */
  const whole = (syntax: Ast.Expression, bound: Bound = new Map()): Expression | undefined => {
    const outside = nodes
    nodes = 0
    const above = level
    const open = openDefines.length
    try {
      const expression = walk(syntax, bound)
      if (expression === undefined || (expression.size <= largest && expression.depth <= deepest)) return expression
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      openDefines.length = open
      level = above
    } finally {
      nodes = outside
    }
    return tooLarge(syntax.span)
  }

  const parts = (
    syntax: Ast.Expression,
    sign: 1 | -1
  ): ReadonlyArray<{ readonly syntax: Ast.Expression; readonly sign: 1 | -1 }> => {
    const out: Array<{ readonly syntax: Ast.Expression; readonly sign: 1 | -1 }> = []
    const open: Array<{ readonly syntax: Ast.Expression; readonly sign: 1 | -1 }> = [{ syntax, sign }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { syntax: here, sign: s } = next
      if (here._tag === "Binary" && (here.operator === "+" || here.operator === "-")) {
        open.push(
          { syntax: here.right, sign: here.operator === "+" ? s : s === 1 ? -1 : 1 },
          { syntax: here.left, sign: s }
        )
      } else if (here._tag === "Negate") open.push({ syntax: here.operand, sign: s === 1 ? -1 : 1 })
      else out.push(next)
    }
    return out
  }

  /** The factor of a summand that may be learned, where it is written so. */
  const weightIn = (syntax: Ast.Expression): Ast.Expression | undefined => {
    if (syntax._tag !== "Binary" || syntax.operator !== "*") return undefined
    return [syntax.left, syntax.right].find((factor) => factor._tag === "Learned")
  }

  const summands = (syntax: Ast.Expression): ReadonlyArray<Expression> | undefined => {
    const out: Array<Expression> = []
    let sound = true
    let size = 0
    for (const part of parts(syntax, 1)) {
      learnable = weightIn(part.syntax)
      const expression = whole(part.syntax)
      learnable = undefined
      if (expression === undefined) {
        sound = false
        continue
      }
      if (expression.type.kind !== "scalar") {
        sound = false
        wrongKind(
          "This part of the objective",
          expression.type,
          "an objective adds up numbers",
          expression.span,
          expression.type.kind === "tensor"
            ? "Take its `mean(…)`."
            : "Take the `mean(…)` of its `entropy(…)` or of a `kl(… || …)`."
        )
        continue
      }
      size += expression.size
      const signed = part.sign === 1 ? expression : negate(expression, part.syntax.span)
      if (signed !== undefined) out.push(signed)
    }
    if (size > largest) {
      return tooLarge(syntax.span)
    }
    return sound ? out : undefined
  }

  return {
    expression: (syntax) => whole(syntax),
    summands,
    term: (name) => {
      const syntax = scope.terms.get(name)
      return syntax === undefined ? undefined : named(name, syntax.name)
    },
    calling: (work) => {
      const [outside, inside] = [called, new Set<string>()]
      called = inside
      try {
        return { result: work(), called: inside }
      } finally {
        called = outside
      }
    },
    definition: (define) => {
      openDefines.push(define.name.text)
      const bound = new Map(
        define.parameters.map((parameter): [string, Expression | undefined] => [parameter.name.text, stand(parameter)])
      )
      whole(define.expression, bound)
      openDefines.pop()
    }
  }
}

/** Quantities of a module. */
const quantitiesOf = (part: Part): ReadonlyArray<QuantityName> =>
  part._tag === "Protocol" ? protocolQuantities : part._tag === "Instructor" ? instructorQuantities : []

/** A mapper, applied. */
const applied = (mapper: Part): string =>
  mapper._tag === "Mapper" ? `${mapper.name.text}(${pathText(mapper.from)}.latent)` : mapper.name.text

type Apply = Extract<Ast.Expression, { readonly _tag: "Apply" }>

/** Kinds of the parameters of a definition. */
export const parameterKinds = ["scalar", "tensor", "categorical", "agent"] as const

/** Whether a value may stand for a parameter; a kind that is not known is reported where it is written. */
const fits = (kind: string, type: Kind): boolean =>
  kind === type.kind || (kind === "tensor" && type.kind === "scalar") || !parameterKinds.some((known) => known === kind)

/** Something of the right kind in the place of a parameter. */
const stand = (parameter: Ast.Define["parameters"][number]): Expression | undefined => {
  const kind = parameterKinds.find((one) => one === parameter.kind.text)
  if (kind === undefined || kind === "categorical" || kind === "agent") return undefined
  const type: Kind = kind === "scalar" ? scalar : { kind: "tensor", width: 1 }
  return { ...number(1, "any", parameter.span), type }
}

/** Operators that compare. */
const comparisons: ReadonlySet<string> = new Set(["less", "lessEqual", "greater", "greaterEqual", "equal"])

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
