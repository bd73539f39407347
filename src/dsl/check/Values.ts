/** Resolves what stands in parameter blocks against their declarations: names, kinds, units, ranges, defaults. */
import { countedUnits, foreignUnits } from "../../declaration/Parameter.ts"
import type { Option, Parameter, Schedule, Unit, Value } from "../../declaration/Parameter.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type { Origin, Setting } from "../program/Program.ts"
import type * as Ast from "../syntax/Ast.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"

// ---- words -----------------------------------------------------------------------------------------------------

/** A path as it is written. */
export const pathText = ({ parts }: Ast.Path): string => {
  const [first, second] = parts
  return second === undefined ? (first?.text ?? "") : parts.map((part) => part.text).join(".")
}

/** Words for one of a unit, with the plural under which the unit is known; also those that no number may carry. */
const plurals: ReadonlyMap<string, string> = new Map(
  Object.keys({ ...countedUnits, ...foreignUnits }).map((unit) => [unit.slice(0, -1), unit])
)

/** The unit of a quantity in the plural: `steps` for `1 step`, `%` for percent, undefined without a unit. */
export const unitOf = ({ unit }: Ast.Quantity): string | undefined =>
  unit === undefined ? undefined : (plurals.get(unit.text) ?? unit.text)

/** The number meant: per cent are divided out, exactly as the decimal is written. */
export const numberOf = (quantity: Ast.Quantity): number => {
  if (quantity.unit?.text !== "%") return quantity.value
  const exact = /^[+-]?[0-9.]+$/.test(quantity.text) ? Number(`${quantity.text}e-2`) : Number.NaN
  return Number.isNaN(exact) ? quantity.value / 100 : exact
}

const nouns: Readonly<Record<Ast.Value["_tag"], string>> = {
  Number: "a number",
  Range: "a range",
  Extent: "an extent",
  Schedule: "a schedule",
  Call: "a word with arguments",
  Reference: "a word",
  Block: "a block",
  Names: "a list of names"
}

const wanted = (parameter: Parameter): string => {
  const type = parameter.type
  switch (type.kind) {
    case "number":
      return type.unit === "none" || type.unit === "reward" ? "a number" : `a number of ${unitWord(type.unit)}`
    case "range":
      return typeof parameter.default === "object" && "low" in parameter.default
        ? `a range such as \`${String(parameter.default.low)} .. ${String(parameter.default.high)}\``
        : "a range `low .. high`"
    case "extent":
      return "an extent such as `8 by 8`"
    case "schedule":
      return "a number or a schedule such as `0.1 -> 0.01 over 200 updates`"
    case "choice":
      return list(
        type.options.map((option) =>
          option.parameters.length === 0
            ? `\`${option.name}\``
            : `\`${option.name}(${option.parameters.map((inner) => inner.name).join(", ")})\``
        )
      )
    case "block":
      return `a block \`{ … }\` of ${list(
        type.parameters.map((inner) => `\`${inner.name}\``),
        "and"
      )}`
  }
}

const unitWord = (unit: Unit): string => (unit === "fraction" ? "per cent or a fraction" : unit)

/** A number the way a reader writes it. */
export const show = (value: number, unit: Unit | string | undefined): string => {
  if (unit === "fraction") {
    const percent = Number((value * 100).toPrecision(15))
    return Number(`${percent}e-2`) === value ? `${percent} %` : `${value}`
  }
  return unit === undefined || unit === "none" || unit === "reward" || unit === "any" ? `${value}` : `${value} ${unit}`
}

// ---- numbers ---------------------------------------------------------------------------------------------------

interface Limits {
  readonly unit: Unit
  readonly minimum: number
  readonly maximum: number
  readonly integer?: boolean
  readonly above?: boolean
}

/** Whether the unit of a quantity is the one wanted; reports where it is not. */
const unitFits = (report: Report, name: string, unit: Unit, quantity: Ast.Quantity): boolean => {
  const written = unitOf(quantity)
  if (written === undefined || written === unit || (unit === "fraction" && written === "%")) return true
  const span = quantity.unit?.span ?? quantity.span
  if (unit === "none" || unit === "reward") {
    report.error(
      "BICA3002",
      span,
      `\`${name}\` is a plain number, not a number of ${written}.`,
      `Leave \`${written}\` out.`
    )
  } else if (unit === "fraction") {
    report.error(
      "BICA3002",
      span,
      `\`${name}\` is a fraction, not a number of ${written}.`,
      "Write it with `%`, or as a number from 0 to 1.",
      { replacement: "%" }
    )
  } else {
    const said = written === "%" ? "per cent" : written
    report.error(
      "BICA3002",
      span,
      `\`${name}\` is counted in ${unit}, not in ${said}.`,
      `Write \`${quantity.text} ${unit}\`.`,
      {
        replacement: unit
      }
    )
  }
  return false
}

const inLimits = (report: Report, name: string, limits: Limits, value: number, quantity: Ast.Quantity): boolean => {
  const span = quantity.span
  // a fraction is answered the way it was written
  const unit = limits.unit === "fraction" && quantity.unit === undefined ? "none" : limits.unit
  if (!Number.isFinite(value)) {
    report.error("BICA3003", span, `\`${name}\` is too large for a number.`, `Give \`${name}\` a smaller value.`)
    return false
  }
  if (value < limits.minimum || (limits.above === true && value === limits.minimum) || value > limits.maximum) {
    const low = show(limits.minimum, unit)
    const high = show(limits.maximum, unit)
    const range = limits.above === true ? `above ${low} and at most ${high}` : `from ${low} to ${high}`
    report.error(
      "BICA3003",
      span,
      `\`${name}\` is ${show(value, unit)}, which is out of range.`,
      `Give \`${name}\` a value ${range}.`
    )
    return false
  }
  if (limits.integer === true && !Number.isInteger(value)) {
    report.error(
      "BICA3007",
      span,
      `\`${name}\` is ${show(value, unit)}, but it counts whole things.`,
      `Give \`${name}\` a whole number.`
    )
    return false
  }
  return true
}

/** The value of a quantity within limits, or undefined after a finding. */
export const resolveNumber = (
  report: Report,
  name: string,
  limits: Limits,
  quantity: Ast.Quantity
): number | undefined => {
  if (!unitFits(report, name, limits.unit, quantity)) return undefined
  const value = numberOf(quantity)
  return inLimits(report, name, limits, value, quantity) ? value : undefined
}

// ---- settings --------------------------------------------------------------------------------------------------

const written = (span: Span): Origin => ({ kind: "written", span })

/** The named values inside a block or of a choice. */
const fields = (value: Value | undefined): ReadonlyMap<string, Value> =>
  new Map(typeof value === "object" ? Object.entries<Value>(value as Readonly<Record<string, Value>>) : [])

/** The word and the arguments of a choice. */
const asChoice = (value: Value): { readonly choice: string; readonly arguments: Value } | undefined =>
  typeof value === "object" && "choice" in value && typeof value.choice === "string" && "arguments" in value
    ? { choice: value.choice, arguments: value.arguments }
    : undefined

/** The default of a parameter with its parts; undefined where it has none. */
export const defaultSetting = (parameter: Parameter): Setting | undefined =>
  parameter.default === undefined
    ? undefined
    : fromValue(parameter, parameter.default, { kind: "default", source: parameter.source })

const fromValue = (parameter: Parameter, value: Value, origin: Origin): Setting => {
  const type = parameter.type
  const parts: Array<Setting> = []
  const add = (parameters: ReadonlyArray<Parameter>, values: Value | undefined): void => {
    const all = fields(values)
    for (const inner of parameters) {
      const given = all.get(inner.name)
      if (given !== undefined)
        parts.push(
          fromValue(inner, given, inner.source === undefined ? origin : { kind: "default", source: inner.source })
        )
      else {
        const fallback = defaultSetting(inner)
        if (fallback !== undefined) parts.push(fallback)
      }
    }
  }
  if (type.kind === "block") {
    add(type.parameters, value)
    return { parameter, origin, value: record(parts), parts }
  }
  const chosen = type.kind === "choice" ? asChoice(value) : undefined
  if (type.kind === "choice" && chosen !== undefined) {
    add(type.options.find((option) => option.name === chosen.choice)?.parameters ?? [], chosen.arguments)
    return { parameter, origin, value: { choice: chosen.choice, arguments: record(parts) }, parts }
  }
  return { parameter, origin, value, parts }
}

/** The plain values of settings by name. */
export const record = (settings: ReadonlyArray<Setting>): Readonly<Record<string, Value>> =>
  Object.fromEntries(settings.map((one) => [one.parameter.name, one.value]))

/** The setting of a number in the head of a statement: `repeat 300 times`, `for 16 steps`. */
export const resolveQuantity = (report: Report, parameter: Parameter, quantity: Ast.Quantity): Setting | undefined => {
  const type = parameter.type
  if (type.kind !== "number") return undefined
  const value = resolveNumber(report, parameter.name, type, quantity)
  return value === undefined ? undefined : { parameter, origin: written(quantity.span), value, parts: [] }
}

/** The setting of a parameter from what is written, or undefined after a finding. */
export const resolveValue = (
  report: Report,
  parameter: Parameter,
  value: Ast.Value,
  base?: Setting
): Setting | undefined => {
  const type = parameter.type
  const name = parameter.name
  const wrong = (): undefined => {
    report.error(
      "BICA3001",
      value.span,
      `\`${name}\` is ${wanted(parameter)}, not ${nouns[value._tag]}.`,
      `Give \`${name}\` ${wanted(parameter)}.`
    )
    return undefined
  }
  const leaf = (resolved: Value): Setting => ({ parameter, origin: written(value.span), value: resolved, parts: [] })
  switch (type.kind) {
    case "number": {
      if (value._tag !== "Number") return wrong()
      const resolved = resolveNumber(report, name, type, value.quantity)
      return resolved === undefined ? undefined : leaf(resolved)
    }
    case "range": {
      if (value._tag !== "Range") return wrong()
      // `20 .. 30 %`: a unit at the end stands for both ends
      const lowEnd = value.low.unit === undefined ? { ...value.low, unit: value.high.unit } : value.low
      if (!unitFits(report, name, type.unit, value.high)) return undefined
      if (value.low.unit !== undefined && !unitFits(report, name, type.unit, value.low)) return undefined
      const low = numberOf(lowEnd)
      const high = numberOf(value.high)
      const lowFits = inLimits(report, name, type, low, lowEnd)
      if (!lowFits || !inLimits(report, name, type, high, value.high)) return undefined
      if (low > high) {
        report.error(
          "BICA3004",
          value.span,
          `The low end of \`${name}\`, ${value.low.text}, is above its high end, ${value.high.text}.`,
          "Put the smaller number first."
        )
        return undefined
      }
      return leaf({ low, high })
    }
    case "extent": {
      if (value._tag !== "Extent") return wrong()
      const limits: Limits = { unit: "cells", minimum: type.minimum, maximum: type.maximum, integer: true }
      const width = resolveNumber(report, name, limits, value.width)
      const height = width === undefined ? undefined : resolveNumber(report, name, limits, value.height)
      if (width === undefined || height === undefined) return undefined
      if (type.square === true && width !== height) {
        report.error(
          "BICA3003",
          value.span,
          `\`${name}\` must be as wide as it is high, and ${width} by ${height} is not.`,
          `Write \`${width} by ${width}\` or \`${height} by ${height}\`.`
        )
        return undefined
      }
      return leaf({ width, height })
    }
    case "schedule": {
      if (value._tag === "Number") {
        const resolved = resolveNumber(report, name, type, value.quantity)
        return resolved === undefined ? undefined : leaf(resolved)
      }
      if (value._tag !== "Schedule") return wrong()
      const resolved = resolveSchedule(report, name, type, value)
      return resolved === undefined ? undefined : leaf(resolved)
    }
    case "choice": {
      if (value._tag === "Reference") return resolveOption(report, parameter, type.options, value.path, [], value.span)
      if (value._tag === "Call")
        return resolveOption(report, parameter, type.options, value.callee, value.arguments, value.span)
      return wrong()
    }
    case "block": {
      if (value._tag !== "Block") return wrong()
      const parts = resolveBlock(report, {
        owner: `\`${name}\``,
        parameters: type.parameters,
        entries: value.entries,
        span: value.span,
        base: base?.parts
      })
      return parts === undefined ? undefined : { parameter, origin: written(value.span), value: record(parts), parts }
    }
  }
}

/** The values of `from -> to over n updates` or `from -> to by r per update`. */
export const resolveSchedule = (
  report: Report,
  name: string,
  limits: Limits,
  value: Extract<Ast.Value, { readonly _tag: "Schedule" }>
): Schedule | undefined => {
  const from = resolveNumber(report, name, limits, value.from)
  const to = from === undefined ? undefined : resolveNumber(report, name, limits, value.to)
  if (from === undefined || to === undefined) return undefined
  const pace = value.pace.quantity
  if (value.pace.kind === "over") {
    const over = resolveNumber(report, "over", { unit: "updates", minimum: 1, maximum: 1e9, integer: true }, pace)
    return over === undefined ? undefined : { kind: "linear", from, to, over }
  }
  // the factor's unit says when it is applied: `per update`
  const factor = unitOf(pace) === "updates" ? { ...pace, unit: undefined } : pace
  const by = resolveNumber(report, "by", { unit: "none", minimum: 0, maximum: 1000, above: true }, factor)
  if (by === undefined) return undefined
  if (from <= 0 || to <= 0) {
    report.error(
      "BICA3003",
      value.span,
      `A schedule by a factor never passes 0, and \`${name}\` goes from ${from} to ${to}.`,
      "Let both ends be above 0, or write `over … updates`."
    )
    return undefined
  }
  if ((to < from && by >= 1) || (to > from && by <= 1)) {
    report.error(
      "BICA3003",
      pace.span,
      `Multiplying by ${by} never leads from ${from} to ${to}.`,
      to < from ? "Use a factor below 1." : "Use a factor above 1."
    )
    return undefined
  }
  return { kind: "geometric", from, to, by }
}

const resolveOption = (
  report: Report,
  parameter: Parameter,
  options: ReadonlyArray<Option>,
  callee: Ast.Path,
  given: ReadonlyArray<Ast.Argument>,
  span: Span
): Setting | undefined => {
  const word = pathText(callee)
  const option = options.find((one) => one.name === word)
  if (option === undefined) {
    const meant = report.nearest(
      word,
      options.map((one) => one.name)
    )
    report.error(
      "BICA2009",
      callee.span,
      `\`${parameter.name}\` cannot be \`${word}\`.`,
      meant === undefined ? `Choose ${list(options.map((one) => `\`${one.name}\``))}.` : `Did you mean \`${meant}\`?`,
      { replacement: meant }
    )
    return undefined
  }
  const parts = resolveArguments(report, `\`${option.name}\``, option.parameters, given, span)
  return parts === undefined
    ? undefined
    : { parameter, origin: written(span), value: { choice: option.name, arguments: record(parts) }, parts }
}

/** One argument of a call: in place or by name. */
export interface GivenArgument {
  readonly name: Ast.Name | undefined
  readonly value: Ast.Value
  readonly span: Span
  readonly varied?: true
}

/** The settings of a call's arguments: in order, by name, or in a block after the brackets. */
export const resolveArguments = (
  report: Report,
  owner: string,
  parameters: ReadonlyArray<Parameter>,
  given: ReadonlyArray<GivenArgument>,
  span: Span
): ReadonlyArray<Setting> | undefined => {
  const entries: Array<Ast.Entry> = []
  let place = 0
  for (const argument of given) {
    if (argument.name?.text === "with" && argument.value._tag === "Block") {
      entries.push(...argument.value.entries)
      continue
    }
    let name = argument.name
    if (name === undefined) {
      const at = parameters[place++]
      if (at === undefined) {
        const count = parameters.length
        report.error(
          "BICA3006",
          argument.span,
          count === 0
            ? `${owner} takes no arguments.`
            : `${owner} takes ${count} argument${count === 1 ? "" : "s"}: ${list(
                parameters.map((one) => `\`${one.name}\``),
                "and"
              )}.`,
          "Leave this one out."
        )
        return undefined
      }
      name = { text: at.name, span: argument.span }
    }
    entries.push({
      key: { parts: [name], span: name.span },
      value: argument.value,
      span: argument.span,
      ...(argument.varied === true ? { varied: true } : {})
    })
  }
  return resolveBlock(report, { owner, parameters, entries, span })
}

/** What `resolveBlock` works on. */
export interface BlockOptions {
  /** The owner of the parameters in the words of a message: `MapTalk`, `` `reward` ``. */
  readonly owner: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly entries: ReadonlyArray<Ast.Entry>
  /** Where a missing parameter is reported. */
  readonly span: Span
  /** Values that stand where nothing is written, before the defaults. */
  readonly base?: ReadonlyArray<Setting> | undefined
  /** Only what is written: nothing is filled in and nothing can be missing. */
  readonly partial?: boolean
}

/** The settings of a block in the order of their declaration, defaults filled in; undefined after a finding. */
export const resolveBlock = (report: Report, options: BlockOptions): ReadonlyArray<Setting> | undefined => {
  const { base, entries, owner, parameters, span } = options
  const byName = new Map<string, { readonly entry: Ast.Entry; readonly setting: Setting | undefined }>()
  let sound = true
  let unknown = false
  for (const entry of entries) {
    const name = pathText(entry.key)
    const parameter = parameters.find((one) => one.name === name)
    if (parameter === undefined) {
      const meant = report.nearest(
        name,
        parameters.map((one) => one.name).filter((one) => entry.varied === true || !byName.has(one))
      )
      report.error(
        "BICA2005",
        entry.key.span,
        `${owner} has no parameter \`${name}\`.`,
        meant !== undefined
          ? `Did you mean \`${meant}\`?`
          : parameters.length === 0
            ? "Leave it out."
            : `Its parameters are ${list(
                parameters.map((one) => `\`${one.name}\``),
                "and"
              )}.`,
        { replacement: meant }
      )
      sound = false
      unknown = true
      continue
    }
    const before = byName.get(name)
    // what a variant sets takes the place of what is given without its name: `vary human.prior.scale 1, 3` of `compass(2)`
    if (before !== undefined && entry.varied !== true) {
      report.error("BICA2015", entry.key.span, `\`${name}\` is given twice.`, "Keep one of the two.", {
        labels: [{ span: before.entry.key.span, text: "given here first" }]
      })
      sound = false
      continue
    }
    const setting = resolveValue(
      report,
      parameter,
      entry.value,
      base?.find((one) => one.parameter.name === name)
    )
    if (setting === undefined) sound = false
    byName.set(name, { entry, setting })
  }
  if (options.partial === true) {
    return sound ? parameters.flatMap((parameter) => byName.get(parameter.name)?.setting ?? []) : undefined
  }
  const settings: Array<Setting> = []
  const missing: Array<Parameter> = []
  for (const parameter of parameters) {
    const here = byName.get(parameter.name)
    if (here !== undefined) {
      if (here.setting !== undefined) settings.push(here.setting)
      continue
    }
    const fallback = base?.find((one) => one.parameter.name === parameter.name) ?? defaultSetting(parameter)
    if (fallback === undefined) missing.push(parameter)
    else settings.push(fallback)
  }
  // a misspelt parameter is most likely the one that is missing: one finding is enough
  if (missing.length > 0 && !unknown) {
    const names = list(
      missing.map((one) => `\`${one.name}\``),
      "and"
    )
    const first = missing[0]
    report.error(
      "BICA3005",
      span,
      `${owner} lacks ${names}.`,
      first === undefined ? "Add it." : `Add \`${first.name}\`: ${wanted(first)}.`
    )
  }
  return sound && missing.length === 0 ? settings : undefined
}
