/** Variants of a file: its syntax tree with one value set or one part left out. Pure; what comes out is checked as a file of its own. */
import { history } from "../../declaration/Modules.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type * as Ast from "../syntax/Ast.ts"
import { operandsOf } from "../syntax/Operands.ts"

/** A file with one change, or why the change cannot be made: the path names something that is not there, or not of that kind. */
export type Rewrite =
  | { readonly _tag: "Rewritten"; readonly file: Ast.File }
  | { readonly _tag: "Refused"; readonly span: Span; readonly cause: string; readonly fix: string }
  | { readonly _tag: "Unknown"; readonly name: Ast.Name }

const rewritten = (declarations: ReadonlyArray<Ast.Declaration>, file: Ast.File): Rewrite => ({
  _tag: "Rewritten",
  file: { ...file, declarations }
})
const refused = (span: Span, cause: string, fix: string): Rewrite => ({ _tag: "Refused", span, cause, fix })

const textOf = ({ parts }: Ast.Path): string =>
  parts.length === 1 ? (parts[0]?.text ?? "") : parts.map((part) => part.text).join(".")

// ---- names of variants -----------------------------------------------------------------------------------------

const quantityName = ({ unit, value }: Ast.Quantity): string =>
  `${value + 0}${unit === undefined || unit.text === "%" ? (unit === undefined ? "" : "-percent") : `-${unit.text}`}`

const valueName = (value: Ast.Value): string => {
  switch (value._tag) {
    case "Number":
      return quantityName(value.quantity)
    case "Range":
      return `${quantityName(value.low)}..${quantityName(value.high)}`
    case "Extent":
      return `${quantityName(value.width)}-by-${quantityName(value.height)}`
    case "Schedule":
      return `${quantityName(value.from)}-to-${quantityName(value.to)}-${value.pace.kind}-${quantityName({ ...value.pace.quantity, unit: undefined })}`
    case "Reference":
      return textOf(value.path)
    case "Call":
      return [textOf(value.callee), ...value.arguments.map(argumentName)].join("-")
    case "Block":
      return value.entries.map((entry) => `${textOf(entry.key)}-${valueName(entry.value)}`).join("-")
    case "Names":
      return value.names.map(({ text }) => text).join("-")
  }
}

const argumentName = ({ name, value }: Ast.Argument): string =>
  name === undefined || name.text === "with" ? valueName(value) : `${name.text}-${valueName(value)}`

/** Characters of a variant's name, which is also the name of a folder. */
const longest = 120

/** What a variant is called, as part of a file's path: `codes.size=8`, `ai.policy=gru-32`, `without-rep`. */
export const nameOf = (change: Ast.Change): string =>
  (change.kind === "without" ? `without-${textOf(change.path)}` : `${textOf(change.path)}=${valueName(change.value)}`)
    .replaceAll(/[^A-Za-z0-9_.,=@+-]/g, "-")
    .slice(0, longest)

/** Declarations as a change leaves them, by what they were, by the value or the path of the change, and by how else it bears on them. */
const changedBefore = new WeakMap<
  Ast.Declaration,
  WeakMap<object, { readonly how: string; readonly made: Ast.Declaration }>
>()

/** `made`, or what was made of the same declaration by the same change before, so that what is known of it holds still. */
const same = (was: Ast.Declaration, by: object, how: string, made: Ast.Declaration): Ast.Declaration => {
  const known =
    changedBefore.get(was) ?? new WeakMap<object, { readonly how: string; readonly made: Ast.Declaration }>()
  const before = known.get(by)
  if (before !== undefined && before.how === how) return before.made
  known.set(by, { how, made })
  changedBefore.set(was, known)
  return made
}

// ---- setting a value -------------------------------------------------------------------------------------------

/** A value with the part at `path` set, or what is wrong with the path. */
type Replaced = { readonly value: Ast.Value } | { readonly wrong: string; readonly at: Ast.Name }

const named = (name: Ast.Name, value: Ast.Value): Ast.Argument => ({ name, value, span: value.span, varied: true })

const isBlock = (argument: Ast.Argument): boolean => argument.name?.text === "with" && argument.value._tag === "Block"

/** `of` with the part at `path` set to `value`; an empty path is the whole. */
const replaced = (of: Ast.Value, path: ReadonlyArray<Ast.Name>, value: Ast.Value): Replaced => {
  const [first, ...rest] = path
  if (first === undefined) return { value }
  switch (of._tag) {
    case "Block": {
      const entries = withEntry(of.entries, path, value)
      return "wrong" in entries ? entries : { value: { ...of, entries: entries.entries } }
    }
    case "Schedule": {
      if (rest.length > 0 || value._tag !== "Number") break
      if (first.text === "start") return { value: { ...of, from: value.quantity } }
      if (first.text === "end") return { value: { ...of, to: value.quantity } }
      if (first.text === of.pace.kind) return { value: { ...of, pace: { ...of.pace, quantity: value.quantity } } }
      return { wrong: `a schedule has \`start\`, \`end\` and \`${of.pace.kind}\``, at: first }
    }
    case "Reference":
      return rest.length > 0
        ? { wrong: `\`${textOf(of.path)}\` has no parts of parts`, at: first }
        : {
            value: {
              _tag: "Call",
              callee: of.path,
              arguments: first.text === "size" ? [{ name: undefined, value, span: value.span }] : [named(first, value)],
              span: of.span
            }
          }
    case "Call": {
      const block = of.arguments.find(isBlock)
      if (block !== undefined) {
        const inner = replaced(block.value, path, value)
        if ("wrong" in inner) return inner
        const given = of.arguments.map((one) => (one === block ? { ...one, value: inner.value } : one))
        return { value: { ...of, arguments: given } }
      }
      // the size of a network or of a set of codes is what stands first in its brackets
      const index =
        first.text === "size"
          ? of.arguments.findIndex((one) => one.name === undefined)
          : of.arguments.findIndex((one) => one.name?.text === first.text)
      const known = of.arguments[index]
      if (known === undefined && rest.length > 0) return { wrong: `\`${first.text}\` is not stated there`, at: first }
      const inner: Replaced = known === undefined ? { value } : replaced(known.value, rest, value)
      if ("wrong" in inner) return inner
      const changed: Ast.Argument = {
        name: first.text === "size" ? undefined : first,
        value: inner.value,
        span: value.span
      }
      return {
        value: {
          ...of,
          arguments:
            known === undefined
              ? [...of.arguments, { ...changed, varied: true }]
              : of.arguments.map((one, i) => (i === index ? changed : one))
        }
      }
    }
    case "Number":
    case "Range":
    case "Extent":
    case "Names":
      break
  }
  return { wrong: `what stands there has no \`${first.text}\``, at: first }
}

type Entries = { readonly entries: ReadonlyArray<Ast.Entry> } | { readonly wrong: string; readonly at: Ast.Name }

/** Entries of a block with the one at `path` set; one that is not stated is added. */
const withEntry = (entries: ReadonlyArray<Ast.Entry>, path: ReadonlyArray<Ast.Name>, value: Ast.Value): Entries => {
  // keys may have dots, as in `human.noise { … }`
  for (const [i, entry] of entries.entries()) {
    const length = entry.key.parts.length
    if (length > path.length || entry.key.parts.some((part, k) => part.text !== path[k]?.text)) continue
    const inner = replaced(entry.value, path.slice(length), value)
    if ("wrong" in inner) return inner
    return {
      entries: entries.map((one, k) => (k === i ? { ...one, value: inner.value, span: value.span } : one))
    }
  }
  const [first, ...rest] = path
  if (first === undefined) return { entries }
  const [second] = rest
  if (second !== undefined && (second.text === "start" || second.text === "end"))
    return { wrong: `\`${first.text}\` is not stated there, so it has no \`${second.text}\``, at: second }
  const span = { start: first.span.start, end: (path.at(-1) ?? first).span.end }
  const inner = rest.reduceRight<Ast.Value>(
    (of, part) => ({
      _tag: "Block",
      entries: [{ key: { parts: [part], span: part.span }, value: of, span: of.span }],
      span: of.span
    }),
    value
  )
  return {
    entries: [
      ...entries,
      {
        key: { parts: [first], span: first.span },
        value: inner,
        span: rest.length === 0 ? span : value.span,
        varied: true
      }
    ]
  }
}

/** Declarations that a path may begin with. */
type Named = Exclude<Ast.Declaration, Ast.Use | Ast.Study | Ast.Claim | Ast.Define | Ast.Objective>

const find = (file: Ast.File, name: string): Named | undefined => {
  const named = file.declarations.filter(
    (one): one is Named =>
      one._tag !== "Use" &&
      one._tag !== "Study" &&
      one._tag !== "Claim" &&
      one._tag !== "Define" &&
      one._tag !== "Objective" &&
      one.name.text === name
  )
  return named.find((one) => one._tag !== "Stage") ?? named[0]
}

/** What a file's paths may begin with, for finding the nearest name. */
export const nameable = (file: Ast.File, kind: Ast.Change["kind"]): ReadonlyArray<string> =>
  file.declarations.flatMap((one) =>
    one._tag === "Term" ||
    one._tag === "Budget" ||
    one._tag === "Protocol" ||
    one._tag === "Mapper" ||
    one._tag === "Instructor" ||
    (kind === "with" && (one._tag === "Environment" || one._tag === "Agent" || one._tag === "Stage"))
      ? [one.name.text]
      : []
  )

const asExpression = (value: Ast.Value): Ast.Expression | undefined => {
  switch (value._tag) {
    case "Number": {
      const { quantity, span } = value
      if (!/^[+-]/.test(quantity.text)) return { _tag: "Literal", quantity, span }
      const unsigned = { ...quantity, text: quantity.text.slice(1), value: Math.abs(quantity.value) }
      const literal: Ast.Expression = { _tag: "Literal", quantity: unsigned, span }
      return quantity.text.startsWith("-") ? { _tag: "Negate", operand: literal, span } : literal
    }
    case "Schedule":
      return { _tag: "Scheduled", schedule: value, span: value.span }
    default:
      return undefined
  }
}

const isTerm = (of: Ast.Expression, name: string): boolean =>
  of._tag === "Variable" && of.path.parts.length === 1 && of.path.parts[0]?.text === name

const isWeight = (of: Ast.Expression): boolean =>
  of._tag === "Literal" ||
  of._tag === "Scheduled" ||
  of._tag === "Learned" ||
  (of._tag === "Negate" && isWeight(of.operand))

/** A sum in which the term `name` has another weight; undefined where it stands in no summand of its own. */
const reweighted = (of: Ast.Expression, name: string, weight: Ast.Expression): Ast.Expression | undefined => {
  if (isTerm(of, name)) return { _tag: "Binary", operator: "*", left: weight, right: of, span: of.span }
  if (of._tag === "Negate") {
    const operand = reweighted(of.operand, name, weight)
    return operand === undefined ? undefined : { ...of, operand }
  }
  if (of._tag !== "Binary") return undefined
  if (of.operator === "+" || of.operator === "-") {
    const left = reweighted(of.left, name, weight)
    const right = reweighted(of.right, name, weight)
    return left === undefined && right === undefined
      ? undefined
      : { ...of, left: left ?? of.left, right: right ?? of.right }
  }
  if (of.operator !== "*") return undefined
  if (isWeight(of.left) && isTerm(of.right, name)) return { ...of, left: weight }
  return isWeight(of.right) && isTerm(of.left, name) ? { ...of, right: weight } : undefined
}

const withWeight = (file: Ast.File, term: Ast.Term, value: Ast.Value): Rewrite => {
  const weight = asExpression(value)
  const name = term.name.text
  if (weight === undefined)
    return refused(
      value.span,
      `The weight of \`${name}\` is a number or a schedule.`,
      `Write \`vary ${name} 0.05, 0.1\`.`
    )
  let given = false
  const declarations = file.declarations.map((one) => {
    if (one._tag !== "Objective") return one
    const expression = reweighted(one.expression, name, weight)
    if (expression === undefined) return one
    given = true
    return { ...one, expression }
  })
  return given
    ? rewritten(declarations, file)
    : refused(
        value.span,
        `No objective has \`${name}\` as a summand with a weight of its own.`,
        `Write \`0.1 * ${name}\` in an objective.`
      )
}

/** An imitation with its bound or what its teacher is given set; undefined where the path leads into its block. */
const imitated = (
  of: Extract<Ast.Statement, { readonly _tag: "Imitate" }>,
  path: ReadonlyArray<Ast.Name>,
  value: Ast.Value
): typeof of | { readonly wrong: string; readonly at: Ast.Name } | undefined => {
  const [first] = path
  if (first?.text === "loss") {
    if (of.until === undefined) return { wrong: "the imitation has no bound", at: first }
    if (value._tag !== "Number" || path.length > 1) return { wrong: "the bound is a number of nats", at: first }
    return { ...of, until: { ...of.until, bound: value.quantity } }
  }
  if (first === undefined || (first.text !== "scale" && first.text !== "errs")) return undefined
  const positional =
    first.text === "scale" && of.teacher._tag === "Call" && of.teacher.arguments.some(({ name }) => name === undefined)
  const changed = replaced(of.teacher, positional ? [{ ...first, text: "size" }, ...path.slice(1)] : path, value)
  return "wrong" in changed ? changed : { ...of, teacher: changed.value }
}

const withStatement = (
  file: Ast.File,
  stage: Ast.Stage,
  path: Ast.Path,
  rest: ReadonlyArray<Ast.Name>,
  value: Ast.Value
): Rewrite => {
  const [word, ...inner] = rest
  const kinds = {
    repeat: "Repeat",
    rollout: "Rollout",
    update: "Update",
    imitate: "Imitate",
    play: "Play"
  } as const
  const kind = Object.entries(kinds).find(([name]) => name === word?.text)?.[1]
  const fix = `Name what is to vary: \`${stage.name.text}.update.rate\`, \`${stage.name.text}.rollout\`.`
  if (word === undefined || kind === undefined)
    return refused(
      word?.span ?? path.span,
      `A stage is varied in \`repeat\`, \`rollout\`, \`update\`, \`imitate\` and \`play\`.`,
      fix
    )
  let done = false
  let wrong: { readonly wrong: string; readonly at: Ast.Name } | undefined
  const change = (one: Ast.Statement): Ast.Statement => {
    const within = one._tag === "Repeat" ? { ...one, body: one.body.map(change) } : one
    if (within._tag !== kind) return within
    if (inner.length > 0) {
      if (within._tag === "Repeat") return within
      const head = within._tag === "Imitate" ? imitated(within, inner, value) : undefined
      if (head !== undefined) {
        if ("wrong" in head) wrong = head
        else done = true
        return "wrong" in head ? within : head
      }
      const entries = withEntry(within.entries, inner, value)
      if ("wrong" in entries) {
        wrong = entries
        return within
      }
      done = true
      return { ...within, entries: entries.entries }
    }
    if (value._tag !== "Number") return within
    done = true
    switch (within._tag) {
      case "Repeat":
        return { ...within, count: value.quantity }
      case "Rollout":
        return { ...within, environments: value.quantity }
      case "Imitate":
        return { ...within, limit: value.quantity }
      case "Play":
        return { ...within, episodes: value.quantity }
      case "Update":
        done = false
        return within
    }
  }
  const body = stage.body.map(change)
  if (wrong !== undefined) return refused(wrong.at.span, `\`${textOf(path)}\` cannot vary: ${wrong.wrong}.`, fix)
  if (!done)
    return refused(path.span, `There is nothing of \`${stage.name.text}\` that \`${textOf(path)}\` could set.`, fix)
  return rewritten(
    file.declarations.map((one) => (one === stage ? { ...stage, body } : one)),
    file
  )
}

/** What an instructor sees with its history as long as `steps`; one that it does not see is added. */
const lookingBack = (sees: ReadonlyArray<Ast.Value>, name: Ast.Name, steps: Ast.Value): ReadonlyArray<Ast.Value> => {
  const call: Ast.Value = {
    _tag: "Call",
    callee: { parts: [{ ...name, text: history.name }], span: name.span },
    arguments: [{ name: undefined, value: steps, span: steps.span }],
    span: steps.span
  }
  const at = sees.findIndex((one) => one._tag === "Call" && textOf(one.callee) === history.name)
  return at < 0 ? [...sees, call] : sees.map((one, i) => (i === at ? call : one))
}

/** The file with the setting at `path` set to `value`: a parameter, a size, a bound, or the weight of a term. */
export const withValue = (file: Ast.File, path: Ast.Path, value: Ast.Value): Rewrite => {
  const [first, ...rest] = path.parts
  const declaration = first === undefined ? undefined : find(file, first.text)
  if (first === undefined || declaration === undefined)
    return { _tag: "Unknown", name: first ?? { text: "", span: path.span } }
  const replace = (by: Ast.Declaration): Rewrite =>
    rewritten(
      file.declarations.map((one) => (one === declaration ? same(declaration, value, textOf(path), by) : one)),
      file
    )
  const cannot = ({ at, wrong }: { readonly wrong: string; readonly at: Ast.Name }): Rewrite =>
    refused(at.span, `\`${textOf(path)}\` cannot vary: ${wrong}.`, "Name a setting that the file states.")
  const needsPart = (example: string): Rewrite =>
    refused(
      path.span,
      `\`${first.text}\` has more than one setting.`,
      `Name one of them, such as \`${first.text}.${example}\`.`
    )
  const [second] = rest
  switch (declaration._tag) {
    case "Environment": {
      if (second === undefined) return needsPart("horizon")
      const shift = declaration.shifts.find((one) => one.name.text === second.text)
      if (shift !== undefined && rest.length > 1) {
        const entries = withEntry(shift.entries, rest.slice(1), value)
        if ("wrong" in entries) return cannot(entries)
        const shifts = declaration.shifts.map((one) => (one === shift ? { ...shift, entries: entries.entries } : one))
        return replace({ ...declaration, shifts })
      }
      const entries = withEntry(declaration.entries, rest, value)
      return "wrong" in entries ? cannot(entries) : replace({ ...declaration, entries: entries.entries })
    }
    case "Agent": {
      if (second === undefined) return needsPart("policy")
      if (second.text === "says" && rest.length === 1 && value._tag === "Number")
        return replace({ ...declaration, says: { _tag: "Codes", quantity: value.quantity, span: value.span } })
      if (second.text === "says" && rest.length === 1 && value._tag === "Names")
        return replace({ ...declaration, says: { _tag: "Symbols", symbols: value.names, span: value.span } })
      if (second.text === "sees" || second.text === "says")
        return cannot({
          wrong:
            second.text === "sees"
              ? "what an agent sees is a list"
              : "only a number of codes or a list of symbols can vary",
          at: second
        })
      const entries = withEntry(declaration.entries, rest, value)
      return "wrong" in entries ? cannot(entries) : replace({ ...declaration, entries: entries.entries })
    }
    case "Protocol":
    case "Mapper": {
      const [method] = declaration.methods
      if (second === undefined) return replace({ ...declaration, methods: [value] })
      if (second.text === "size" && method !== undefined) {
        const changed = replaced(method, rest, value)
        return "wrong" in changed ? cannot(changed) : replace({ ...declaration, methods: [changed.value] })
      }
      const entries = withEntry(declaration.entries, rest, value)
      return "wrong" in entries ? cannot(entries) : replace({ ...declaration, entries: entries.entries })
    }
    case "Instructor": {
      if (second === undefined) return needsPart("policy")
      if (second.text === "gives" && rest.length === 1)
        return value._tag === "Names"
          ? replace({ ...declaration, gives: value.names })
          : refused(
              value.span,
              `What \`${first.text}\` gives is a list of names.`,
              `Write \`vary ${first.text}.gives { none, hint }\`, with commas between the names.`
            )
      if (second.text === history.name && rest.length === 1)
        return value._tag === "Number"
          ? replace({ ...declaration, sees: lookingBack(declaration.sees, second, value) })
          : refused(
              value.span,
              `How far back \`${first.text}\` sees is a number of steps.`,
              `Write \`vary ${first.text}.${history.name} 4, 8\`.`
            )
      if (second.text === "sees" || second.text === "gives")
        return cannot({ wrong: `what an instructor ${second.text} is a list`, at: second })
      const entries = withEntry(declaration.entries, rest, value)
      return "wrong" in entries ? cannot(entries) : replace({ ...declaration, entries: entries.entries })
    }
    case "Term":
      return second === undefined
        ? withWeight(file, declaration, value)
        : cannot({ wrong: "of a term the weight can vary, by its name alone", at: second })
    case "Budget": {
      if (second === undefined)
        return value._tag === "Number"
          ? replace({ ...declaration, bound: value.quantity })
          : refused(
              value.span,
              `The bound of \`${first.text}\` is a number.`,
              "Write `vary drift 0.02 nats, 0.05 nats`."
            )
      const by = replaced(
        declaration.by,
        [{ ...second, text: second.text === "rate" ? "size" : second.text }, ...rest.slice(1)],
        value
      )
      if ("wrong" in by) return cannot(by)
      return by.value._tag === "Call" ? replace({ ...declaration, by: by.value }) : needsPart("rate")
    }
    case "Stage":
      return withStatement(file, declaration, path, rest, value)
  }
}

// ---- leaving something out -------------------------------------------------------------------------------------

const isConstant = (of: Ast.Expression): boolean => {
  switch (of._tag) {
    case "Literal":
    case "Scheduled":
    case "Learned":
      return true
    case "Negate":
      return isConstant(of.operand)
    case "Binary":
      return isConstant(of.left) && isConstant(of.right)
    default:
      return false
  }
}

/**
 * An expression without everything that is computed from what is `gone`: a sum loses those summands, anything else that needs one of
 * them is gone with it. Undefined where nothing but numbers is left.
 */
const stripped = (of: Ast.Expression, gone: ReadonlySet<string>): Ast.Expression | undefined => {
  const names = namesIn(of)
  if (![...gone].some((name) => names.has(name))) return of
  switch (of._tag) {
    case "Variable":
      return gone.has(of.path.parts[0]?.text ?? "") ? undefined : of
    case "Apply": {
      if (gone.has(of.callee.parts[0]?.text ?? "")) return undefined
      const left = of.arguments.map((argument) => stripped(argument, gone))
      if (left.every((argument, i) => argument === of.arguments[i])) return of
      const whole = left.filter((argument) => argument !== undefined)
      return whole.length === of.arguments.length ? { ...of, arguments: whole } : undefined
    }
    case "Negate":
    case "Over": {
      const operand = stripped(of.operand, gone)
      return operand === of.operand ? of : operand === undefined ? undefined : { ...of, operand }
    }
    case "On":
    case "After":
    case "Changed": {
      const left = stripped(of.left, gone)
      return left === of.left ? of : left === undefined ? undefined : { ...of, left }
    }
    case "Divergence":
    case "Given": {
      const left = stripped(of.left, gone)
      const right = stripped(of.right, gone)
      if (left === of.left && right === of.right) return of
      return left === undefined || right === undefined ? undefined : { ...of, left, right }
    }
    case "Binary": {
      const left = stripped(of.left, gone)
      const right = stripped(of.right, gone)
      if (left === of.left && right === of.right) return of
      if (left !== undefined && right !== undefined) return { ...of, left, right }
      if (of.operator !== "+" && of.operator !== "-") return undefined
      if (left !== undefined) return isConstant(left) ? undefined : left
      if (right === undefined || isConstant(right)) return undefined
      return of.operator === "+" ? right : { _tag: "Negate", operand: right, span: right.span }
    }
    case "Literal":
    case "Scheduled":
    case "Learned":
      return of
  }
}

const namesOf = new WeakMap<Ast.Expression, ReadonlySet<string>>()

/** First words of everything that an expression names. */
const namesIn = (of: Ast.Expression): ReadonlySet<string> => {
  const known = namesOf.get(of)
  if (known !== undefined) return known
  const found = new Set<string>()
  const open = [of]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next._tag === "Variable") found.add(next.path.parts[0]?.text ?? "")
    else if (next._tag === "Apply") found.add(next.callee.parts[0]?.text ?? "")
    open.push(...operandsOf(next))
  }
  namesOf.set(of, found)
  return found
}

interface Readable {
  /** What terms and functions are written out as. */
  readonly bodies: ReadonlyMap<string, Ast.Expression>
  readonly budgets: ReadonlyMap<string, ReadonlyArray<Ast.Expression>>
  /** What objectives were found to read. */
  readonly read: Map<Ast.Objective, ReadonlySet<string>>
}

const readable = new WeakMap<Ast.File, Readable>()

const readableIn = (file: Ast.File): Readable => {
  const known = readable.get(file)
  if (known !== undefined) return known
  const bodies = new Map<string, Ast.Expression>()
  const budgets = new Map<string, Array<Ast.Expression>>()
  for (const one of file.declarations) {
    if (one._tag === "Term" || one._tag === "Define") bodies.set(one.name.text, one.expression)
    else if (one._tag === "Budget") budgets.set(one.name.text, [...(budgets.get(one.name.text) ?? []), one.quantity])
  }
  const made = { bodies, budgets, read: new Map<Ast.Objective, ReadonlySet<string>>() }
  readable.set(file, made)
  return made
}

/** Everything that an objective names, terms and functions written out. */
const readBy = (file: Ast.File, objective: Ast.Objective): ReadonlySet<string> => {
  const { bodies, budgets, read } = readableIn(file)
  const known = read.get(objective)
  if (known !== undefined) return known
  const found = new Set(namesIn(objective.expression))
  for (const path of objective.within)
    for (const quantity of budgets.get(textOf(path)) ?? []) for (const name of namesIn(quantity)) found.add(name)
  for (const name of found) {
    const body = bodies.get(name)
    if (body !== undefined) for (const inner of namesIn(body)) found.add(inner)
  }
  read.set(objective, found)
  return found
}

/**
 * The file without a term, a budget or a module. Whatever is computed from it leaves the objectives with it; a module is frozen, so
 * that a protocol or an instructor keeps silent and every network keeps its shape; so is a mapper or an instructor that nothing in an
 * objective trains any more.
 */
export const without = (file: Ast.File, path: Ast.Path): Rewrite => {
  const [first, second] = path.parts
  const declaration = first === undefined ? undefined : find(file, first.text)
  if (first === undefined || declaration === undefined)
    return { _tag: "Unknown", name: first ?? { text: "", span: path.span } }
  if (second !== undefined)
    return refused(
      path.span,
      `\`${textOf(path)}\` is a setting, and a setting always has a value.`,
      `Say which one: \`vary ${textOf(path)} …\`.`
    )
  const name = first.text
  const isModule = declaration._tag === "Protocol" || declaration._tag === "Mapper" || declaration._tag === "Instructor"
  if (!isModule && declaration._tag !== "Term" && declaration._tag !== "Budget")
    return refused(
      path.span,
      `\`${name}\` is a part that the experiment cannot be run without.`,
      declaration._tag === "Agent"
        ? `Write an objective that has \`freezing ${name}\`.`
        : "Name a term, a budget, a protocol, a mapper or an instructor."
    )
  const gone = new Set([name])
  const bodies = new Map<Ast.Declaration, Ast.Expression | undefined>()
  const budgets = new Set(declaration._tag === "Budget" ? [name] : [])
  // a term that is gone may take another one with it
  for (let before = -1; before !== gone.size;) {
    before = gone.size
    for (const one of file.declarations) {
      if (one._tag !== "Term" && one._tag !== "Define") continue
      const body = one.name.text === name ? undefined : stripped(one.expression, gone)
      bodies.set(one, body)
      if (body === undefined) gone.add(one.name.text)
    }
  }
  for (const one of file.declarations)
    if (one._tag === "Budget" && stripped(one.quantity, gone) !== one.quantity) budgets.add(one.name.text)
  const left = `${[...gone].join()} ${[...budgets].join()}`
  let emptied: Ast.Objective | undefined
  const changed = file.declarations.flatMap((one): ReadonlyArray<Ast.Declaration> => {
    switch (one._tag) {
      case "Term":
      case "Define": {
        const body = bodies.get(one)
        if (body === undefined) return []
        return [body === one.expression ? one : same(one, path, left, { ...one, expression: body })]
      }
      case "Budget":
        return budgets.has(one.name.text) ? [] : [one]
      case "Objective": {
        const expression = stripped(one.expression, gone)
        if (expression === undefined) emptied ??= one
        const within = one.within.filter((each) => !budgets.has(textOf(each)))
        if (expression === one.expression && within.length === one.within.length) return [one]
        return [{ ...one, expression: expression ?? one.expression, within }]
      }
      default:
        return [one]
    }
  })
  if (emptied !== undefined)
    return refused(
      path.span,
      `Without \`${name}\` nothing is left of the objective \`${emptied.name.text}\`.`,
      "Leave something out that it can do without."
    )
  const after: Ast.File = { ...file, declarations: changed }
  const trainedByTerms = file.declarations.flatMap((one) =>
    one._tag === "Mapper" || one._tag === "Instructor" ? [one.name.text] : []
  )
  const objectives = new Map(
    file.declarations.flatMap((one) => (one._tag === "Objective" ? [[one.name.text, one] as const] : []))
  )
  const frozen = changed.map((one): Ast.Declaration => {
    const base = one._tag === "Objective" ? objectives.get(one.name.text) : undefined
    if (one._tag !== "Objective" || base === undefined) return one
    const read = readBy(file, base)
    // what reads nothing that is gone reads what it did
    const reads = one === base && ![...gone].some((each) => read.has(each)) ? read : readBy(after, one)
    const idle = trainedByTerms.filter((each) => read.has(each) && !reads.has(each))
    const held = new Set(one.freezing.map(textOf))
    const added = [...new Set([...(isModule ? [name] : []), ...idle])].filter((each) => !held.has(each))
    if (added.length === 0) return one === base ? one : same(base, path, left, one)
    return same(base, path, `${left} freezing ${added.join()}`, {
      ...one,
      freezing: [
        ...one.freezing,
        ...added.map((text): Ast.Path => ({ parts: [{ text, span: path.span }], span: path.span }))
      ]
    })
  })
  return rewritten(frozen, file)
}

/** The file with one change. */
export const changed = (file: Ast.File, change: Ast.Change): Rewrite =>
  change.kind === "without" ? without(file, change.path) : withValue(file, change.path, change.value)

const measuredAgainst = new WeakMap<Ast.Stage, ReadonlyArray<string>>()

/** What the metrics of a stage are measured against: objectives among them are trained elsewhere, as the file stands. */
const referencesOf = (stage: Ast.Stage): ReadonlyArray<string> => {
  const known = measuredAgainst.get(stage)
  if (known !== undefined) return known
  const found = stage.body.flatMap((statement) =>
    statement._tag === "Measure" ? statement.references.flatMap(({ paths }) => paths.map(textOf)) : []
  )
  measuredAgainst.set(stage, found)
  return found
}

/** What the metrics of a file are measured against. */
const referencesIn = (file: Ast.File): ReadonlySet<string> =>
  new Set(file.declarations.flatMap((one) => (one._tag === "Stage" ? referencesOf(one) : [])))

/** The objectives that stages are `for`. */
const fixedIn = (file: Ast.File): ReadonlyArray<string> =>
  file.declarations.flatMap((one) =>
    one._tag === "Stage" && one.objective !== undefined ? [textOf(one.objective)] : []
  )

/**
 * The part of a file that a study of `objectives` runs: without other objectives but those that metrics are measured against, without
 * other studies and claims, and without the terms and budgets that only these read. `study` stands in place of its studies.
 */
export const runBy = (file: Ast.File, compared: ReadonlySet<string>, study: Ast.Study): Ast.File => {
  const objectives = new Set([...compared, ...referencesIn(file), ...fixedIn(file)])
  const kept = file.declarations.filter((one) => one._tag === "Objective" && objectives.has(one.name.text))
  const read = new Set<string>()
  const within = new Set<string>()
  for (const one of kept) {
    if (one._tag !== "Objective") continue
    for (const name of readBy(file, one)) read.add(name)
    for (const path of one.within) within.add(textOf(path))
  }
  const declarations = file.declarations.filter((one) => {
    switch (one._tag) {
      case "Objective":
        return objectives.has(one.name.text)
      case "Term":
        return read.has(one.name.text)
      case "Budget":
        return within.has(one.name.text)
      case "Study":
      case "Claim":
        return false
      default:
        return true
    }
  })
  return { ...file, declarations: [...declarations, study] }
}
