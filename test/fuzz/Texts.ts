/** Texts of every kind that a compiler may be given: noise, broken files, files of the project with parts changed. */
import * as fc from "fast-check"
import { readdirSync, readFileSync } from "node:fs"
import { declarationWords } from "../../src/dsl/syntax/Tokens.ts"
import { laidOut, onLongLines, soup } from "../dsl/syntax/Programs.ts"
import { experiment as experimentText } from "./Experiments.ts"

const root = new URL("../../", import.meta.url)

/** Every `.bica` file of the project: the pipelines, the golden files and whatever a bug was once found in. */
export const corpus: ReadonlyArray<{ readonly name: string; readonly text: string }> = [
  "pipelines",
  "test/golden/good",
  "test/golden/bad",
  "test/golden/syntax/bad",
  "test/cli/fixtures",
  "test/fuzz/corpus"
].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(".bica"))
    .sort()
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(new URL(`${folder}/${name}`, root), "utf8") }))
)

const begins = new RegExp(`^(?=(?:${declarationWords.join("|")})\\b)`, "m")

/** The declarations of the corpus, to be put together anew. */
const pieces = corpus
  .flatMap(({ text }) => (text.length > 20_000 ? [] : text.split(begins)))
  .filter((one) => one !== "")
const whole = corpus.map(({ text }) => text).filter((text) => text.length < 20_000)

const tokens = [
  ..."{ } ( ) , . .. -> = == : || <= < > ^ * / + - % # ; // /* */ 1 0.5 .5 1e999 -1 4294967296 _ a".split(" "),
  ..."steps nats given on by within freezing silencing assuming over learned".split(" "),
  "",
  " ",
  "\n",
  "\r\n",
  "\t",
  '"',
  '"a"',
  "😀",
  "\u0000",
  "\u202e",
  "≤",
  "agent x",
  "stage s {",
  "term t =",
  "use std.ppo",
  "study y {",
  "claim c:",
  "objective o ="
]

interface Change {
  readonly at: number
  readonly length: number
  readonly put: string
}
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  length: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(60) }),
  put: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) }
  )
})

/** A text with pieces taken out, doubled, or replaced by others that do not belong there. */
export const mutated = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(texts, fc.array(change, { maxLength: 5 })).map(([text, changes]) =>
    changes.reduce((now, { at, length, put }) => {
      const from = at % (now.length + 1)
      return now.slice(0, from) + put + now.slice(from + length)
    }, text)
  )

const joined = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((all) => all.join(""))

/** Bytes that a file may hold, read as UTF-8. */
const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => new TextDecoder().decode(all))

/** Kinds of texts, and how often one is of each. */
const kinds = {
  "declarations put together anew and changed": { weight: 8, arbitrary: mutated(joined) },
  "files of the project, changed": { weight: 3, arbitrary: mutated(fc.constantFrom(...whole)) },
  "right experiments, changed": { weight: 1, arbitrary: mutated(experimentText) },
  "words and signs in any order": { weight: 3, arbitrary: soup },
  "sentences of the grammar": { weight: 1, arbitrary: laidOut },
  "sentences of the grammar on long lines": { weight: 1, arbitrary: onLongLines },
  bytes: { weight: 2, arbitrary: bytes },
  "characters of all scripts": { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 100 }) }
}

/** Any text and its kind, most of them near to one of the language. */
export const sorted: fc.Arbitrary<{ readonly kind: string; readonly text: string }> = fc.oneof(
  ...Object.entries(kinds).map(([kind, { arbitrary, weight }]) => ({
    weight,
    arbitrary: arbitrary.map((text) => ({ kind, text }))
  }))
)

/** Any text, most of them near to one of the language. */
export const text: fc.Arbitrary<string> = sorted.map((one) => one.text)
