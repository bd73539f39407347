/* oxlint-disable no-control-regex */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { block, json, live, plain } from "../../src/cli/Display.ts"
import { duration, grouped, isColoured, percent } from "../../src/cli/Screen.ts"
import type { Event } from "../../src/runtime/Progress.ts"

const started: Extract<Event, { readonly _tag: "StageStarted" }> = {
  _tag: "StageStarted",
  label: "train/bica/seed-13",
  updates: 300,
  from: 0
}

const update = (n: number): Extract<Event, { readonly _tag: "Update" }> => ({
  _tag: "Update",
  label: "train/bica/seed-13",
  update: n,
  updates: 300,
  steps: 2048 * n,
  stepsPerSecond: 18_204.4,
  success: 0.931,
  duals: [
    { name: "ai_drift", value: 0.03125, quantity: 0.98, bound: 1, unit: "nats" },
    { name: "human_drift", value: 0, quantity: 1.3204, bound: 2, unit: "nats" }
  ],
  secondsLeft: 72
})

const ended: Event = { _tag: "StageEnded", label: "train/bica/seed-13", cached: false, seconds: 100 }

/** A screen of a given width that keeps what a terminal would show: it knows the control sequences that the display uses. */
const screen = (columns: number) => {
  const listeners = new Set<() => void>()
  let lines: Array<string> = [""]
  let row = 0
  let column = 0
  let cursor = true
  const text: Array<string> = []
  return {
    isTTY: true,
    columns,
    text,
    rows: () => lines,
    isCursorShown: () => cursor,
    on: (_: "resize", listener: () => void) => listeners.add(listener),
    off: (_: "resize", listener: () => void) => listeners.delete(listener),
    listeners,
    /** Makes the terminal narrower or wider; long lines wrap as a terminal that reflows does it. */
    resize(width: number) {
      this.columns = width
      lines = lines.flatMap((line) => {
        const parts = line.match(new RegExp(`.{1,${width}}`, "gu"))
        return parts === null ? [""] : [...parts]
      })
      row = lines.length - 1
      for (const listener of listeners) listener()
    },
    write(chunk: string) {
      text.push(chunk)
      for (const [token] of chunk.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/gu)) {
        const up = /^\u001b\[(\d+)A$/.exec(token)
        if (up !== null) row = Math.max(0, row - Number(up[1]))
        else if (token === "\u001b[0J") lines = [...lines.slice(0, row), ""]
        else if (token === "\u001b[?25l") cursor = false
        else if (token === "\u001b[?25h") cursor = true
        else if (token === "\r") column = 0
        else if (token === "\n") {
          row++
          column = 0
          if (row === lines.length) lines.push("")
        } else if (!token.startsWith("\u001b")) {
          lines[row] = (lines[row] ?? "").slice(0, column) + token
          column += token.length
          assert.isAtMost(column, this.columns, "a line is wider than the terminal")
        }
      }
    }
  }
}

describe("the live display", () => {
  it.effect("shows stage, update, speed, success, dual variables and time left, in place", () =>
    Effect.gen(function* () {
      const terminal = screen(80)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const display = yield* live(terminal, { coloured: true, every: 100 })
          yield* display.report(started)
          yield* display.report(update(120))
          assert.isFalse(terminal.isCursorShown())
          assert.deepStrictEqual(terminal.rows(), [
            "train/bica/seed-13  update 120 of 300",
            "  ██████████░░░░░░░░░░░░░░  40 %  1 min 12 s left",
            "  success 93.1 %   18,204 steps/s   245,760 steps",
            "  ai_drift     0.980 of 1 nats   weight 0.0313",
            "  human_drift  1.320 of 2 nats   weight 0.0000",
            ""
          ])
          display.note("warning: a checkpoint is damaged")
          yield* display.report(ended)
          assert.deepStrictEqual(terminal.rows(), [
            "warning: a checkpoint is damaged",
            "done  train/bica/seed-13  1 min 40 s",
            ""
          ])
        })
      )
      assert.isTrue(terminal.isCursorShown())
      assert.strictEqual(terminal.listeners.size, 0)
    })
  )

  it.effect("redraws at most every 100 ms, and always the last update", () =>
    Effect.gen(function* () {
      const terminal = screen(80)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const display = yield* live(terminal, { coloured: false, every: 100 })
          yield* display.report(started)
          yield* display.report(update(1))
          yield* TestClock.adjust("99 millis")
          yield* display.report(update(2))
          assert.include(terminal.rows()[0] ?? "", "update 1 of 300")
          yield* TestClock.adjust("1 millis")
          yield* display.report(update(3))
          assert.include(terminal.rows()[0] ?? "", "update 3 of 300")
          yield* display.report(update(300))
          assert.include(terminal.rows()[0] ?? "", "update 300 of 300")
        })
      )
    })
  )

  it.effect("leaves no rest of itself when the terminal is made narrower", () =>
    Effect.gen(function* () {
      const terminal = screen(80)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const display = yield* live(terminal, { coloured: false, every: 100 })
          yield* display.report(started)
          yield* display.report(update(120))
          terminal.resize(30)
          assert.deepStrictEqual(
            terminal.rows(),
            [
              "train/bica/seed-13  update 12…",
              "  ██████████░░░░░░░░░░░░░░  4…",
              "  success 93.1 %   18,204 ste…",
              "  ai_drift     0.980 of 1 nat…",
              "  human_drift  1.320 of 2 nat…",
              ""
            ].map((line) => (line === "" ? line : `${[...line].slice(0, 28).join("")}…`))
          )
        })
      )
    })
  )

  it("says that a stage without updates measures", () => {
    assert.deepStrictEqual(block({ ...started, label: "test/bica/seed-13", updates: 0 }, undefined, 79), [
      "test/bica/seed-13  measuring"
    ])
  })
})

describe("plain lines", () => {
  it.effect("come when a stage starts and ends, and at most every ten seconds between", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const display = plain({ write: (text) => lines.push(text) }, { every: 10_000 })
      yield* display.report(started)
      yield* display.report(update(1))
      yield* display.report(update(2))
      yield* TestClock.adjust("10 seconds")
      yield* display.report(update(3))
      yield* display.report(update(300))
      yield* display.report(ended)
      yield* display.report({ ...ended, cached: true })
      assert.deepStrictEqual(lines, [
        "start train/bica/seed-13  300 updates\n",
        ...[1, 3, 300].map(
          (n) =>
            `train/bica/seed-13  update ${n} of 300  success 93.1 %  18,204 steps/s  ` +
            "ai_drift 0.980 of 1 nats, weight 0.0313  human_drift 1.320 of 2 nats, weight 0.0000  1 min 12 s left\n"
        ),
        "done  train/bica/seed-13  1 min 40 s\n",
        "kept  train/bica/seed-13\n"
      ])
    })
  )
})

describe("an imitation", () => {
  const lesson = (n: number, loss: number, bound?: number): Event => ({
    ...update(n),
    label: "prior/seed-13",
    duals: [],
    imitation: { loss, ...(bound === undefined ? {} : { bound }) }
  })

  it.effect("says how far it is from its bound, and always the update with which it ends", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const display = plain({ write: (text) => lines.push(text) }, { every: 10_000 })
      yield* display.report(lesson(1, 1.3862943, 0.9))
      yield* display.report(lesson(2, 1.2, 0.9))
      yield* display.report(lesson(3, 0.8999, 0.9))
      yield* display.report(lesson(4, 0.8))
      assert.deepStrictEqual(lines, [
        "prior/seed-13  update 1 of 300  success 93.1 %  18,204 steps/s  loss 1.386 of 0.9 nats  1 min 12 s left\n",
        "prior/seed-13  update 3 of 300  success 93.1 %  18,204 steps/s  loss 0.900 of 0.9 nats  1 min 12 s left\n"
      ])
    })
  )

  it("shows its loss in the live display, with a bound or without one", () => {
    const shown = (event: Event) => (event._tag === "Update" ? block(started, event, 80) : [])
    assert.include(shown(lesson(1, 1.25, 0.9)), "  loss 1.250 of 0.9 nats")
    assert.include(shown(lesson(1, 1.25)), "  loss 1.250 nats")
  })
})

describe("JSON lines", () => {
  it.effect("are one object per event, null for what was not measured", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const display = json({ write: (text) => lines.push(text) })
      yield* display.report({ ...update(1), success: Number.NaN, duals: [] })
      assert.deepStrictEqual(
        lines.map((line) => JSON.parse(line)),
        [
          {
            _tag: "Update",
            label: "train/bica/seed-13",
            update: 1,
            updates: 300,
            steps: 2048,
            stepsPerSecond: 18_204.4,
            success: null,
            duals: [],
            secondsLeft: 72
          }
        ]
      )
      assert.isTrue(lines[0]?.endsWith("}\n"))
    })
  )
})

describe("numbers for people", () => {
  it("durations", () => {
    assert.deepStrictEqual([2.34, 9.97, 59.4, 59.6, 75.4, 3599.6, 3725, Number.NaN].map(duration), [
      "2.3 s",
      "10 s",
      "59 s",
      "1 min 00 s",
      "1 min 15 s",
      "1 h 00 min",
      "1 h 02 min",
      "?"
    ])
  })

  it("groups and percentages", () => {
    assert.deepStrictEqual([0, 999, 1000, 1_234_567.4].map(grouped), ["0", "999", "1,000", "1,234,567"])
    assert.deepStrictEqual([0, 0.9745, 1, Number.NaN].map(percent), ["0.0 %", "97.5 %", "100.0 %", "-"])
  })

  it("colour only where it is wanted", () => {
    const terminal = { isTTY: true, write: () => true }
    const pipe = { write: () => true }
    assert.isTrue(isColoured(terminal, { TERM: "xterm" }))
    assert.isFalse(isColoured(terminal, { TERM: "dumb" }))
    assert.isFalse(isColoured(terminal, { NO_COLOR: "1" }))
    assert.isTrue(isColoured(terminal, { NO_COLOR: "" }))
    assert.isFalse(isColoured(pipe, {}))
    assert.isTrue(isColoured(pipe, { FORCE_COLOR: "1" }))
    assert.isFalse(isColoured(pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }))
  })
})
