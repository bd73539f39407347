/** A long file that checks clean: the parts of a shipped pipeline that a file may hold many of, over and over, each with numbers of its own. */

/** What only one of may be in a file comes before this line. */
const repeatedFrom = "// ---- the objectives"

/** A study that runs variants of the file: one is enough for every file that people write. */
const variants = /^study [^{]*\{[^}]*\b(?:vary|without)\b[^}]*\}\n/gm

const declared = /^(?:term|budget|objective|stage|study|claim) +(\w+)/gm

/** Where a claim speaks of an objective, and the stage that trains all of them. */
const claimed = (objectives: ReadonlyArray<string>): RegExp =>
  new RegExp(`(?<=^claim .*\\()(${objectives.join("|")})(?=\\)| on )`, "gm")
const training = /^stage +(\w+)\(objective/m

/** The same file with the training named in its claims: copies of the stages are trainings of the same objectives. */
const trainingNamed = (text: string): string => {
  const stage = training.exec(text)?.[1]
  if (stage === undefined) throw new Error("The file has no stage that trains")
  const objectives = [...text.matchAll(/^objective +(\w+)/gm)].map((found) => found[1] ?? "")
  // claims may stand on several lines, but speak of what is measured on their first
  return text.replaceAll(claimed(objectives), (name) => `${name} after ${stage}`)
}

/** The cost of a token and the weights of entropies a little higher, by the edition. */
const editionOf = (text: string, edition: number): string =>
  edition === 0
    ? text
    : text
        .replaceAll(/(?<=token )-0\.\d+/g, (cost) => (Number(cost) - edition / 10_000).toFixed(4))
        .replaceAll(/(?<=entropy )0\.0\d*/g, (weight) => (Number(weight) + edition / 100_000).toFixed(5))

/**
 * Makes a file of that many lines or a few more from one with environment, agents and modules in its first part and terms, objectives,
 * stages, studies and claims in its second. Copies of the second part carry the copy's number in their names, and weights that differ;
 * studies of variants are not copied. With another `edition` it is another file of the same shape: no objective, stage or variant of it
 * means what one of another edition means.
 */
export const longFile = (source: string, lines: number, edition = 0): string => {
  const text = trainingNamed(editionOf(source, edition))
  const at = text.indexOf(repeatedFrom)
  if (at < 0) throw new Error(`The file has no line that begins with ${repeatedFrom}`)
  const part = text.slice(at)
  const names = new Set([...part.matchAll(declared)].map((found) => found[1] ?? ""))
  const word = new RegExp(`(?<!\\w|choose )(?:${[...names].join("|")})(?!\\w)`, "g")
  let result = text
  for (let copy = 2; result.split("\n").length <= lines; copy++) {
    const numbered = part
      .replaceAll(variants, "")
      .replaceAll(word, (name) => `${name}_${copy + 1000 * edition}`)
      .replaceAll(/(?<=entropy )0\.0\d*/g, (weight) => (Number(weight) + copy / 10_000).toFixed(5))
      .replaceAll(/1\.\d(?= nats)/g, (bound) => (Number(bound) + copy / 100).toFixed(2))
    result += `\n${numbered}`
  }
  return result
}

/** Where one character is changed or put in: a number, a name, a comment. */
const places: ReadonlyArray<readonly [place: RegExp, put: (character: string) => string]> = [
  [/(?<=entropy 0\.0)\d/g, (digit) => (digit === "7" ? "8" : "7")],
  [/(?<=^claim )[a-z]/gm, (letter) => (letter === "q" ? "z" : "q")],
  [/(?<=^\/\/ .{5})/gm, () => "x"]
]

/** The text with one character changed at a time: of each kind of place the first, the one in the middle and the last. */
export const edits = (text: string): ReadonlyArray<string> =>
  places.flatMap(([place, put]) => {
    const found = [...text.matchAll(place)]
    return [0, found.length >> 1, found.length - 1].flatMap((at) => {
      const [one] = found.slice(at, at + 1)
      if (one === undefined) return []
      const end = one.index + one[0].length
      return [text.slice(0, one.index) + put(one[0]) + text.slice(end)]
    })
  })
