/** What a user sees of a run: a live display in a terminal, plain lines in a log, JSON lines for a machine. */
import type { Scope } from "effect"
import { Clock, Effect } from "effect"
import type { DualReading, Event } from "../runtime/Progress.ts"
import type { Output, Palette } from "./Screen.ts"
import { duration, grouped, palette, percent } from "./Screen.ts"

/** Receives the events of a run. */
export interface Display {
  readonly report: (event: Event) => Effect.Effect<void>
  /** A sentence beside the events, such as a warning of the store. */
  readonly note: (line: string) => void
}

type Update = Extract<Event, { readonly _tag: "Update" }>
type Started = Extract<Event, { readonly _tag: "StageStarted" }>

const dualText = ({ bound, name, quantity, unit, value }: DualReading): string =>
  `${name} ${quantity.toFixed(3)} of ${bound} ${unit}, weight ${value.toFixed(4)}`

/** The line that stays for an event, or undefined for those that only move the display. */
const lasting = (event: Event, paint: Palette): string | undefined => {
  switch (event._tag) {
    case "RunStarted":
      return `${paint.strong(event.pipeline)}: ${event.stages} stages on ${event.engine}${event.workers === undefined ? "" : `, ${event.workers} workers`}, in ${event.folder}`
    case "StageEnded":
      return event.cached
        ? `${paint.faint("kept")}  ${event.label}`
        : `${paint.good("done")}  ${event.label}  ${paint.faint(duration(event.seconds))}`
    case "RunEnded":
      return `ended after ${duration(event.seconds)}`
    case "StageStarted":
    case "Update":
      return undefined
  }
}

const imitationText = ({ bound, loss }: NonNullable<Update["imitation"]>): string =>
  `loss ${loss.toFixed(3)}${bound === undefined ? "" : ` of ${bound}`} nats`

/** Whether nothing comes after an update: it is the last, or the bound of its imitation is met. */
const isLast = ({ imitation, update, updates }: Update): boolean =>
  update === updates || (imitation?.bound !== undefined && imitation.loss < imitation.bound)

const plainUpdate = (event: Update): string =>
  [
    `${event.label}  update ${event.update} of ${event.updates}`,
    ...(event.fit === undefined
      ? [`success ${percent(event.success)}`, `${grouped(event.stepsPerSecond)} steps/s`]
      : [`loss ${event.fit.loss.toFixed(2)} nats`, `${grouped(event.stepsPerSecond)} images/s`]),
    ...event.duals.map(dualText),
    ...(event.imitation === undefined ? [] : [imitationText(event.imitation)]),
    `${duration(event.secondsLeft)} left`
  ].join("  ")

/**
 * One line when a stage starts and ends, and while it trains one line at most every `every` milliseconds, so that the log
 * of an hour stays readable.
 */
export const plain = (output: Output, options: { readonly every: number }): Display => {
  const paint = palette(false)
  const last = new Map<string, number>()
  return {
    note: (line) => void output.write(`${line}\n`),
    report: Effect.fnUntraced(function* (event: Event) {
      if (event._tag === "Update") {
        const now = yield* Clock.currentTimeMillis
        const before = last.get(event.label) ?? Number.NEGATIVE_INFINITY
        if (now - before < options.every && !isLast(event)) return
        last.set(event.label, now)
        output.write(`${plainUpdate(event)}\n`)
        return
      }
      if (event._tag === "StageStarted") {
        const from = event.from > 0 ? `, from update ${event.from}` : ""
        output.write(`start ${event.label}${event.updates > 0 ? `  ${event.updates} updates${from}` : ""}\n`)
        return
      }
      const line = lasting(event, paint)
      if (line !== undefined) output.write(`${line}\n`)
    })
  }
}

/** One JSON object per event and line; numbers that are not finite are null. */
export const json = (output: Output): Display => ({
  note: (line) => void output.write(`${JSON.stringify({ _tag: "Note", text: line })}\n`),
  report: (event) => Effect.sync(() => output.write(`${JSON.stringify(event)}\n`))
})

const bar = (share: number, width: number): string => {
  const full = Math.max(0, Math.min(width, Math.round(share * width)))
  return "█".repeat(full) + "░".repeat(width - full)
}

/** The lines of the live block, without colour, each at most `width` characters. */
export const block = (stage: Started, update: Update | undefined, width: number): ReadonlyArray<string> => {
  const lines = [stage.label]
  if (update !== undefined) {
    const share = update.updates > 0 ? update.update / update.updates : 0
    lines[0] = `${stage.label}  update ${update.update} of ${update.updates}`
    lines.push(
      `  ${bar(share, 24)} ${String(Math.floor(100 * share)).padStart(3)} %  ${duration(update.secondsLeft)} left`
    )
    lines.push(
      update.fit === undefined
        ? `  success ${percent(update.success)}   ${grouped(update.stepsPerSecond)} steps/s   ${grouped(update.steps)} steps`
        : `  loss ${update.fit.loss.toFixed(2)} nats   ${grouped(update.stepsPerSecond)} images/s   ${grouped(update.steps)} images`
    )
    if (update.imitation !== undefined) lines.push(`  ${imitationText(update.imitation)}`)
    const name = Math.max(0, ...update.duals.map((dual) => dual.name.length))
    for (const dual of update.duals) {
      lines.push(
        `  ${dual.name.padEnd(name)}  ${dual.quantity.toFixed(3)} of ${dual.bound} ${dual.unit}   weight ${dual.value.toFixed(4)}`
      )
    }
  } else if (stage.updates === 0) {
    lines[0] = `${stage.label}  measuring`
  }
  return lines.map((line) => ([...line].length > width ? `${[...line].slice(0, width - 1).join("")}…` : line))
}

/**
 * Redraws the running stages in place, ended stages stay above it. The cursor is hidden meanwhile and shown again when the
 * scope closes, whatever ends it.
 */
export const live = (
  output: Output,
  options: { readonly coloured: boolean; readonly every: number }
): Effect.Effect<Display, never, Scope.Scope> =>
  Effect.gen(function* () {
    const paint = palette(options.coloured)
    const running = new Map<string, { readonly stage: Started; readonly update: Update | undefined }>()
    let drawn: ReadonlyArray<string> = []
    let last = Number.NEGATIVE_INFINITY

    const columns = () => Math.max(20, output.columns ?? 80)
    // Lines drawn for a wider terminal take several rows of a narrower one.
    const rows = () => drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil([...line].length / columns())), 0)
    const erase = () => (drawn.length === 0 ? "" : `\u001b[${rows()}A\r\u001b[0J`)
    const draw = (above: string) => {
      const gone = erase()
      const blocks = [...running.values()].map(({ stage, update }) => block(stage, update, columns() - 1))
      drawn = blocks.flat()
      const shown = blocks.flatMap((lines) => lines.map((line, index) => (index === 0 ? paint.strong(line) : line)))
      output.write(gone + above + shown.map((line) => `${line}\n`).join(""))
    }

    const onResize = () => draw("")
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        output.write("\u001b[?25l")
        output.on?.("resize", onResize)
      }),
      () =>
        Effect.sync(() => {
          output.off?.("resize", onResize)
          output.write("\u001b[?25h")
        })
    )

    return {
      note: (line) => draw(`${line}\n`),
      report: Effect.fnUntraced(function* (event: Event) {
        switch (event._tag) {
          case "StageStarted":
            running.set(event.label, { stage: event, update: undefined })
            last = Number.NEGATIVE_INFINITY
            return draw("")
          case "Update": {
            const shown = running.get(event.label)
            if (shown !== undefined) running.set(event.label, { ...shown, update: event })
            const now = yield* Clock.currentTimeMillis
            if (now - last < options.every && !isLast(event)) return
            last = now
            return draw("")
          }
          default: {
            if (event._tag === "StageEnded") running.delete(event.label)
            if (event._tag === "RunEnded") running.clear()
            const line = lasting(event, paint)
            draw(line === undefined ? "" : `${line}\n`)
          }
        }
      })
    }
  })
