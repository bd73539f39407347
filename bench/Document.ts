/** docs/performance.md: figures stand between two markers and come from a result file, never from a keyboard. */
import * as Path from "node:path"
import { root } from "../src/cli/Installation.ts"
import type { Result } from "./Result.ts"
import { markdown } from "./Table.ts"

export const documentPath = Path.join(root, "docs", "performance.md")
/** The result that the document shows. */
export const resultPath = Path.join(root, "bench", "result.json")

const begin = "<!-- figures: begin (written by bench/render.ts) -->"
const end = "<!-- figures: end -->"

/** What stands between the markers: the figures of `result`, or that there are none. */
export const figuresOf = (result: Result | undefined): string =>
  result === undefined ? "No figures have been published yet." : markdown(result)

/** The document with `figures` between its markers; undefined when it does not have the two markers in their order. */
export const withFigures = (document: string, figures: string): string | undefined => {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) return undefined
  return `${document.slice(0, from + begin.length)}\n\n${figures}\n\n${document.slice(to)}`
}
