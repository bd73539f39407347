/** Names in a sentence. */

/** `a`, `a or b`, `a, b or c`. */
export const list = (names: ReadonlyArray<string>, conjunction: "and" | "or" = "or"): string =>
  names.length <= 1
    ? (names[0] ?? "nothing")
    : `${names.slice(0, -1).join(", ")} ${conjunction} ${names[names.length - 1] ?? ""}`

/** The name of a pipeline: its file's name without folders and ending. */
export const basename = (fileName: string): string => {
  const last = fileName.split(/[\\/]/).at(-1) ?? ""
  const name = last.replace(/\.bica$/, "")
  return name === "" ? "pipeline" : name
}
