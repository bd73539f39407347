/** What the output is: a terminal or not, how wide, in colour or not. */

/** The part of a stream that the display needs. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly write: (text: string) => unknown
  readonly on?: (event: "resize", listener: () => void) => unknown
  readonly off?: (event: "resize", listener: () => void) => unknown
}

/**
 * Whether to colour what is written to `output`: never under NO_COLOR (any value but the empty one, see no-color.org) or
 * TERM=dumb, always under FORCE_COLOR, else when it is a terminal.
 */
export const isColoured = (output: Output, environment: Readonly<Record<string, string | undefined>>): boolean => {
  if ((environment.NO_COLOR ?? "") !== "") return false
  if ((environment.FORCE_COLOR ?? "") !== "") return environment.FORCE_COLOR !== "0"
  return output.isTTY === true && environment.TERM !== "dumb"
}

export interface Palette {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

const wrap = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`

const asIs = (text: string) => text

export const palette = (coloured: boolean): Palette =>
  coloured
    ? { strong: wrap(1, 22), faint: wrap(2, 22), good: wrap(32, 39), bad: wrap(31, 39) }
    : { strong: asIs, faint: asIs, good: asIs, bad: asIs }

/** 3725 is `1 h 02 min`, 75.4 is `1 min 15 s`, 2.34 is `2.3 s`. */
export const duration = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return "?"
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`
  const minutes = Math.round(whole / 60)
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`
}

/** 1234567 is `1,234,567`: grouped the same way whatever the locale of the machine. */
export const grouped = (value: number): string =>
  Number.isFinite(value) ? String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",") : "?"

/** A fraction as a percentage with one decimal; a dash when nothing was measured. */
export const percent = (fraction: number): string =>
  Number.isFinite(fraction) ? `${(100 * fraction).toFixed(1)} %` : "-"
