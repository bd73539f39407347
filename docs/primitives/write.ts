/** Writes the reference of the expression language from the tables of the declaration: `node docs/primitives/write.ts`. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { operators, primitives, quantities } from "../../src/declaration/Primitives.ts"
import type { Primitive } from "../../src/declaration/Primitives.ts"

const units: Readonly<Record<Primitive["unit"], string>> = {
  same: "that of the operands",
  plain: "none",
  nats: "nats",
  root: "the square root of the operand's",
  square: "the square of the operands'",
  product: "the product of the operands'"
}
const gradients = (one: Primitive): string => {
  const { rule } = one
  if (rule.kind === "quantile" || ("gradient" in rule && !rule.gradient)) return "none"
  return rule.kind === "where" ? "to the two values, not to the condition" : "to every operand that trains something"
}
const shown = (one: Primitive): string =>
  one.name === "*"
    ? "the product of both"
    : one.name === "/"
      ? "the quotient of both"
      : one.name === "^"
        ? "the same power"
        : units[one.unit]

const fact = (name: string, text: string | undefined): ReadonlyArray<string> =>
  text === undefined ? [] : [`- **${name}** ${text}`]

const body = (one: Primitive): ReadonlyArray<string> => [
  one.doc,
  "",
  "```bica",
  one.form,
  "```",
  "",
  ...fact("Formula.", `\`${one.formula}\``),
  ...fact("Kinds and axes.", one.shape),
  ...fact("Unit.", shown(one)),
  ...fact("Gradient.", gradients(one)),
  ...fact("Library.", one.library === undefined ? undefined : `\`use ${one.library}\``),
  ...fact("Source.", one.citation),
  ...(one.notes === undefined ? [] : ["", one.notes]),
  "",
  "A term that uses it:",
  "",
  "```bica",
  `term one = ${one.example}`,
  "```"
]

const title: Readonly<Record<Primitive["group"], string>> = {
  arithmetic: "Arithmetic",
  statistics: "Statistics over rows and axes",
  distributions: "Distributions",
  representations: "Representations",
  time: "Along an episode",
  learning: "Learning"
}

const index = (): string => {
  const groups = Map.groupBy(primitives, (one) => one.group)
  return [
    "# Functions and quantities of the expression language",
    "",
    "A value per step has the axes `time` and `env` (the steps and the copies of a segment) and, where it has several components, their",
    "axis: `latent`, `choice`, `token`, `code`, `symbol` or `advice`. `over` names one of them: `mean(x over time)`. One row for each copy or",
    "for each step goes with a value per step; it is repeated along the other axis.",
    "",
    "Functions of the libraries stand, in the language itself, in [`std/`](../../std).",
    "",
    "- [Operators](operators.md)",
    ...[...groups].flatMap(([group, list]) => [
      "",
      `## ${title[group]}`,
      "",
      ...list.map((one) => `- [\`${one.form}\`](${one.name}.md): ${one.doc}`)
    ]),
    "",
    "## Quantities",
    "",
    "| of | quantity | what it is |",
    "|---|---|---|",
    ...quantities.map((one) => `| ${one.of} | \`${one.name}\` | ${one.doc} |`),
    ""
  ].join("\n")
}

/** Every page by its file's name. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ["README.md", index()],
    [
      "operators.md",
      ["# Operators", ...operators.flatMap((one) => ["", `## \`${one.form}\``, "", ...body(one)]), ""].join("\n")
    ],
    ...primitives.map((one): [string, string] => [`${one.name}.md`, [`# ${one.name}`, "", ...body(one), ""].join("\n")])
  ])

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, text] of pages()) writeFileSync(join(import.meta.dirname, name), text)
