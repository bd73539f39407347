/** HTML that cannot be broken by what is put into it: everything interpolated is escaped unless it is markup itself. */

/** A piece of HTML. */
export interface Markup {
  readonly _tag: "Markup"
  readonly text: string
}

/** What may stand between tags. */
export type Content = string | number | Markup | undefined | ReadonlyArray<Content>

/** Text that stays text, between tags and in quoted attributes. Control characters, which HTML cannot hold, are shown as U+FFFD. */
export const escape = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")

/** HTML that is known to be right: our own, or what a library drew from escaped text. */
export const raw = (text: string): Markup => ({ _tag: "Markup", text })

const isList = (content: Content): content is ReadonlyArray<Content> => Array.isArray(content)

const textOf = (content: Content): string => {
  if (content === undefined) return ""
  if (typeof content === "string") return escape(content)
  if (typeof content === "number") return String(content)
  return isList(content) ? content.map(textOf).join("") : content.text
}

/** A template of HTML. */
export const markup = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Content>): Markup =>
  raw(strings.map((string, k) => string + textOf(parts[k])).join(""))

/** Data within a script element of type application/json: no `<`, so that nothing in it ends the element. */
export const embedded = (id: string, data: unknown): Markup =>
  raw(`<script type="application/json" id="${escape(id)}">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>`)

/** Whether there is anything in it. */
export const isEmpty = (content: Content): boolean => textOf(content).trim() === ""
