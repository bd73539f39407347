/** A client of the language server over standard input and output, as an editor is one. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Diagnostic, InitializeResult, ProtocolConnection } from "vscode-languageserver/node"
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter
} from "vscode-languageserver/node"

/** What the server published last about a document. */
export interface Published {
  readonly version: number | undefined
  readonly diagnostics: ReadonlyArray<Diagnostic>
}

export interface Client {
  readonly connection: ProtocolConnection
  readonly initialized: InitializeResult
  /** Opens a document under a new address and gives the address. */
  readonly open: (text: string) => Promise<string>
  readonly close: (uri: string) => Promise<void>
  /** Replaces the text between two places, in characters of UTF-16, and gives the new version. */
  readonly change: (
    uri: string,
    from: readonly [line: number, character: number],
    to: readonly [line: number, character: number],
    text: string
  ) => Promise<number>
  /** What is published about a document for a version, or after it was closed. */
  readonly published: (uri: string, version: number | undefined) => Promise<Published>
  /** Every version about which something was published. */
  readonly versions: (uri: string) => ReadonlyArray<number | undefined>
  /** Ends the server and gives its exit code and what it wrote to standard error. */
  readonly end: () => Promise<{ readonly code: number | null; readonly errors: string }>
}

export const start = async (...flags: ReadonlyArray<string>): Promise<Client> => {
  const launcher = fileURLToPath(new URL("../../bin/bica.js", import.meta.url))
  const server = spawn(process.execPath, [launcher, "lsp", ...flags], { stdio: ["pipe", "pipe", "pipe"] })
  let errors = ""
  server.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
  const ended = new Promise<number | null>((resolve) => server.on("exit", resolve))
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin)
  )
  const all = new Map<string, Array<Published>>()
  const waiting = new Set<() => void>()
  connection.onNotification(PublishDiagnosticsNotification.type, ({ diagnostics, uri, version }) => {
    all.set(uri, [...(all.get(uri) ?? []), { diagnostics, version }])
    for (const look of waiting) look()
  })
  connection.listen()
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {}
  })
  await connection.sendNotification(InitializedNotification.type, {})
  const versions = new Map<string, number>()
  return {
    connection,
    initialized,
    open: async (text) => {
      const uri = `file:///work%20folder/file_${versions.size}.bica`
      versions.set(uri, 1)
      const textDocument = { uri, languageId: "bica", version: 1, text }
      await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument })
      return uri
    },
    close: (uri) => connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } }),
    change: async (uri, [line, character], [endLine, endCharacter], text) => {
      const version = (versions.get(uri) ?? 0) + 1
      versions.set(uri, version)
      await connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version },
        contentChanges: [
          { range: { start: { line, character }, end: { line: endLine, character: endCharacter } }, text }
        ]
      })
      return version
    },
    published: (uri, version) =>
      new Promise((resolve) => {
        const look = () => {
          const found = all.get(uri)?.find((one) => one.version === version)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    versions: (uri) => (all.get(uri) ?? []).map(({ version }) => version),
    end: async () => {
      await connection.sendRequest(ShutdownRequest.type)
      await connection.sendNotification(ExitNotification.type)
      const code = await ended
      connection.dispose()
      return { code, errors }
    }
  }
}
