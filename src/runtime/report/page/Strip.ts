/** A drawing as high as a line of text: where an estimate lies, its interval and its seeds, beside zero. */
import { raw } from "./Markup.ts"
import type { Markup } from "./Markup.ts"

const width = 150
const height = 20

/** A strip from the smallest to the largest of what is drawn; nothing where the mean is undefined. */
export const strip = (of: {
  readonly mean: number | null
  readonly low: number | null
  readonly high: number | null
  readonly seeds: ReadonlyArray<number>
}): Markup | undefined => {
  const { high, low, mean, seeds } = of
  if (mean === null) return undefined
  const all = [0, mean, low ?? mean, high ?? mean, ...seeds]
  const [least, most] = [Math.min(...all), Math.max(...all)]
  const span = most - least || 1
  const at = (x: number) => (6 + ((x - least) / span) * (width - 12)).toFixed(1)
  const middle = height / 2
  const parts = [
    `<line x1="2" x2="${width - 2}" y1="${middle}" y2="${middle}" stroke="var(--rule)"/>`,
    `<line x1="${at(0)}" x2="${at(0)}" y1="2" y2="${height - 2}" stroke="var(--ink)" stroke-dasharray="3 2"/>`,
    ...(low === null || high === null
      ? []
      : [
          `<line x1="${at(low)}" x2="${at(high)}" y1="${middle}" y2="${middle}" stroke="var(--s1)" stroke-width="4" stroke-opacity=".55"/>`
        ]),
    ...seeds.map(
      (seed) => `<circle cx="${at(seed)}" cy="${middle}" r="2.6" fill="none" stroke="var(--s1)" stroke-width="1.1"/>`
    ),
    `<path d="M${at(mean)} ${middle - 4.5}l4 4.5l-4 4.5l-4 -4.5z" fill="var(--s1)"/>`
  ]
  return raw(
    `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">${parts.join("")}</svg>`
  )
}
