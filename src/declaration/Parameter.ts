/**
 * Parameters: what a construct of the language may be given, with range, unit, default and where the default comes from.
 * Plain data, read by the checker, `bica explain`, the documentation and the runtime's own modules.
 */

/**
 * Units that stand as a word behind a number, each with the word for one; null where that word begins something else in a file, or
 * means something else. The grammar, the checker and the language server have their words from here.
 */
export const countedUnits = {
  steps: "step",
  episodes: "episode",
  updates: null,
  environments: null,
  nats: "nat",
  tokens: "token",
  symbols: "symbol",
  codes: "code",
  times: null,
  collisions: "collision",
  cells: "cell"
} as const
export type CountedUnit = keyof typeof countedUnits

/** Units of no declaration, read so that who writes one is told which unit is meant. */
export const foreignUnits = {
  bits: "bit",
  epochs: "epoch",
  samples: "sample",
  seconds: "second",
  minutes: "minute",
  hours: "hour"
} as const

/** Units a number may carry; `fraction` is written as a bare number in [0, 1] or with `%`. */
export type Unit = "fraction" | CountedUnit | "reward" | "none"

const isCounted = (name: string): name is CountedUnit => Object.hasOwn(countedUnits, name)

/** All units that a number may carry. */
export const units: ReadonlyArray<Unit> = ["fraction", ...Object.keys(countedUnits).filter(isCounted), "reward", "none"]

/** Units that are written as a word after a number; the cells of an extent need no word. */
export const spokenUnits: ReadonlySet<string> = new Set(units.filter((unit) => isCounted(unit) && unit !== "cells"))

/** Where a default comes from. */
export interface Source {
  readonly kind: "paper" | "convention" | "ours"
  readonly text: string
}

/** The type of one parameter. */
export type ParameterType =
  | {
      readonly kind: "number"
      readonly unit: Unit
      readonly minimum: number
      readonly maximum: number
      readonly integer?: boolean
      /** The minimum itself is not allowed. */
      readonly above?: boolean
    }
  /** `a .. b`, with a <= b. */
  | { readonly kind: "range"; readonly unit: Unit; readonly minimum: number; readonly maximum: number }
  /** `n by m`, whole numbers. */
  | { readonly kind: "extent"; readonly minimum: number; readonly maximum: number; readonly square?: boolean }
  /** A number, or `a -> b over n updates`, or `a -> b by r per update`. */
  | {
      readonly kind: "schedule"
      readonly unit: Unit
      readonly minimum: number
      readonly maximum: number
      /** The minimum itself is not allowed. */
      readonly above?: boolean
    }
  /** A word, possibly with arguments: `uniform`, `compass(2.2)`. */
  | { readonly kind: "choice"; readonly options: ReadonlyArray<Option> }
  | { readonly kind: "block"; readonly parameters: ReadonlyArray<Parameter> }

/** One word of a choice and its positional arguments. */
export interface Option {
  readonly name: string
  readonly doc: string
  readonly parameters: ReadonlyArray<Parameter>
}

/** A named parameter. Without `default` it must be given. */
export interface Parameter {
  readonly name: string
  readonly doc: string
  readonly type: ParameterType
  readonly default?: Value
  readonly source?: Source
}

/** A resolved schedule: linear over updates, or geometric decay by a factor per update down to `to`. */
export type Schedule =
  | { readonly kind: "linear"; readonly from: number; readonly to: number; readonly over: number }
  | { readonly kind: "geometric"; readonly from: number; readonly to: number; readonly by: number }

/** A resolved parameter value. Fractions are in [0, 1] (10 % is 0.1). */
export type Value =
  | number
  | { readonly low: number; readonly high: number }
  | { readonly width: number; readonly height: number }
  | Schedule
  | { readonly choice: string; readonly arguments: Readonly<Record<string, Value>> }
  | { readonly [name: string]: Value }
