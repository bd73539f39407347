/** Names in a sentence. */

/** Names that a sentence lists at most. */
const most = 10

/** `a`, `a or b`, `a, b or c`; of many names the first ones. */
export const list = (names: ReadonlyArray<string>, conjunction: "and" | "or" = "or"): string => {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} others`] : names
  return shown.length <= 1
    ? (shown[0] ?? "nothing")
    : `${shown.slice(0, -1).join(", ")} ${conjunction} ${shown[shown.length - 1] ?? ""}`
}

/** The name of a pipeline: its file's name without folders and ending. */
export const basename = (fileName: string): string => {
  const last = fileName.split(/[\\/]/).at(-1) ?? ""
  // a name stands in comments of generated code: nothing in it may end a line
  const name = last.replace(/\.bica$/, "").replaceAll(/[\p{Cc}\u2028\u2029]/gu, "_")
  return name === "" ? "pipeline" : name
}
