/** Numbers as a reader sees them: units, decimals, grouping; the same on every machine. */

/** 1234567 is `1,234,567`. */
export const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",")

/** A minus sign that is one; -0.00 is 0.00. */
const signed = (text: string): string => text.replace(/^-(?=[0.]+$)/, "").replace(/^-/, "−")

/** Three significant digits without an exponent where that is readable: `0.0123`, `12.3`, `1,230`, `1.2e-7`. */
export const significant = (value: number): string => {
  if (value === 0) return "0"
  const size = Math.abs(value)
  if (size >= 1000) return signed(`${value < 0 ? "-" : ""}${grouped(size)}`)
  if (size < 0.0001) return signed(value.toExponential(1))
  return signed(Number(value.toPrecision(3)).toString())
}

const decimals: Readonly<Record<string, number>> = { steps: 2, collisions: 2, tokens: 2, reward: 2, nats: 3 }

/** A value without its unit: a fraction in percent, a count with two decimals, nats with three. */
export const bare = (value: number, unit: string): string => {
  if (unit === "fraction") return signed((100 * value).toFixed(1))
  const places = decimals[unit]
  return places === undefined ? significant(value) : signed(value.toFixed(places))
}

/** A value; a dash where it is undefined. */
export const shown = (value: number | null, unit: string): string =>
  value === null ? "–" : unit === "fraction" ? `${bare(value, unit)} %` : bare(value, unit)

/** The margin of a claim with its unit: differences of fractions are percentage points. */
export const marginShown = (value: number, unit: string): string =>
  unit === "fraction"
    ? `${bare(value, unit)} percentage points`
    : [bare(value, unit), unit === "reward" ? "" : unit].join(" ").trim()

/** An interval in brackets; empty where it is undefined. */
export const interval = (of: { readonly low: number | null; readonly high: number | null }, unit: string): string =>
  of.low === null || of.high === null ? "" : `[${bare(of.low, unit)}, ${bare(of.high, unit)}]`

/** `1 seed`, `5 seeds`. */
export const plural = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`

/** `2026-11-22T05:25:00.490Z` is `2026-11-22 05:25 UTC`; anything else stays as it is. */
export const moment = (iso: string): string => {
  const [, day, minute] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):\d{2}(?:\.\d+)?Z$/.exec(iso) ?? []
  return day === undefined || minute === undefined ? iso : `${day} ${minute} UTC`
}
