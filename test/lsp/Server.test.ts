import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  CodeActionRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest
} from "vscode-languageserver/node"
import type { Client } from "./Client.ts"
import { start } from "./Client.ts"
import { edited, maptalk, place } from "./Marked.ts"

let client: Client
let uri: string
beforeAll(async () => {
  client = await start("--stdio")
  uri = await client.open(maptalk)
})
afterAll(async () => {
  expect(await client.end()).toStrictEqual({ code: 0, errors: "" })
})

const document = () => ({ textDocument: { uri } })
const at = (line: number, character: number) => ({ ...document(), position: { line, character } })
const all = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } }

it("says what it can do", () => {
  const { capabilities, serverInfo } = client.initialized
  expect(serverInfo).toMatchObject({ name: "bica" })
  expect(capabilities).toMatchObject({
    positionEncoding: "utf-16",
    textDocumentSync: 2,
    hoverProvider: true,
    completionProvider: { triggerCharacters: ["."] },
    definitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: { prepareProvider: true },
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    documentFormattingProvider: true,
    codeActionProvider: { codeActionKinds: ["quickfix"] },
    inlayHintProvider: true,
    semanticTokensProvider: { full: true, range: true }
  })
})

describe("the shipped pipeline", () => {
  it("has no diagnostics", async () => {
    expect(await client.published(uri, 1)).toStrictEqual({ version: 1, diagnostics: [] })
  })

  it("answers a hover", async () => {
    const hover = await client.connection.sendRequest(HoverRequest.type, at(53, 12))
    expect(hover).toStrictEqual({
      contents: {
        kind: "markdown",
        value:
          "**success**, measured by MapTalk as a fraction\n\nWhether the goal was reached within the horizon. Higher is better."
      },
      range: { start: { line: 53, character: 10 }, end: { line: 53, character: 17 } }
    })
    expect(await client.connection.sendRequest(HoverRequest.type, at(2, 0))).toBeNull()
  })

  it("completes", async () => {
    const items = await client.connection.sendRequest(CompletionRequest.type, at(40, 56))
    expect(Array.isArray(items) ? items.map(({ label }) => label) : items).toStrictEqual(["clip_norm"])
  })

  it("finds definitions, references and highlights", async () => {
    const human = { uri, range: { start: { line: 20, character: 6 }, end: { line: 20, character: 11 } } }
    expect(await client.connection.sendRequest(DefinitionRequest.type, at(40, 13))).toStrictEqual(human)
    expect(await client.connection.sendRequest(DefinitionRequest.type, at(40, 5))).toBeNull()
    const references = await client.connection.sendRequest(ReferencesRequest.type, {
      ...at(9, 9),
      context: { includeDeclaration: false }
    })
    expect(references?.map(({ range }) => place(range))).toStrictEqual(["47:29-47:34", "52:29-52:34"])
    const highlights = await client.connection.sendRequest(DocumentHighlightRequest.type, at(9, 9))
    expect(highlights?.map(({ range }) => place(range))).toStrictEqual(["9:8-9:13", "47:29-47:34", "52:29-52:34"])
  })

  it("renames, and refuses with a sentence", async () => {
    expect(await client.connection.sendRequest(PrepareRenameRequest.type, at(9, 9))).toStrictEqual({
      range: { start: { line: 9, character: 8 }, end: { line: 9, character: 13 } },
      placeholder: "dense"
    })
    const edit = await client.connection.sendRequest(RenameRequest.type, { ...at(9, 9), newName: "thick" })
    expect(edited(maptalk, edit?.changes?.[uri] ?? [])).toBe(maptalk.replaceAll("dense", "thick"))
    await expect(client.connection.sendRequest(PrepareRenameRequest.type, at(9, 4))).rejects.toThrow(
      "`shift` is a word of the language."
    )
    await expect(client.connection.sendRequest(RenameRequest.type, { ...at(9, 9), newName: "budget" })).rejects.toThrow(
      "`budget` is a word of the language."
    )
  })

  it("gives outline, folds, colours and hints", async () => {
    const symbols = await client.connection.sendRequest(DocumentSymbolRequest.type, document())
    expect(symbols?.map(({ name }) => name).slice(0, 4)).toStrictEqual(["std.ppo", "map", "ai", "human"])
    const folds = await client.connection.sendRequest(FoldingRangeRequest.type, document())
    expect(folds?.[0]).toStrictEqual({ startLine: 3, endLine: 11 })
    const colours = await client.connection.sendRequest(SemanticTokensRequest.type, document())
    // the comment, then `use`, `std`, `ppo`
    expect(colours?.data.slice(0, 20)).toStrictEqual([0, 0, 88, 1, 0, 1, 0, 3, 0, 0, 0, 4, 3, 4, 2, 0, 4, 3, 4, 2])
    const line = { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } }
    const some = await client.connection.sendRequest(SemanticTokensRangeRequest.type, { ...document(), range: line })
    expect(some?.data).toStrictEqual([1, 0, 3, 0, 0, 0, 4, 3, 4, 2, 0, 4, 3, 4, 2])
    const hints = await client.connection.sendRequest(InlayHintRequest.type, { ...document(), range: all })
    expect(hints?.map(({ label }) => label).slice(0, 2)).toStrictEqual(["  scale 0.1", ", start 0"])
    const options = { tabSize: 4, insertSpaces: false }
    expect(
      await client.connection.sendRequest(DocumentFormattingRequest.type, { ...document(), options })
    ).toStrictEqual([])
  })
})

describe("a document that changes", () => {
  it("publishes the findings of the last version, offers a fix, and takes them back", async () => {
    const open = await client.open(maptalk)
    await client.published(open, 1)
    // three changes at once: `horizon` becomes `horizn`, in steps
    await client.change(open, [6, 2], [6, 9], "h")
    await client.change(open, [6, 3], [6, 3], "oriz")
    const version = await client.change(open, [6, 7], [6, 7], "n")
    const { diagnostics } = await client.published(open, version)
    expect(diagnostics).toStrictEqual([
      {
        range: { start: { line: 6, character: 2 }, end: { line: 6, character: 8 } },
        severity: 1,
        code: "BICA2005",
        source: "bica",
        message: "`MapTalk` has no parameter `horizn`.\nDid you mean `horizon`?"
      }
    ])
    const actions = await client.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: open },
      range: { start: { line: 6, character: 4 }, end: { line: 6, character: 4 } },
      context: { diagnostics: [...diagnostics] }
    })
    expect(actions).toStrictEqual([
      {
        title: "Replace `horizn` with `horizon`",
        kind: "quickfix",
        diagnostics,
        isPreferred: true,
        edit: {
          changes: {
            [open]: [
              { range: { start: { line: 6, character: 2 }, end: { line: 6, character: 8 } }, newText: "horizon" }
            ]
          }
        }
      }
    ])
    const only = await client.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: open },
      range: all,
      context: { diagnostics: [], only: ["source.organizeImports"] }
    })
    expect(only).toStrictEqual([])
    const mended = await client.change(open, [6, 2], [6, 8], "horizon")
    expect((await client.published(open, mended)).diagnostics).toStrictEqual([])
    await client.close(open)
    expect((await client.published(open, undefined)).diagnostics).toStrictEqual([])
    expect(client.versions(open)).not.toContain(2)
  })

  it("answers about the text as it is now, before it has published anything about it", async () => {
    const open = await client.open("term a = 1\n")
    await client.change(open, [1, 0], [1, 0], "term b = a + a\n")
    const references = await client.connection.sendRequest(ReferencesRequest.type, {
      textDocument: { uri: open },
      position: { line: 0, character: 5 },
      context: { includeDeclaration: true }
    })
    expect(references?.map(({ range }) => place(range))).toStrictEqual(["0:5-0:6", "1:9-1:10", "1:13-1:14"])
  })

  it("counts characters as the protocol does, with line breaks of Windows and characters beyond the basic plane", async () => {
    const open = await client.open("// 😀\r\nterm a = 1 // 😀😀\r\n")
    const version = await client.change(open, [1, 18], [1, 18], "\r\nobjective o = zzz")
    const { diagnostics } = await client.published(open, version)
    expect(diagnostics.map(({ range }) => place(range))).toContain("2:14-2:17")
  })
})

describe("broken documents", () => {
  it.each([
    ["nothing", ""],
    ["half a line", "agent ai plays "],
    ["brackets", "}}}(((\n{{{"],
    ["bytes of another file", "\u0000\u0001PNG\r\n\u001a\ud800"],
    ["an open quotation", 'use "./x'],
    ["a half-written pipeline", maptalk.slice(0, 700)]
  ])("answers every request about %s", async (_, text) => {
    const open = await client.open(text)
    const textDocument = { uri: open }
    const end = { line: text.split("\n").length - 1, character: 9999 }
    const where = { textDocument, position: end }
    const { connection } = client
    await connection.sendRequest(HoverRequest.type, where)
    await connection.sendRequest(CompletionRequest.type, where)
    await connection.sendRequest(DefinitionRequest.type, where)
    await connection.sendRequest(ReferencesRequest.type, { ...where, context: { includeDeclaration: true } })
    await connection.sendRequest(DocumentSymbolRequest.type, { textDocument })
    await connection.sendRequest(FoldingRangeRequest.type, { textDocument })
    await connection.sendRequest(SemanticTokensRequest.type, { textDocument })
    await connection.sendRequest(InlayHintRequest.type, { textDocument, range: all })
    await connection.sendRequest(CodeActionRequest.type, { textDocument, range: all, context: { diagnostics: [] } })
    expect(
      await connection.sendRequest(DocumentFormattingRequest.type, {
        textDocument,
        options: { tabSize: 2, insertSpaces: true }
      })
    ).toStrictEqual([])
    expect((await client.published(open, 1)).diagnostics.length).toBeGreaterThan(0)
  })

  it("answers about documents that are not open with nothing", async () => {
    const textDocument = { uri: "file:///nowhere.bica" }
    expect(
      await client.connection.sendRequest(HoverRequest.type, { textDocument, position: { line: 0, character: 0 } })
    ).toBeNull()
    expect(await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument })).toStrictEqual([])
  })
})
