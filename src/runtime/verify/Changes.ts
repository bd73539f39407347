/** What changed between two versions of a file, in the file's words. */
import { spokenUnits } from "../../declaration/Parameter.ts"
import type { Meaning, Statements } from "./Identity.ts"

/** A place of the file and what stood and stands there. */
export interface Change {
  readonly place: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Values up to this length are quoted whole: `0.1 .. 0.2 became 0.1 .. 0.3`. */
const short = 32

/** Whether a word belongs to the number before it. */
const isUnit = (word: string): boolean => word === "%" || spokenUnits.has(word)

const words = (text: string): ReadonlyArray<string> => text.split(/\s+/).filter((word) => word !== "")

/**
 * The parts in which two texts differ, with the unit behind them: `kl(a || b) <= 0.05 nats by dual(0.01)` and the same with
 * 0.1 give `0.05 nats` and `0.1 nats`. Where one text has only more words, the word before or behind them is kept on both sides.
 */
export const narrowed = (before: string, after: string): readonly [before: string, after: string] => {
  if (before.length <= short && after.length <= short) return [before, after]
  const a = words(before)
  const b = words(after)
  const shared = Math.min(a.length, b.length)
  let head = 0
  while (head < shared && a[head] === b[head]) head++
  let tail = 0
  while (tail < shared - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  if (tail > 0 && isUnit(a[a.length - tail] ?? "")) tail--
  if (head + tail >= shared) {
    if (head > 0) head--
    else if (tail > 0) tail--
  }
  // the comma that leads to what both have in common says nothing
  const said = (all: ReadonlyArray<string>) =>
    all
      .slice(head, all.length - tail)
      .join(" ")
      .replace(/,$/, "")
  return [said(a), said(b)]
}

/** Every place at which two versions differ, places that both have first, in the order of the file. */
export const differences = (before: Statements, after: Statements): ReadonlyArray<Change> => {
  const places = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = places
    .filter((place) => before[place] !== after[place])
    .map((place): Change => ({ place, before: before[place], after: after[place] }))
  return changed.filter((change) => !isWithin(change, changed))
}

const parents = (place: string): ReadonlyArray<string> => {
  const parts = place.split(", ")
  return parts.slice(1).map((_, n) => parts.slice(0, n + 1).join(", "))
}

/** Whether something that holds this place came or went as a whole, which says it all. */
const isWithin = (change: Change, all: ReadonlyArray<Change>): boolean =>
  (change.before === undefined) !== (change.after === undefined) &&
  parents(change.place).some((parent) =>
    all.some(
      (other) =>
        other.place === parent &&
        (other.before === undefined) === (change.before === undefined) &&
        (other.after === undefined) === (change.after === undefined)
    )
  )

/** What is said of a module of code: its path and the digest of its text. */
const module = /^(.*) sha256 ([0-9a-f]{64})$/

/** `use doors: ./doors.ts is another text`, with the digests, where the path is the same. */
const otherText = ({ after = "", before = "", place }: Change): string | undefined => {
  if (!place.startsWith("use ")) return undefined
  const [, path, digest = ""] = module.exec(before) ?? []
  const [, same, now = ""] = module.exec(after) ?? []
  if (path === undefined || path !== same) return undefined
  return `${place}: ${path} is another text (sha256 ${digest.slice(0, 12)} became ${now.slice(0, 12)})`
}

/** `budget ai_drift: 0.05 nats became 0.1 nats`. */
export const sentence = (change: Change): string => {
  const { after, before, place } = change
  const text = otherText(change)
  if (text !== undefined) return text
  if (before === undefined) return after === "" ? `${place} is new` : `${place}: ${after} is new`
  if (after === undefined) return before === "" ? `${place} is gone` : `${place}: ${before} is gone`
  const [from, to] = narrowed(before, after)
  return `${place}: ${from === "" ? "nothing" : from} became ${to === "" ? "nothing" : to}`
}

/** A declaration whose meaning differs, with the aspects that do. */
export interface Meant {
  /** `stage train`, `objective bica`, ... */
  readonly declaration: string
  readonly standing: "new" | "gone" | "changed"
  readonly aspects: ReadonlyArray<string>
}

/** The aspects in which one declaration differs. */
export const changedAspects = (before: Meaning, after: Meaning, declaration: string): ReadonlyArray<string> => {
  const from = before[declaration] ?? {}
  const to = after[declaration] ?? {}
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((aspect) => from[aspect] !== to[aspect])
}

/** Every declaration that means something else, or is in one of the two only. */
export const changedMeaning = (before: Meaning, after: Meaning): ReadonlyArray<Meant> =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((declaration): ReadonlyArray<Meant> => {
    if (before[declaration] === undefined) return [{ declaration, standing: "new", aspects: [] }]
    if (after[declaration] === undefined) return [{ declaration, standing: "gone", aspects: [] }]
    const aspects = changedAspects(before, after, declaration)
    return aspects.length === 0 ? [] : [{ declaration, standing: "changed", aspects }]
  })

/** Whether what stands at `place` may be behind a change in this aspect of the declaration. */
const concerns = (declaration: string, aspect: string, place: string): boolean => {
  const at = (head: string) => place === head || place.startsWith(`${head}, `)
  const kind = (word: string) => place.startsWith(`${word} `)
  const shifted = kind("environment") && place.includes(", shift ")
  // how often a checkpoint is written changes no result
  if (/^stage [^,]+, checkpoint$/.test(place)) return false
  // a module of code may be behind whatever it takes part in
  if (/^use \w+$/.test(place) && ["environment", "loss", "within", "work"].includes(aspect)) return true
  switch (aspect) {
    case "environment":
      return kind("environment") && !shifted
    case "loss":
    case "within":
      return at(declaration) || kind("term") || kind("define") || (aspect === "within" && kind("budget"))
    case "work":
      return at(declaration) || shifted
    case "variants":
      // a variant is the experiment with a part replaced: what it runs is said in the other declarations as well
      return at(declaration) || !(kind("study") || kind("claim"))
    default:
      return /^(?:agent|protocol|mapper|instructor) /.test(aspect) ? at(aspect) : at(declaration)
  }
}

/** Both versions of a file. */
export interface Versions {
  readonly before: { readonly meaning: Meaning; readonly statements: Statements }
  readonly after: { readonly meaning: Meaning; readonly statements: Statements }
}

/**
 * Why a declaration means something else, in the file's words. A meaning that changed while no word of it did is a change of
 * bica itself, and is said as that. Empty when it means the same.
 */
export const reasons = (versions: Versions, declaration: string): ReadonlyArray<string> => {
  const { after, before } = versions
  const aspects = changedAspects(before.meaning, after.meaning, declaration)
  if (aspects.length === 0) return []
  const found = differences(before.statements, after.statements).filter(({ place }) =>
    aspects.some((aspect) => concerns(declaration, aspect, place))
  )
  return found.length === 0
    ? [`${declaration} says the same, and this version of bica understands it otherwise (${aspects.join(", ")})`]
    : found.map(sentence)
}

/** What changed in the meaning of a file, a sentence each, in the file's words; empty when it means the same. */
export const changes = (versions: Versions): ReadonlyArray<string> => [
  ...new Set(
    changedMeaning(versions.before.meaning, versions.after.meaning).flatMap(({ declaration, standing }) =>
      standing === "changed" ? reasons(versions, declaration) : [`${declaration} is ${standing}`]
    )
  )
]
