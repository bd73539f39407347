/** Parameters, values and declarations in the words of a hover or a hint. */
import type { Parameter, ParameterType } from "../declaration/Parameter.ts"
import { sourceText, valueText } from "../declaration/Written.ts"
import { show } from "../dsl/check/Values.ts"

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
