import { Effect, Option } from "effect"
import * as FileStore from "../../runtime/store/FileStore.ts"
import { Store } from "../../runtime/store/Store.ts"
import { changes } from "../../runtime/verify/Changes.ts"
import { compareClaims } from "../../runtime/verify/Comparison.ts"
import { readRun } from "../../runtime/report/RunRecord.ts"
import * as Evidence from "../../runtime/verify/Evidence.ts"
import type { Environment } from "../../runtime/verify/Identity.ts"
import { counterpart, firstParting, tensorParting } from "../../runtime/verify/Parting.ts"
import type { Parting } from "../../runtime/verify/Parting.ts"
import { stopOf } from "../Failures.ts"
import { mustBeRun } from "../Runs.ts"
import type { Stop } from "../Stop.ts"
import { experimentFailed } from "../Stop.ts"
import type { SummedUp } from "../../runtime/measure/Summary.ts"
import { placeOf } from "./Verify.ts"

/** One side: what the stages of a run gave that have ended, whether all of them have or not. */
interface Side extends Evidence.Begun, Evidence.Traces {
  readonly summedUp: ReadonlyArray<SummedUp>
  /** Whether every stage has ended and the run was summed up. */
  readonly finished: boolean
}

const sideOf = Effect.fnUntraced(function* (run: string): Effect.fn.Return<Side, Stop, Store> {
  yield* mustBeRun(run)
  const begun = yield* Evidence.readBegun(run).pipe(Effect.mapError(stopOf))
  const { claims, finished, measures } = yield* readRun(run).pipe(Effect.mapError(stopOf))
  return {
    ...begun,
    summedUp: measures,
    finished,
    measured: measures.flatMap(({ by, choose, metric, on, oracle, seeds, stage, variant }) =>
      seeds.map((seed) => ({
        stage,
        metric,
        by,
        oracle,
        on,
        choose: choose === "sampled" ? ("sampled" as const) : ("greedy" as const),
        ...(variant === undefined ? {} : { variant }),
        ...seed
      }))
    ),
    claims: Object.fromEntries(claims.map(({ claim, margin, verdict }) => [claim, { margin, verdict }]))
  }
})

/** The first place at which two runs part, tensors looked into. */
const partingOf = Effect.fnUntraced(function* (a: Side, b: Side) {
  // what is derived of several seeds is there once a run is summed up: before that, what both have measured is compared
  const shared = (of: Side, other: Side): Evidence.Traces =>
    a.finished && b.finished
      ? of
      : { ...of, measured: of.measured.filter((row) => counterpart(row, other.measured) !== undefined) }
  const found = firstParting(shared(a, b), shared(b, a))
  if (found === undefined || !found.file.endsWith(".safetensors")) return found
  const store = yield* Store
  const name = Evidence.artifactName(found.stage, found.file)
  const before = yield* store.read(a.run, name)
  const after = yield* store.read(b.run, name)
  const tensor = Option.isSome(before) && Option.isSome(after) ? tensorParting(before.value, after.value) : undefined
  const parting: Parting = { ...found, ...tensor }
  return parting
})

const fields: ReadonlyArray<keyof Environment> = [
  "engine",
  "version",
  "numericClass",
  "threads",
  "node",
  "platform",
  "instructions"
]

/** A measured value over seeds, side by side. */
interface Pair {
  readonly name: string
  readonly a: number | null | undefined
  readonly b: number | null | undefined
}

const nameOf = ({ by, choose, metric, on, oracle, stage, variant }: SummedUp): string =>
  `${stage}: ${metric} of ${by}${variant === undefined ? "" : ` (${variant})`}${oracle ? " (oracle)" : ""} on ${on}${choose === "greedy" ? "" : ` (${choose})`}`

const pairs = (a: ReadonlyArray<SummedUp>, b: ReadonlyArray<SummedUp>): ReadonlyArray<Pair> => {
  const left = new Map(a.map((row) => [nameOf(row), row.overSeeds.mean]))
  const right = new Map(b.map((row) => [nameOf(row), row.overSeeds.mean]))
  return [...new Set([...left.keys(), ...right.keys()])].map((name) => ({
    name,
    a: left.get(name),
    b: right.get(name)
  }))
}

const difference = ({ a, b }: Pair): number | undefined =>
  typeof a === "number" && typeof b === "number" ? b - a : undefined

const shown = (value: number | null | undefined): string =>
  value === undefined ? "" : value === null ? "undefined" : String(Number(value.toPrecision(6)))

const signed = (value: number | undefined): string =>
  value === undefined ? "" : value === 0 ? "same" : `${value > 0 ? "+" : ""}${shown(value)}`

const indented = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.map((each) => `  ${each}`)

const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows[0]?.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
      .join("  ")
      .trimEnd()
  )
}

/**
 * Explains two runs by each other: what their files say, where they ran, where they part first, what they measured. Exit code 1
 * when they differ in more than the machine.
 */
export const diff = Effect.fnUntraced(
  function* (input: { readonly runs: readonly [string, string]; readonly json: boolean }) {
    const [first, second] = input.runs
    const a = yield* sideOf(first)
    const b = yield* sideOf(second)
    const file = changes({ before: a.identity, after: b.identity })
    const environment = fields
      .map((field) => ({ field, a: a.identity.environment[field], b: b.identity.environment[field] }))
      .filter((each) => each.a !== each.b)
    const labels = ({ stages }: Side) => stages.map(({ label }) => label)
    const onlyA = labels(a).filter((label) => !labels(b).includes(label))
    const onlyB = labels(b).filter((label) => !labels(a).includes(label))
    const parting = yield* partingOf(a, b).pipe(Effect.mapError(stopOf))
    const values = pairs(a.summedUp, b.summedUp)
    // a run that has not ended claims nothing yet
    const claims = a.finished && b.finished ? compareClaims(a.claims, b.claims) : []
    const identical = file.length + onlyA.length + onlyB.length + claims.length === 0 && parting === undefined
    if (input.json) {
      const document = {
        identical,
        runs: input.runs,
        file,
        environment,
        stages: { onlyFirst: onlyA, onlySecond: onlyB },
        unfinished: { first: a.unfinished, second: b.unfinished },
        parting: parting ?? null,
        measured: values.map((pair) => ({ ...pair, difference: difference(pair) ?? null })),
        claims
      }
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
    } else {
      const lines = [`A  ${first}`, `B  ${second}`]
      lines.push(...(file.length === 0 ? ["file: means the same"] : ["file, from A to B:", ...indented(file)]))
      lines.push(
        ...(environment.length === 0
          ? [`environment: the same (${a.identity.environment.numericClass})`]
          : ["environment:", ...indented(environment.map((each) => `${each.field}: ${each.a} in A, ${each.b} in B`))])
      )
      for (const [run, { finished, unfinished }] of [
        ["A", a],
        ["B", b]
      ] as const) {
        if (unfinished.length > 0) lines.push(`${run} has not ended; still to run there:`, ...indented(unfinished))
        else if (!finished) lines.push(`${run} has not been summed up`)
      }
      for (const [run, only] of [
        ["A", onlyA],
        ["B", onlyB]
      ] as const) {
        if (only.length > 0) lines.push(`stages in ${run} only:`, ...indented(only))
      }
      if (parting !== undefined) {
        lines.push(
          `first apart: ${placeOf(parting)}: ${parting.before ?? "not there"} in A, ${parting.after ?? "not there"} in B`
        )
      } else lines.push(onlyA.length + onlyB.length === 0 ? "stages: the same bits" : "stages in both: the same bits")
      for (const { after, before, claim } of claims) {
        lines.push(`claim ${claim}: ${before ?? "not there"} in A, ${after ?? "not there"} in B`)
      }
      if (values.length > 0) {
        const rows = values.map((pair) => [pair.name, shown(pair.a), shown(pair.b), signed(difference(pair))])
        lines.push("measured, mean over seeds:", ...indented(columns([["", "A", "B", "B - A"], ...rows])))
      }
      process.stdout.write(`${lines.join("\n")}\n`)
    }
    if (!identical) return yield* experimentFailed()
  },
  (effect): Effect.Effect<void, Stop> => Effect.provide(effect, FileStore.layer)
)
