/** Vega-Lite to SVG on Node. Loaded when the first figure is drawn, so that no other command pays for it. */
import type { TopLevelSpec } from "vega-lite"

/** Colours are names of the page: light, dark and print each say what they are. */
export const colours = {
  ink: "var(--ink)",
  faint: "var(--faint)",
  rule: "var(--rule)",
  paper: "var(--paper)",
  accent: "var(--s1)",
  oracle: "var(--oracle)",
  series: ["var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)", "var(--s5)", "var(--s6)", "var(--s7)"]
} as const

/** Dashes and shapes tell series apart without colour. */
export const dashes: ReadonlyArray<ReadonlyArray<number>> = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 4],
  [1, 3],
  [10, 4]
]
export const shapes = [
  "circle",
  "triangle-up",
  "square",
  "diamond",
  "cross",
  "triangle-down",
  "triangle-right"
] as const

const axis = {
  labelColor: colours.faint,
  titleColor: colours.faint,
  domainColor: colours.rule,
  tickColor: colours.rule,
  gridColor: colours.rule,
  gridOpacity: 0.45,
  labelFontSize: 11,
  titleFontSize: 11,
  titleFontWeight: "normal",
  tickSize: 4
} as const

const config = {
  aria: false,
  background: "transparent",
  view: { stroke: null },
  axis,
  text: { fontSize: 11, color: colours.ink },
  title: { color: colours.ink, fontSize: 12, fontWeight: "bold", anchor: "start" }
} as const

/**
 * Numbers with two decimals: the last bits of a coordinate are nobody's, and a page of many curves is a third as long.
 */
const rounded = (svg: string): string =>
  svg.replace(/(?<=[\s",(A-Za-z-])\d+\.\d{3,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2))))

/**
 * What a page needs of Vega's SVG: it scales with its column, is one image to a screen reader and leaves fonts to the page.
 * `alt` is escaped already.
 */
const forPage = (svg: string, alt: string): string => {
  const [root = "", width = "0", height = "0"] = /^<svg[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>/.exec(svg) ?? []
  const body = rounded(svg.slice(root.length))
    .replace(/ (?:role|aria-roledescription|aria-hidden|aria-label|font-family|pointer-events|class)="[^"]*"/g, "")
    .replace(/<path d="" display="none"\/>/g, "")
    .replace(/ opacity="1"/g, "")
    .replace(/<g><\/g>/g, "")
  return `<svg class="plot" role="img" aria-label="${alt}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${body}`
}

interface TextMetrics {
  readonly canvas: (use: boolean) => void
}

/** Vega's measure of words, which its types leave out. */
const textMetricsOf = (module: object): TextMetrics | undefined => {
  const found: unknown = Reflect.get(module, "textMetrics")
  return typeof found === "object" && found !== null && "canvas" in found ? (found as TextMetrics) : undefined
}

/** A figure as Vega-Lite reads it: plain data. Its own types ask for arrays that may be changed, which these need not be. */
export interface Specification {
  readonly width: number
  readonly height: number
  readonly data?: { readonly values: ReadonlyArray<object> }
  readonly layer: ReadonlyArray<object>
  /** Room around the plot for axes and labels, which is not left to an estimate of the width of words. */
  readonly margins: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
}

/** The SVG of a specification; `alt` is its text for those who do not see it, already escaped. */
export const draw = async ({ margins, ...plot }: Specification, alt: string): Promise<string> => {
  const [{ compile }, vega] = await Promise.all([import("vega-lite"), import("vega")])
  // Widths of words are estimated everywhere, never measured by a canvas that one machine has and another has not.
  textMetricsOf(vega)?.canvas(false)
  vega.resetSVGDefIds()
  const full: TopLevelSpec = JSON.parse(
    JSON.stringify({ ...plot, config, padding: margins, autosize: { type: "none" } })
  )
  const view = new vega.View(vega.parse(compile(full).spec), { renderer: "none", logLevel: vega.None })
  const svg = await view.toSVG()
  view.finalize()
  return forPage(svg, alt)
}
