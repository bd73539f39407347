/** Types expressions: kinds, units, supports, and which agents and modules a value trains. Definitions are written out. */
import * as Modules from "../../declaration/Modules.ts"
import type { Parameter, Schedule } from "../../declaration/Parameter.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type { Expression, Kind, Module, Primitive, QuantityName, Rows, Setting, Term } from "../program/Program.ts"
import { digest, settingsMeaning } from "../program/Semantics.ts"
import type { Data } from "../program/Semantics.ts"
import type * as Ast from "../syntax/Ast.ts"
import { list } from "./Names.ts"
import type { Part } from "./Parts.ts"
import { kindOf } from "./Parts.ts"
import type { Report } from "./Report.ts"
import * as Units from "./Units.ts"
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
  a.per === b.per && (a.per === "step" || b.per === "step" || a.protocol === b.protocol)
const rowsWord = (rows: Rows): string =>
  rows.per === "step"
    ? "per step"
    : rows.per === "code"
      ? `per code of ${rows.protocol}`
      : `per minibatch, of ${rows.protocol}`
/** One number for each row of a distribution. */
const perRow = (of: Kind): Kind => {
  const rows = rowsOf(of)
  return rows.per === "step" ? { kind: "tensor", width: 1 } : { kind: "tensor", width: 1, rows }
}

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

const apply = (
  primitive: Primitive,
  parts: ReadonlyArray<Expression>,
  type: Kind,
  unit: string,
  span: Span,
  trains: ReadonlyArray<string> = union(parts, "trains")
): Expression => ({
  _tag: "Apply",
  primitive,
  arguments: parts,
  type,
  unit,
  trains,
  reads: union(parts, "reads"),
  size: parts.reduce((sum, part) => sum + part.size, 1),
  depth: 1 + parts.reduce((most, part) => Math.max(most, part.depth), 0),
  digest: leafDigest([primitive, ...parts.map((part) => part.digest)]),
  span
})

/** A quantity per step as one number: its mean over the steps. */
export const averaged = (expression: Expression): Expression =>
  expression.type.kind === "tensor" ? apply("mean", [expression], scalar, expression.unit, expression.span) : expression

// ---- functions -------------------------------------------------------------------------------------------------

/** Functions of one value that keep its kind, and the unit of their result. */
const elementwise: ReadonlyMap<string, { readonly primitive: Primitive; readonly unit: (unit: string) => string }> =
  new Map([
    ["exp", { primitive: "exp", unit: () => "any" }],
    ["log", { primitive: "log", unit: () => "any" }],
    ["sqrt", { primitive: "sqrt", unit: (unit: string) => Units.power(unit, 0.5) }],
    ["abs", { primitive: "abs", unit: (unit: string) => unit }],
    ["hinge", { primitive: "hinge", unit: (unit: string) => unit }],
    ["square", { primitive: "square", unit: (unit: string) => Units.power(unit, 2) }],
    ["stop_gradient", { primitive: "stop_gradient", unit: (unit: string) => unit }]
  ])

/** Functions of the expression language in this version. */
export const functions: ReadonlyArray<string> = [
  ...elementwise.keys(),
  "mean",
  "sum",
  "min",
  "max",
  "clip",
  "kl",
  "entropy",
  "ppo",
  "w2",
  "cca"
]

/** Functions of the language that this version cannot compute. */
const later: ReadonlySet<string> = new Set([
  "var",
  "js",
  "cross_entropy",
  "log_prob",
  "mse",
  "cosine",
  "dot",
  "norm",
  "sinkhorn",
  "mmd",
  "cka",
  "hsic",
  "mutual_information",
  "brier",
  "nll",
  "lag",
  "ema",
  "at",
  "where",
  "one_hot",
  "softmax",
  "paired"
])

/** Quantities of an agent. */
export const quantities = ["policy", "prior", "latent"] as const

/** Quantities of a protocol. */
export const protocolQuantities = ["code", "message", "speaks"] as const

/** Quantities of an instructor. */
export const instructorQuantities = ["intervenes", "policy"] as const

const kindWord = (kind: Kind): string =>
  kind.kind === "scalar" ? "one number" : kind.kind === "tensor" ? "a value per step" : "a distribution"

// ---- scope -----------------------------------------------------------------------------------------------------

/** What expressions may speak about. A declared name that is itself faulty is known, and using it is no second fault. */
export interface Scope {
  /** Width of the latent by agent, undefined where the agent is faulty, and the protocols by which it hears. */
  readonly agents: ReadonlyMap<string, { readonly latent: number | undefined; readonly hears: ReadonlyArray<string> }>
  readonly terms: ReadonlyMap<string, Ast.Term>
  readonly defines: ReadonlyMap<string, Ast.Define>
  /** Protocols, mappers and instructors; `module` is undefined where one is faulty. */
  readonly parts: ReadonlyMap<string, { readonly syntax: Part; readonly module: Module | undefined }>
  /** Other declared names and what they are, in a word. */
  readonly others: ReadonlyMap<string, string>
  readonly libraries: ReadonlySet<string>
}

/** Types the expressions of one file. */
export interface Typing {
  /** The typed expression, or undefined after a finding. */
  readonly expression: (syntax: Ast.Expression) => Expression | undefined
  /** The summands of an objective, or undefined after a finding. */
  readonly summands: (syntax: Ast.Expression) => ReadonlyArray<Expression> | undefined
  /** A named term, typed once; undefined where it is faulty. */
  readonly term: (name: string) => Term | undefined
  /** Looks at a definition that is not used, so that its faults are found. */
  readonly definition: (define: Ast.Define) => void
}

/** Parameters of the definition that is being written out. */
type Bound = ReadonlyMap<string, Expression | undefined>

class TooLarge extends Error {}

/** A typing for the names of a file. */
export const make = (report: Report, scope: Scope): Typing => {
  const terms = new Map<string, Term | undefined>()
  const openTerms: Array<string> = []
  const openDefines: Array<string> = []
  const called = new Set<string>()
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

  const joined = (a: Expression, b: Expression, span: Span): Kind | undefined => {
    if (a.type.kind !== "tensor") return b.type
    if (b.type.kind !== "tensor") return a.type
    if (!sameRows(rowsOf(a.type), rowsOf(b.type))) {
      differentRows(a, b, span, "Take the `mean(…)` of both.")
      return undefined
    }
    if (a.type.width === b.type.width || b.type.width === 1) return a.type
    if (a.type.width === 1) return b.type
    report.error(
      "BICA4007",
      span,
      `The left side has ${a.type.width} values per step and the right side ${b.type.width}.`,
      "Bring both to one width, for example with networks of the same width.",
      {
        labels: [
          { span: a.span, text: `${a.type.width} per step` },
          { span: b.span, text: `${b.type.width} per step` }
        ]
      }
    )
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
    const a = value(left, "arithmetic")
    const b = value(right, "arithmetic")
    if (a === undefined || b === undefined) return undefined
    const type = joined(a, b, span)
    if (type === undefined) return undefined
    if (primitive === "multiply" || primitive === "divide") {
      const unit = primitive === "multiply" ? Units.product(a.unit, b.unit) : Units.quotient(a.unit, b.unit)
      const nothing = isZero(a) || (primitive === "multiply" && isZero(b))
      return nothing ? apply(primitive, [a, b], type, unit, span, nobody) : apply(primitive, [a, b], type, unit, span)
    }
    const unit = commonUnit(a, b, span)
    return unit === undefined ? undefined : apply(primitive, [a, b], type, unit, span)
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
    const part = scope.parts.get(name)
    if (part !== undefined) return ofModule(name, part, path)
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
    const quantity = quantities.find((one) => one === second.text)
    if (quantity === undefined) return unknown(second, quantities, "An agent has no quantity")
    if (agent.latent === undefined) return undefined
    return leaf(
      name,
      quantity,
      quantity === "latent" ? { kind: "tensor", width: agent.latent } : { kind: "categorical" },
      quantity === "prior" ? nobody : learnsWith(name),
      path.span
    )
  }

  const leaf = (
    name: string,
    quantity: QuantityName,
    type: Kind,
    trains: ReadonlyArray<string>,
    span: Span
  ): Expression => ({
    _tag: "Quantity",
    agent: name,
    quantity,
    type,
    unit: "any",
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
    const quantity = known.find((one) => one === second.text)
    if (quantity === undefined)
      return unknown(
        second,
        known,
        kind === "protocol" ? "A protocol has no quantity" : "An instructor has no quantity"
      )
    if (part.module === undefined) return undefined
    const type: Kind =
      quantity === "message"
        ? { kind: "categorical", rows: { per: "minibatch", protocol: name } }
        : quantity === "code" || quantity === "policy"
          ? { kind: "categorical" }
          : { kind: "tensor", width: 1 }
    return leaf(name, quantity, type, [name], path.span)
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
      { kind: "categorical", rows: { per: "code", protocol: left } },
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
      type: { kind: "tensor", width },
      unit: "any",
      trains: [...new Set([name, ...inner.trains])].sort(),
      reads: [...new Set([name, ...inner.reads])].sort(),
      size: 1 + inner.size,
      depth: 1 + inner.depth,
      digest: leafDigest({ mapped: name, argument: inner.digest }),
      span: syntax.span
    }
  }

  /** Two values per step as the arguments of a distance between their distributions. */
  const distance = (primitive: "w2" | "cca", syntax: Apply, bound: Bound): Expression | undefined => {
    if (!uses("std.alignment", syntax)) return undefined
    const [x, y] = syntax.arguments
    if (!arity(syntax, 2, `${primitive}(x, y)`) || x === undefined || y === undefined) return undefined
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
    if (primitive === "w2" && a.type.width !== b.type.width) {
      report.error(
        "BICA4007",
        syntax.span,
        `The left side has ${a.type.width} values per step and the right side ${b.type.width}.`,
        "Bring both to one width, for example with a mapper.",
        {
          labels: [
            { span: a.span, text: `${a.type.width} per step` },
            { span: b.span, text: `${b.type.width} per step` }
          ]
        }
      )
      return undefined
    }
    if (primitive === "cca") return apply("cca", [a, b], scalar, "any", syntax.span)
    const unit = commonUnit(a, b, syntax.span)
    return unit === undefined
      ? undefined
      : apply("w2", [a, b], scalar, unit, syntax.span, a.digest === b.digest ? nobody : union([a, b], "trains"))
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

  const divergence = (syntax: Apply, bound: Bound): Expression | undefined => {
    const [only] = syntax.arguments
    if (only === undefined || only._tag !== "Divergence" || syntax.arguments.length > 1 || syntax.named.length > 0) {
      return outOfPlace(syntax.span, "`kl` compares two distributions.", "Write `kl(p || q)`.")
    }
    const p = walk(only.left, bound)
    const q = walk(only.right, bound)
    if (p === undefined || q === undefined) return undefined
    for (const side of [p, q]) {
      if (side.type.kind !== "categorical") {
        return wrongKind("This", side.type, "`kl` compares distributions", side.span, "Name a `policy` or a `prior`.")
      }
    }
    const ofProtocol = (side: Expression): boolean =>
      side._tag === "Quantity" && scope.parts.get(side.agent)?.syntax._tag === "Protocol"
    if (ofProtocol(p) && ofProtocol(q)) {
      const over = (side: Expression): boolean => side._tag === "Quantity" && side.quantity === "code"
      const [left, right] = [rowsOf(p.type), rowsOf(q.type)]
      const information = left.per === "code" && right.per === "minibatch" && left.protocol === right.protocol
      if (over(p) !== over(q)) {
        report.error(
          "BICA4002",
          only.span,
          "The two sides are over different things: codes and symbols.",
          "Compare `message given code` with `message`.",
          {
            labels: [
              { span: p.span, text: over(p) ? "over codes" : "over symbols" },
              { span: q.span, text: over(q) ? "over codes" : "over symbols" }
            ]
          }
        )
        return undefined
      }
      if (!information && !sameRows(left, right)) {
        differentRows(p, q, only.span, "Write the conditional distribution on the left.")
        return undefined
      }
      return apply(
        "kl",
        [p, q],
        perRow(p.type),
        "nats",
        syntax.span,
        p.digest === q.digest ? nobody : union([p, q], "trains")
      )
    }
    if (p._tag === "Quantity" && q._tag === "Quantity" && p.agent !== q.agent) {
      report.error(
        "BICA4002",
        only.span,
        `\`${p.agent}.${p.quantity}\` and \`${q.agent}.${q.quantity}\` are over different things: the choices of different roles.`,
        `Compare \`${p.agent}.policy\` with \`${p.agent}.prior\`.`,
        {
          labels: [
            { span: p.span, text: `over the choices of ${p.agent}` },
            { span: q.span, text: `over the choices of ${q.agent}` }
          ]
        }
      )
      return undefined
    }
    // a divergence of a distribution from itself is 0 whatever the parameters are
    return apply(
      "kl",
      [p, q],
      { kind: "tensor", width: 1 },
      "nats",
      syntax.span,
      p.digest === q.digest ? nobody : union([p, q], "trains")
    )
  }

  const ppo = (syntax: Apply): Expression | undefined => {
    if (!uses("std.ppo", syntax)) return undefined
    const [first, ...rest] = syntax.arguments
    if (first === undefined) {
      report.error("BICA3006", syntax.span, "`ppo` needs the agent that it trains.", "Write `ppo(agent)`.")
      return undefined
    }
    if (first._tag !== "Variable" || first.path.parts.length !== 1) {
      report.error("BICA3001", first.span, "`ppo` takes an agent first.", "Name an agent.")
      return undefined
    }
    const name = first.path.parts[0]
    if (name === undefined) return undefined
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
    const values = new Map<string, Expression | undefined>()
    let sound = true
    for (const [i, parameter] of wanted.entries()) {
      const argument = syntax.arguments[i]
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
    const result = walk(define.expression, values)
    openDefines.pop()
    return result === undefined ? undefined : { ...result, span: syntax.span }
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
    const define = scope.defines.get(name)
    if (define !== undefined) return definition(define, syntax, bound)
    if (name === "ppo") return ppo(syntax)
    if (name === "kl") return divergence(syntax, bound)
    const [x, low, high] = syntax.arguments
    const simple = elementwise.get(name)
    if (simple !== undefined) {
      if (!arity(syntax, 1, `${name}(x)`) || x === undefined) return undefined
      const inner = value(walk(x, bound), `\`${name}\``)
      if (inner === undefined) return undefined
      const trains = name === "stop_gradient" ? nobody : inner.trains
      return apply(simple.primitive, [inner], inner.type, simple.unit(inner.unit), syntax.span, trains)
    }
    switch (name) {
      case "mean":
      case "sum": {
        if (!arity(syntax, 1, `${name}(x)`) || x === undefined) return undefined
        const inner = value(walk(x, bound), `\`${name}\``)
        return inner === undefined ? undefined : apply(name, [inner], scalar, inner.unit, syntax.span)
      }
      case "entropy": {
        if (!arity(syntax, 1, "entropy(p)") || x === undefined) return undefined
        const p = walk(x, bound)
        if (p === undefined) return undefined
        if (p.type.kind !== "categorical") {
          return wrongKind("This", p.type, "`entropy` is of a distribution", p.span, "Name a `policy` or a `prior`.")
        }
        return apply("entropy", [p], perRow(p.type), "nats", syntax.span)
      }
      case "w2":
      case "cca":
        return distance(name, syntax, bound)
      case "min":
      case "max": {
        if (!arity(syntax, 2, `${name}(x, y)`) || x === undefined || low === undefined) return undefined
        return binary(name, walk(x, bound), walk(low, bound), syntax.span)
      }
      case "clip": {
        if (!arity(syntax, 3, "clip(x, low, high)") || x === undefined || low === undefined || high === undefined)
          return undefined
        const inner = value(walk(x, bound), "`clip`")
        const ends = [walk(low, bound), walk(high, bound)]
        if (inner === undefined) return undefined
        const numbers: Array<number> = []
        for (const end of ends) {
          if (end === undefined) return undefined
          if (end._tag !== "Number") {
            report.error("BICA3001", end.span, "The ends of `clip` are numbers.", "Write a number.")
            return undefined
          }
          if (Units.common(inner.unit, end.unit) === undefined) {
            commonUnit(inner, end, end.span)
            return undefined
          }
          numbers.push(end.value)
        }
        const [least = 0, most = 0] = numbers
        if (least > most) {
          report.error(
            "BICA3004",
            syntax.span,
            `The low end of \`clip\`, ${least}, is above its high end, ${most}.`,
            "Put the smaller number first."
          )
          return undefined
        }
        return apply(
          "clip",
          [inner, ...ends.flatMap((end) => end ?? [])],
          inner.type,
          inner.unit,
          syntax.span,
          inner.trains
        )
      }
    }
    if (later.has(name)) {
      report.error(
        "BICA9008",
        syntax.callee.span,
        `This version of bica cannot compute \`${name}\`.`,
        "Leave the term out for now."
      )
      return undefined
    }
    const known = [...scope.defines.keys(), ...functions]
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

  // ---- the walk --------------------------------------------------------------------------------

  const walk = (syntax: Ast.Expression, bound: Bound): Expression | undefined => {
    nodes++
    level++
    if (nodes > largest || level > deepest) throw new TooLarge()
    const expression = step(syntax, bound)
    level--
    return expression
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
            "Write `learned by hypergradient(0.01) * term` in an objective."
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
          if (exponent._tag !== "Number" || exponent.value !== 2) {
            report.error(
              "BICA9008",
              syntax.right.span,
              "This version of bica raises to the power of 2 only.",
              "Write `^2`, or use `exp` and `log`."
            )
            return undefined
          }
          return apply("square", [base], base.type, Units.power(base.unit, 2), syntax.span)
        }
        return outOfPlace(
          syntax.span,
          `\`${operator}\` compares, which belongs into a claim or the bound of a budget.`,
          "Write a quantity."
        )
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
    definition: (define) => {
      if (called.has(define.name.text)) return
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
export const parameterKinds = ["scalar", "tensor", "categorical"] as const

/** Whether a value may stand for a parameter; a kind that is not known is reported where it is written. */
const fits = (kind: string, type: Kind): boolean =>
  kind === type.kind || (kind === "tensor" && type.kind === "scalar") || !parameterKinds.some((known) => known === kind)

/** Something of the right kind in the place of a parameter. */
const stand = (parameter: Ast.Define["parameters"][number]): Expression | undefined => {
  const kind = parameterKinds.find((one) => one === parameter.kind.text)
  if (kind === undefined || kind === "categorical") return undefined
  const type: Kind = kind === "scalar" ? scalar : { kind: "tensor", width: 1 }
  return { ...number(1, "any", parameter.span), type }
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
