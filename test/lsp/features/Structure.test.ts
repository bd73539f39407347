import { describe, expect, it } from "vitest"
import type { DocumentSymbol } from "vscode-languageserver/node"
import { foldingRanges } from "../../../src/lsp/features/Folding.ts"
import { formatting } from "../../../src/lsp/features/Formatting.ts"
import { coloured, legend, semanticTokens } from "../../../src/lsp/features/SemanticTokens.ts"
import { symbols } from "../../../src/lsp/features/Symbols.ts"
import { edited, inMaptalk, maptalk, place, snapshot } from "../Marked.ts"

describe("outline", () => {
  const outline = (list: ReadonlyArray<DocumentSymbol>, indent = ""): ReadonlyArray<string> =>
    list.flatMap((one) => [`${indent}${one.name}: ${one.detail}`, ...outline(one.children ?? [], `${indent}  `)])

  it("lists declarations with shifts and statements inside them", () => {
    expect(outline(symbols(snapshot(maptalk)))).toStrictEqual([
      "std.ppo: use",
      "map: environment MapTalk",
      "  dense: shift",
      "  large: shift",
      "  noisy: shift",
      "ai: agent plays map.navigator",
      "human: agent plays map.guide",
      "ai_drift: budget",
      "human_drift: budget",
      "bica: objective",
      "one_way: objective",
      "train: stage",
      "  repeat: 300 times",
      "    rollout: 128 environments",
      "    update: human, ai",
      "    ascend: budgets",
      "  checkpoint: every 20",
      "test: stage after train",
      "  play: 2048 episodes on map, dense, large, noisy",
      "  measure: success, steps, collisions, tokens, reward",
      "oracles: stage",
      "  play: 8192 episodes on map, dense, large",
      "  measure: success, steps, collisions, tokens, reward",
      "main: study",
      "mutual_beats_one_way: claim",
      "near_optimal: claim",
      "reliable: claim"
    ])
  })

  it("says where a declaration and its name stand", () => {
    const found = symbols(snapshot(maptalk)).find(({ name }) => name === "human")
    expect(found === undefined ? [] : [place(found.range), place(found.selectionRange)]).toStrictEqual([
      "20:0-27:1",
      "20:6-20:11"
    ])
  })

  it("lists what can be read of a broken file", () => {
    expect(outline(symbols(snapshot("term a = 1\nagent b plays\nterm c = 2")))).toContain("a: term")
    expect(outline(symbols(snapshot("term a = 1\nagent b plays\nterm c = 2")))).toContain("c: term")
  })
})

describe("colours", () => {
  const colours = (text: string): ReadonlyArray<string> =>
    coloured(snapshot(text)).map(
      ({ end, modifiers, start, type }) => `${text.slice(start, end)}:${[type, ...modifiers].join(".")}`
    )

  it("tells words of the language from names, and what a name stands for", () => {
    expect(colours("term update = 0.5 * mean(kl(ai.policy || ai.prior)) // so")).toStrictEqual([
      "term:keyword",
      "update:variable.declaration",
      "0.5:number",
      "mean:function.defaultLibrary",
      "kl:function.defaultLibrary",
      "// so:comment"
    ])
    const all = colours(maptalk)
    expect(all).toStrictEqual(
      expect.arrayContaining([
        "map:namespace.declaration",
        "MapTalk:type.defaultLibrary",
        "horizon:property.defaultLibrary",
        "steps:unit",
        "ai:class",
        "policy:property.defaultLibrary",
        "gru:enumMember.defaultLibrary",
        "success:function.defaultLibrary",
        "bica:variable",
        "o:parameter.declaration"
      ])
    )
    // `update` in the table of a protocol is a parameter, in a stage it is a statement
    expect(all).toContain("update:property.defaultLibrary")
    expect(all).toContain("update:keyword")
  })

  it("counts each piece from the one before, in UTF-16 units", () => {
    expect(semanticTokens(snapshot("// 😀 a\r\nuse std.ppo // 😀"))).toStrictEqual({
      data: [
        [0, 0, 7, legend.tokenTypes.indexOf("comment"), 0],
        [1, 0, 3, legend.tokenTypes.indexOf("keyword"), 0],
        [0, 4, 3, legend.tokenTypes.indexOf("namespace"), 2],
        [0, 4, 3, legend.tokenTypes.indexOf("namespace"), 2],
        [0, 4, 5, legend.tokenTypes.indexOf("comment"), 0]
      ].flat()
    })
  })

  it("keeps to a range", () => {
    const text = "use std.ppo\nuse std.alignment\n"
    expect(semanticTokens(snapshot(text), 12, 16).data).toStrictEqual([
      1,
      0,
      3,
      legend.tokenTypes.indexOf("keyword"),
      0
    ])
  })
})

describe("folding", () => {
  const folds = (text: string): ReadonlyArray<string> =>
    foldingRanges(snapshot(text)).map(({ endLine, kind, startLine }) => `${startLine}-${endLine}${kind ?? ""}`)

  it("folds blocks, sections and comments", () => {
    expect(folds(maptalk)).toStrictEqual([
      "3-11",
      "14-17",
      "20-26",
      "29-34region",
      "36-54region",
      "37-43",
      "38-41",
      "46-48",
      "51-53",
      "56-61region"
    ])
    expect(folds("// one\n// two\n\nterm a = 1 // three\n// four\n")).toStrictEqual(["0-1comment"])
  })

  it("folds what is closed in a broken file", () => {
    expect(folds("stage a {\n  repeat = {\n    x\n  }\n")).toStrictEqual(["1-2"])
    expect(folds("}}}\n{ a }\n")).toStrictEqual([])
  })
})

describe("formatting", () => {
  it("changes the lines that differ and no other", () => {
    const text = inMaptalk("  horizon    80 steps", "      horizon 80    steps")
    const edits = formatting(snapshot(text))
    expect(edits.map(({ newText, range }) => [place(range), newText])).toStrictEqual([
      ["6:0-7:0", "  horizon    80 steps\n"]
    ])
    expect(edited(text, edits)).toBe(maptalk)
    expect(formatting(snapshot(maptalk))).toStrictEqual([])
  })

  it("adds and takes away what a file begins and ends with", () => {
    for (const text of [
      maptalk.trimEnd(),
      `${maptalk}\n\n\n`,
      `\n\n${maptalk}`,
      ` ${maptalk.replaceAll("\n", "\n ")}`
    ]) {
      expect(edited(text, formatting(snapshot(text)))).toBe(maptalk)
    }
  })

  it("keeps the line breaks of the text", () => {
    const windows = maptalk.replaceAll("\n", "\r\n")
    expect(formatting(snapshot(windows))).toStrictEqual([])
    const text = windows.replace("  horizon    80 steps", " horizon 80 steps").replace("grid       8", "grid 8")
    expect(edited(text, formatting(snapshot(text)))).toBe(windows)
  })

  it("leaves a file that cannot be read as it is", () => {
    expect(formatting(snapshot("agent   a"))).toStrictEqual([])
  })
})
