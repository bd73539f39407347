/** A result for readers: in a terminal, and in docs/performance.md. */
import type { Result } from "./Result.ts"
import { sections } from "./Result.ts"

/** Three significant digits, thousands grouped: 0.438, 13.6, 176, 2,650, 48,100. */
export const figure = (x: number): string => {
  if (x === 0) return "0"
  const exponent = Math.floor(Math.log10(Math.abs(x)))
  const unit = 10 ** Math.max(0, exponent - 2)
  const rounded = unit === 1 ? x : Math.round(x / unit) * unit
  const [whole = "", part] = rounded.toFixed(Math.min(20, Math.max(0, 2 - exponent))).split(".")
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",")
  return part === undefined ? grouped : `${grouped}.${part}`
}

interface Row {
  readonly what: string
  readonly median: string
  readonly range: string
  readonly unit: string
}

interface Part {
  readonly title: string
  readonly rows: ReadonlyArray<Row>
}

const range = (values: ReadonlyArray<number>, minimum: number, maximum: number) =>
  values.length < 2 ? "" : `${figure(minimum)} .. ${figure(maximum)}`

const partsOf = (result: Result): ReadonlyArray<Part> =>
  [
    ...sections.map((section) => ({
      title: section,
      rows: result.measures
        .filter((measure) => measure.section === section)
        .map(({ below, maximum, median, minimum, unit, values, what }) => ({
          what: below === undefined ? what : `${what} (to stay below ${figure(below)} ${unit})`,
          median: figure(median),
          range: range(values, minimum, maximum),
          unit
        }))
    })),
    {
      title: "Ratios, taken within each round",
      rows: result.ratios.map(({ maximum, median, minimum, values, what }) => ({
        what,
        median: figure(median),
        range: range(values, minimum, maximum),
        unit: ""
      }))
    }
  ].filter(({ rows }) => rows.length > 0)

/** How the figures came to be, in sentences. */
const setting = (result: Result): ReadonlyArray<string> => {
  const { configuration, engine, machine, versions } = result
  const { block, environments, epochs, minibatches, steps, warmUp } = configuration
  const load = machine.loadBefore === null ? "" : `, load ${machine.loadBefore.toFixed(2)} before the bench began`
  return [
    `${machine.processor} (${machine.platform}, ${machine.instructions}, ${machine.cores} cores, ${figure(machine.memory)} MiB)${load}.`,
    `Engine ${engine.name} (${engine.version}), ${engine.threads} thread${engine.threads === 1 ? "" : "s"}, ${engine.device}.`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    `${environments} environments, segments of ${steps} steps, ${epochs} epochs, ${minibatches} minibatches.`,
    `${result.rounds} round${result.rounds === 1 ? "" : "s"}; ${block} updates timed together after ${warmUp} that do not count. Began ${result.began}.`
  ]
}

/** Columns of text, for a terminal. */
export const plain = (result: Result): string => {
  const parts = partsOf(result)
  const rows = parts.flatMap((part) => part.rows)
  const width = (column: keyof Row) => Math.max(0, ...rows.map((row) => row[column].length))
  const line = (row: Row) =>
    [row.what.padEnd(width("what")), row.median.padStart(width("median")), row.range.padEnd(width("range")), row.unit]
      .join("  ")
      .trimEnd()
  const warning = result.quick ? ["", "--quick: these figures show that the bench works and nothing else."] : []
  return [
    ...setting(result),
    "Median, then least .. greatest over the rounds.",
    ...warning,
    ...parts.flatMap((part) => ["", part.title, ...part.rows.map((row) => `  ${line(row)}`)]),
    ""
  ].join("\n")
}

/** Markdown, for docs/performance.md. */
export const markdown = (result: Result): string => {
  const cell = (text: string) => text.replaceAll("|", "\\|")
  return [
    ...setting(result).map((sentence) => `${sentence}\\`),
    "Median, and least .. greatest over the rounds.",
    ...partsOf(result).flatMap(({ rows, title }) => [
      "",
      `**${title}**`,
      "",
      "| what | median | range | unit |",
      "| --- | ---: | ---: | --- |",
      ...rows.map(({ median, range, unit, what }) => `| ${cell(what)} | ${median} | ${range} | ${unit} |`)
    ])
  ].join("\n")
}
