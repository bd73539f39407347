/**
 * Units of expressions. `any` is a plain number, which goes with every unit; `fraction` is a share of one, a plain number
 * when multiplied; everything else is a product of powers: `nats`, `nats^2`, `steps/tokens`.
 */

type Powers = ReadonlyMap<string, number>

const parse = (unit: string): Powers => {
  if (unit === "any" || unit === "fraction") return new Map()
  const [above = "", below = ""] = unit.split("/")
  const powers = new Map<string, number>()
  const read = (side: string, sign: number): void => {
    for (const factor of side.split("*")) {
      if (factor === "" || factor === "1") continue
      const [name = "", power = "1"] = factor.split("^")
      powers.set(name, (powers.get(name) ?? 0) + sign * Number(power))
    }
  }
  read(above, 1)
  read(below, -1)
  return powers
}

const print = (powers: Powers): string => {
  const factors = [...powers].filter(([, power]) => power !== 0).sort(([a], [b]) => (a < b ? -1 : 1))
  if (factors.length === 0) return "any"
  const side = (sign: number): string =>
    factors
      .filter(([, power]) => Math.sign(power) === sign)
      .map(([name, power]) => (Math.abs(power) === 1 ? name : `${name}^${Math.abs(power)}`))
      .join("*")
  const below = side(-1)
  return below === "" ? side(1) : `${side(1) === "" ? "1" : side(1)}/${below}`
}

/** The unit of a product. */
export const product = (a: string, b: string): string => {
  if (a === "fraction" && (b === "any" || b === "fraction")) return "fraction"
  if (b === "fraction" && a === "any") return "fraction"
  const powers = new Map(parse(a))
  for (const [name, power] of parse(b)) powers.set(name, (powers.get(name) ?? 0) + power)
  return print(powers)
}

/** The unit of a quotient. */
export const quotient = (a: string, b: string): string => {
  if (a === "fraction" && b === "any") return "fraction"
  const powers = new Map(parse(a))
  for (const [name, power] of parse(b)) powers.set(name, (powers.get(name) ?? 0) - power)
  return print(powers)
}

/** The unit of a power. */
export const power = (a: string, exponent: number): string =>
  print(new Map([...parse(a)].map(([name, value]) => [name, value * exponent])))

/** The unit of a sum or a comparison, undefined where the two do not go together. */
export const common = (a: string, b: string): string | undefined =>
  a === "any" ? b : b === "any" || a === b ? a : undefined

/** A unit in a sentence. */
export const word = (unit: string): string =>
  unit === "any" ? "a plain number" : unit === "fraction" ? "a fraction" : unit
