/** Values as a file of the language writes them: read again, they are the same. */
import { spokenUnits } from "./Parameter.ts"
import type { Parameter, ParameterType, Source, Value } from "./Parameter.ts"

/** A number with its unit such that reading it gives the same number. */
const numberText = (value: number, unit: string): string => {
  if (unit === "fraction") {
    const percent = Number((value * 100).toPrecision(15))
    return /^[0-9.]+$/.test(`${percent}`) && Number(`${percent}e-2`) === value ? `${percent} %` : `${value}`
  }
  return spokenUnits.has(unit) ? `${value} ${unit}` : `${value}`
}

/** A value of a parameter in one line, as it stands after the parameter's name; a schedule may also be one number. */
export const valueText = (type: ParameterType, value: Value): string => {
  if (typeof value === "number") return numberText(value, "unit" in type ? type.unit : "none")
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
