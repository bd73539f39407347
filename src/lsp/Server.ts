/** The language server: documents in, answers of the features out. Knows the protocol and nothing of the language. */
import type { CancellationToken, Connection, Location, TextDocumentPositionParams } from "vscode-languageserver/node"
import {
  CodeActionKind,
  createConnection,
  ErrorCodes,
  ProposedFeatures,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind
} from "vscode-languageserver/node"
import { TextDocument } from "vscode-languageserver-textdocument"
import type { Catalogue } from "../dsl/index.ts"
import { completions } from "./features/Completion.ts"
import { diagnostics } from "./features/Diagnostics.ts"
import { foldingRanges } from "./features/Folding.ts"
import { formatting } from "./features/Formatting.ts"
import { hover } from "./features/Hover.ts"
import { inlayHints } from "./features/InlayHints.ts"
import { definedOutside, definition, prepareRename, references, rename } from "./features/Navigation.ts"
import type { Outside, Refusal } from "./features/Navigation.ts"
import { quickFixes } from "./features/QuickFixes.ts"
import { legend, semanticTokens } from "./features/SemanticTokens.ts"
import { symbols } from "./features/Symbols.ts"
import type { Snapshot } from "./Snapshot.ts"
import { offsetAt, read } from "./Snapshot.ts"

/** Milliseconds without a change after which a text is checked. */
const pause = 80

export interface Options {
  readonly catalogue: Catalogue
  /** The modules that a document names, where code is allowed. */
  readonly codeOf?: (document: { readonly uri: string; readonly text: string }) => Promise<Catalogue["code"]>
  /** Where an export of a module stands that a document names; nothing is run. */
  readonly placeOf?: (document: { readonly uri: string }, outside: Outside) => Location | undefined
  readonly version: string
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/**
 * Serves the language server protocol on two streams, until the client says `exit` or the input ends; then the process ends.
 * Nothing but the protocol may be written to `output` meanwhile.
 */
export const serve = (options: Options): void => {
  const connection = createConnection(ProposedFeatures.all, options.input, options.output)
  wire(connection, options)
  connection.listen()
}

const wire = (connection: Connection, { catalogue, codeOf, placeOf, version }: Options): void => {
  const documents = new TextDocuments(TextDocument)
  // A text is read when its version is first asked about, whichever feature asks.
  const snapshots = new Map<string, { readonly version: number; readonly snapshot: Snapshot }>()
  const waiting = new Map<string, ReturnType<typeof setTimeout>>()
  // What the modules of a document were when it was last published; another text of one of them is another catalogue.
  const withModules = new Map<string, { readonly said: string; readonly catalogue: Catalogue }>()

  const snapshotOf = (document: TextDocument): Snapshot => {
    const known = snapshots.get(document.uri)
    if (known !== undefined && known.version === document.version) return known.snapshot
    const mine = withModules.get(document.uri)?.catalogue ?? catalogue
    const snapshot = read({ name: nameOf(document.uri), text: document.getText() }, mine, known?.snapshot)
    snapshots.set(document.uri, { version: document.version, snapshot })
    return snapshot
  }
  /** What a feature says of a document; `otherwise` for documents that are not open and requests that are no longer wanted. */
  const answer =
    <P extends { readonly textDocument: { readonly uri: string } }, A, B>(
      feature: (snapshot: Snapshot, params: P) => A,
      otherwise: B
    ) =>
    (params: P, token: CancellationToken): A | B => {
      const document = documents.get(params.textDocument.uri)
      return document === undefined || token.isCancellationRequested ? otherwise : feature(snapshotOf(document), params)
    }
  const at =
    <A>(feature: (snapshot: Snapshot, offset: number) => A) =>
    (snapshot: Snapshot, params: TextDocumentPositionParams): A =>
      feature(snapshot, offsetAt(snapshot, params.position))

  // ---- diagnostics ---------------------------------------------------------------------------------

  /** Reads the modules that a document names; whether they are others than before. */
  const readModules = async (document: TextDocument): Promise<void> => {
    const { uri } = document
    const code = await codeOf?.({ uri, text: document.getText() })
    const said = JSON.stringify(code === undefined ? [] : [...code])
    if (said === (withModules.get(uri)?.said ?? "[]")) return
    withModules.set(uri, { said, catalogue: code === undefined ? catalogue : { ...catalogue, code } })
    snapshots.delete(uri)
  }
  const publish = async (uri: string): Promise<void> => {
    waiting.delete(uri)
    const document = documents.get(uri)
    if (document === undefined) return
    try {
      if (codeOf !== undefined) await readModules(document)
      const found = diagnostics(snapshotOf(document), uri)
      void connection.sendDiagnostics({ uri, version: document.version, diagnostics: found })
    } catch (error) {
      // No client asked for this, so nobody would hear of a fault of ours, and the process would end.
      connection.console.error(`${uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
  }
  documents.onDidChangeContent(({ document: { uri } }) => {
    clearTimeout(waiting.get(uri))
    waiting.set(
      uri,
      setTimeout((one: string) => void publish(one), snapshots.has(uri) ? pause : 0, uri)
    )
  })
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(waiting.get(uri))
    waiting.delete(uri)
    snapshots.delete(uri)
    withModules.delete(uri)
    void connection.sendDiagnostics({ uri, diagnostics: [] })
  })

  // ---- requests ------------------------------------------------------------------------------------

  connection.onInitialize(() => ({
    serverInfo: { name: "bica", version },
    capabilities: {
      positionEncoding: "utf-16",
      textDocumentSync: TextDocumentSyncKind.Incremental,
      hoverProvider: true,
      completionProvider: { triggerCharacters: ["."] },
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      foldingRangeProvider: true,
      documentFormattingProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      inlayHintProvider: true,
      semanticTokensProvider: { legend, full: true, range: true }
    }
  }))
  connection.onHover(
    answer(
      at((snapshot, offset) => hover(snapshot, offset) ?? null),
      null
    )
  )
  connection.onCompletion(answer(at(completions), []))
  connection.onDefinition(
    answer((snapshot: Snapshot, params: TextDocumentPositionParams): Location | null => {
      const offset = offsetAt(snapshot, params.position)
      const range = definition(snapshot, offset)
      if (range !== undefined) return { uri: params.textDocument.uri, range }
      const outside = definedOutside(snapshot, offset)
      return (outside === undefined ? undefined : placeOf?.(params.textDocument, outside)) ?? null
    }, null)
  )
  connection.onReferences((params, token) => {
    const { includeDeclaration } = params.context
    const ranges = answer(
      at((snapshot, offset) => references(snapshot, offset, includeDeclaration)),
      []
    )(params, token)
    return ranges.map((range) => ({ uri: params.textDocument.uri, range }))
  })
  connection.onDocumentHighlight((params, token) =>
    answer(
      at((snapshot, offset) => references(snapshot, offset, true)),
      []
    )(params, token).map((range) => ({ range }))
  )
  connection.onPrepareRename((params, token) => accepted(answer(at(prepareRename), null)(params, token)))
  connection.onRenameRequest((params, token) => {
    const { newName, textDocument } = params
    const edits = accepted(
      answer(
        at((snapshot, offset) => rename(snapshot, offset, newName)),
        null
      )(params, token)
    )
    return edits === null ? null : { changes: { [textDocument.uri]: edits } }
  })
  connection.onDocumentSymbol(answer(symbols, []))
  connection.onFoldingRanges(answer(foldingRanges, []))
  connection.onDocumentFormatting(answer(formatting, []))
  connection.onCodeAction((params, token) => {
    const { context, range, textDocument } = params
    if (context.only !== undefined && !context.only.some((kind) => CodeActionKind.QuickFix.startsWith(kind))) return []
    return answer((snapshot: Snapshot) => quickFixes(snapshot, textDocument.uri, range, context.diagnostics), [])(
      params,
      token
    )
  })
  connection.languages.inlayHint.on(
    answer(
      (
        snapshot: Snapshot,
        params: { readonly range: Parameters<typeof inlayHints>[1]; readonly textDocument: { readonly uri: string } }
      ) => inlayHints(snapshot, params.range),
      []
    )
  )
  connection.languages.semanticTokens.on(answer((snapshot: Snapshot) => semanticTokens(snapshot), { data: [] }))
  connection.languages.semanticTokens.onRange((params, token) =>
    answer(
      (snapshot: Snapshot) =>
        semanticTokens(snapshot, offsetAt(snapshot, params.range.start), offsetAt(snapshot, params.range.end)),
      { data: [] }
    )(params, token)
  )
  documents.listen(connection)
}

/** The answer, or an error that the client shows in its own way. */
const accepted = <A>(answer: A | Refusal): A => {
  if (typeof answer === "object" && answer !== null && "refused" in answer)
    throw new ResponseError(ErrorCodes.InvalidRequest, answer.refused)
  return answer
}

/** The last part of a document's address, decoded where it can be: the name of the pipeline. */
const nameOf = (uri: string): string => {
  const last = uri.split("/").at(-1) ?? uri
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
