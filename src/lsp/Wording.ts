/** Parameters, values and declarations in the words of a hover or a hint. */
import type { Parameter, ParameterType, Source, Value } from "../declaration/Parameter.ts"
import { show } from "../dsl/check/Values.ts"

/** A value as it would be written in a file. */
export const valueText = (type: ParameterType, value: Value): string => {
  if (typeof value === "number") return show(value, "unit" in type ? type.unit : undefined)
  switch (type.kind) {
    case "number":
      return ""
    case "range":
      return `${plain(value, "low")} .. ${plain(value, "high")}`
    case "extent":
      return `${plain(value, "width")} by ${plain(value, "height")}`
    case "schedule": {
      const ends = `${plain(value, "from")} -> ${plain(value, "to")}`
      return "over" in value
        ? `${ends} over ${plain(value, "over")} updates`
        : `${ends} by ${plain(value, "by")} per update`
    }
    case "choice": {
      const word = "choice" in value && typeof value.choice === "string" ? value.choice : ""
      const option = type.options.find((one) => one.name === word)
      const given = "arguments" in value && typeof value.arguments === "object" ? entriesOf(value.arguments) : []
      const parts = (option?.parameters ?? []).flatMap((parameter, i) => {
        const part = given.find(([name]) => name === parameter.name)?.[1]
        return part === undefined ? [] : [i === 0 ? valueText(parameter.type, part) : parameterText(parameter, part)]
      })
      return parts.length === 0 ? word : `${word}(${parts.join(", ")})`
    }
    case "block": {
      const given = entriesOf(value)
      const parts = type.parameters.flatMap((parameter) => {
        const part = given.find(([name]) => name === parameter.name)?.[1]
        return part === undefined ? [] : [parameterText(parameter, part)]
      })
      return `{ ${parts.join(", ")} }`
    }
  }
}

/** A parameter and its value as an entry of a block. */
export const parameterText = (parameter: Parameter, value: Value): string =>
  `${parameter.name} ${valueText(parameter.type, value)}`

const entriesOf = (value: Value): ReadonlyArray<readonly [string, Value]> =>
  typeof value === "object" ? Object.entries(value) : []

const plain = (value: Value, key: string): string => {
  const part = entriesOf(value).find(([name]) => name === key)?.[1]
  return typeof part === "number" ? `${part}` : ""
}

const kinds: Readonly<Record<Source["kind"], string>> = { paper: "paper", convention: "convention", ours: "our choice" }

/** Where a default comes from: `paper: Schulman et al. 2017, table 3`. */
export const sourceText = (source: Source): string => `${kinds[source.kind]}: ${source.text.replaceAll(/\s+/g, " ")}`

const units: Readonly<Record<string, string>> = { none: "", reward: "", fraction: "" }

/** The kind of value that a parameter takes: `whole number of steps, from 1 to 10000`. */
export const typeText = (type: ParameterType): string => {
  switch (type.kind) {
    case "number":
      return `${type.unit === "fraction" ? "fraction" : type.integer === true ? "whole number" : "number"}${ofUnit(type.unit)}, ${limits(type)}`
    case "range":
      return `range \`low .. high\`${ofUnit(type.unit)}, ${limits(type)}`
    case "extent":
      return `extent \`n by ${type.square === true ? "n" : "m"}\` of cells, ${type.minimum === type.maximum ? `${type.minimum}` : limits({ ...type, unit: "cells" })}`
    case "schedule":
      return `number or schedule${ofUnit(type.unit)}, ${limits(type)}`
    case "choice":
      return `one of ${type.options.map((one) => `\`${one.name}\``).join(", ")}`
    case "block":
      return `block of ${type.parameters.map((one) => `\`${one.name}\``).join(", ")}`
  }
}

const ofUnit = (unit: string): string => {
  const word = units[unit] ?? unit
  return word === "" ? "" : ` of ${word}`
}

const limits = (type: {
  readonly unit: string
  readonly minimum: number
  readonly maximum: number
  readonly above?: boolean
}): string => {
  const end = (value: number): string => (type.unit === "fraction" ? show(value, "fraction") : `${value}`)
  return `${type.above === true ? "above" : "from"} ${end(type.minimum)} to ${end(type.maximum)}`
}

/** A parameter as markdown: its head, what it means, what it takes, its default and where that comes from. */
export const parameterDoc = (parameter: Parameter, owner: string): string => {
  const { default: value, source } = parameter
  const rows = [
    `**${parameter.name}** of ${owner}`,
    "",
    parameter.doc,
    "",
    `- takes: ${typeText(parameter.type)}`,
    value === undefined ? "- must be given" : `- default: \`${valueText(parameter.type, value)}\``
  ]
  if (source !== undefined) rows.push(`- source: ${sourceText(source)}`)
  return rows.join("\n")
}
