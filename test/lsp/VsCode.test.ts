import { existsSync, readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { keywordTypes, lex, endOf, unitWords } from "../../src/dsl/syntax/Tokens.ts"
import { legend } from "../../src/lsp/features/SemanticTokens.ts"
import { maptalk } from "./Marked.ts"

const folder = new URL("../../editors/vscode/", import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8")

interface Rule {
  readonly match: string
  readonly name?: string
  readonly captures?: Readonly<Record<string, { readonly name: string }>>
}
interface TextMate {
  readonly scopeName: string
  readonly patterns: ReadonlyArray<{ readonly include: string }>
  readonly repository: Readonly<Record<string, { readonly patterns: ReadonlyArray<Rule> }>>
}

const grammar: TextMate = JSON.parse(read("syntaxes/bica.tmLanguage.json"))

/** The rules in the order in which an editor tries them; all are single matches, in the syntax that JavaScript shares. */
const rules = grammar.patterns
  .flatMap(({ include }) => grammar.repository[include.slice(1)]?.patterns ?? [])
  .map((rule) => ({ ...rule, pattern: new RegExp(rule.match, "dg") }))

/** Scopes of a line as an editor gives them: the rule that matches first, of several at one place the first of the grammar. */
const scopes = (
  line: string
): ReadonlyArray<{ readonly start: number; readonly end: number; readonly scope: string }> => {
  const found: Array<{ readonly start: number; readonly end: number; readonly scope: string }> = []
  for (let at = 0; at <= line.length;) {
    let best: { readonly match: RegExpExecArray; readonly rule: Rule } | undefined
    for (const rule of rules) {
      rule.pattern.lastIndex = at
      const match = rule.pattern.exec(line)
      if (match !== null && (best === undefined || match.index < best.match.index)) best = { match, rule }
    }
    if (best === undefined) break
    const { match, rule } = best
    if (rule.name !== undefined)
      found.push({ start: match.index, end: match.index + match[0].length, scope: rule.name })
    for (const [number, { name }] of Object.entries(rule.captures ?? {})) {
      const place = match.indices?.[Number(number)]
      if (place !== undefined) found.push({ start: place[0], end: place[1], scope: name })
    }
    at = Math.max(at + 1, match.index + match[0].length)
  }
  return found
}
const scoped = (line: string): ReadonlyArray<string> =>
  scopes(line).map(({ end, scope, start }) => `${line.slice(start, end)} ${scope.replace(/\.bica$/, "")}`)

const alternatives = (pattern: string, after: string): ReadonlyArray<string> => {
  const from = pattern.indexOf(after) + after.length
  return pattern.slice(from, pattern.indexOf(")", from)).split("|")
}

describe("the TextMate grammar", () => {
  it("has exactly the words and the units of the language", () => {
    const words = grammar.repository["words"]?.patterns[0]?.match ?? ""
    expect(alternatives(words, "(?:").toSorted()).toStrictEqual([...keywordTypes.keys()].toSorted())
    const keys = grammar.repository["keys"]?.patterns[0]?.match ?? ""
    expect(alternatives(keys, "(?!(?:").toSorted()).toStrictEqual([...keywordTypes.keys()].toSorted())
    const numbers = grammar.repository["numbers"]?.patterns[0]?.match ?? ""
    expect(alternatives(numbers, "\\s+(").toSorted()).toStrictEqual([...unitWords].toSorted())
  })

  it("colours lines of each kind", () => {
    expect(scoped("use std.ppo // terms")).toStrictEqual([
      "use keyword.control.import",
      "std.ppo entity.name.namespace",
      "// terms comment.line.double-slash"
    ])
    expect(scoped("environment map = MapTalk {")).toStrictEqual([
      "environment storage.type",
      "map entity.name.namespace",
      "= keyword.operator",
      "MapTalk entity.name.type"
    ])
    expect(scoped("  reward     { step -1, goal +50.5e3 }")).toStrictEqual([
      "reward variable.other.property",
      "step variable.other",
      "- keyword.operator",
      "1 constant.numeric",
      "goal variable.other",
      "+ keyword.operator",
      "50.5e3 constant.numeric"
    ])
    expect(scoped("  horizon    80 steps")).toStrictEqual([
      "horizon variable.other.property",
      "80 constant.numeric",
      "steps keyword.other.unit"
    ])
    expect(scoped("budget d: kl(ai.policy || ai.prior) <= 5 % by dual(0.05)")).toStrictEqual([
      "budget storage.type",
      "d entity.name.constant",
      ": keyword.operator",
      "kl entity.name.function",
      "ai variable.other.object",
      ". punctuation.accessor",
      "policy variable.other.property",
      "|| keyword.operator",
      "ai variable.other.object",
      ". punctuation.accessor",
      "prior variable.other.property",
      "<= keyword.operator",
      "5 constant.numeric",
      "% keyword.other.unit",
      "by keyword.control",
      "dual entity.name.function",
      "0.05 constant.numeric"
    ])
    expect(scoped('use "./x.ts" as y')).toStrictEqual([
      "use keyword.control",
      '"./x.ts" string.quoted.double',
      "as keyword.control",
      "y variable.other"
    ])
    expect(scoped("stage test after train {")).toStrictEqual([
      "stage storage.type",
      "test entity.name.section",
      "after keyword.control",
      "train variable.other"
    ])
  })

  it("finds every comment and number of the shipped pipeline", () => {
    const { comments, tokens } = lex(maptalk)
    const numbers = tokens.filter(({ tokenType }) => tokenType.name === "Numeral")
    let offset = 0
    const found = maptalk.split("\n").flatMap((line) => {
      const all = scopes(line).map(({ end, scope, start }) => `${scope} ${offset + start} ${offset + end}`)
      offset += line.length + 1
      return all
    })
    const wanted = [
      ...comments.map((one) => `comment.line.double-slash.bica ${one.startOffset} ${endOf(one)}`),
      ...numbers.map((one) => `constant.numeric.bica ${one.startOffset} ${endOf(one)}`)
    ]
    expect(wanted.length).toBeGreaterThan(40)
    expect(found).toStrictEqual(expect.arrayContaining(wanted))
  })

  const sources = ["pipelines", "std"].flatMap((name) => {
    const from = new URL(`../../${name}/`, import.meta.url)
    return readdirSync(from)
      .filter((file) => file.endsWith(".bica"))
      .map((file) => ({ name: `${name}/${file}`, text: readFileSync(new URL(file, from), "utf8") }))
  })

  it.each(sources)("gives every token of $name a scope of its kind", ({ text }) => {
    let offset = 0
    const found = text.split("\n").flatMap((line) => {
      const all = scopes(line).map((one) => ({ ...one, start: offset + one.start, end: offset + one.end }))
      offset += line.length + 1
      return all
    })
    const { comments, tokens } = lex(text)
    const kind = (type: string, image: string): RegExp | undefined => {
      if (type === "Numeral") return /^constant\.numeric\.bica$/
      if (type === "Text") return /^string\./
      // A word of the language may stand for a name, and a name for a unit; none is without a colour.
      if (/^[A-Za-z_]/.test(image)) return /^(?:keyword|storage|entity|variable)\./
      if (image === ".") return /^(?:punctuation\.accessor|entity\.name\.namespace|variable\.other\.property)\.bica$/
      // Brackets and commas are left to the editor.
      if (/^[{}(),]$/.test(image)) return undefined
      return /^keyword\.(?:operator|other\.unit)\.bica$/
    }
    const wanted = [
      ...comments.map((one) => ({ one, pattern: /^comment\./ })),
      ...tokens.flatMap((one) => {
        const pattern = kind(one.tokenType.name, one.image)
        return pattern === undefined ? [] : [{ one, pattern }]
      })
    ]
    expect(wanted.length).toBeGreaterThan(5)
    const bare = wanted.flatMap(({ one, pattern }) => {
      const around = found.filter(({ end, start }) => start <= one.startOffset && endOf(one) <= end)
      return around.length === 1 && pattern.test(around[0]?.scope ?? "")
        ? []
        : [`${one.image} at ${one.startOffset}: ${around.map(({ scope }) => scope).join(", ")}`]
    })
    expect(bare).toEqual([])
  })
})

interface Manifest {
  readonly main: string
  readonly version: string
  readonly contributes: {
    readonly languages: readonly [{ readonly id: string; readonly configuration: string }]
    readonly grammars: readonly [{ readonly path: string }]
    readonly commands: ReadonlyArray<{ readonly command: string }>
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> }
    readonly semanticTokenTypes: ReadonlyArray<{ readonly id: string }>
  }
}

describe("the extension's manifest", () => {
  const manifest: Manifest = JSON.parse(read("package.json"))

  it("names files that are there, and one language throughout", () => {
    const [language] = manifest.contributes.languages
    const [textMate] = manifest.contributes.grammars
    for (const path of [manifest.main, language.configuration, textMate.path])
      expect(existsSync(new URL(path, folder)), path).toBe(true)
    expect(language).toMatchObject({ id: "bica", extensions: [".bica"] })
    expect(textMate).toMatchObject({ language: "bica", scopeName: grammar.scopeName })
    expect(JSON.parse(read(language.configuration)).comments).toStrictEqual({ lineComment: "//" })
  })

  it("registers its commands and declares the colours that are no standard ones", () => {
    const source = read("extension.js")
    for (const { command } of manifest.contributes.commands) expect(source).toContain(`registerCommand("${command}"`)
    for (const name of Object.keys(manifest.contributes.configuration.properties))
      if (name !== "bica.trace.server") expect(source).toContain(`"${name.slice("bica.".length)}"`)
    const own = manifest.contributes.semanticTokenTypes.map(({ id }) => id)
    expect(own).toStrictEqual(["unit"])
    expect(legend.tokenTypes).toContain("unit")
  })

  it("has the version of the project", () => {
    const project: Pick<Manifest, "version"> = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8")
    )
    expect(manifest.version).toBe(project.version)
  })
})
