/** What modules of code bring, in the editor: named where code is allowed, and run nowhere else. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  CompletionRequest,
  DefinitionRequest,
  DidOpenTextDocumentNotification,
  HoverRequest,
  ReferencesRequest
} from "vscode-languageserver/node"
import type { Client } from "./Client.ts"
import { start } from "./Client.ts"

const fixtures = join(import.meta.dirname, "..", "cli", "fixtures")
const text = readFileSync(join(fixtures, "doors.bica"), "utf8")
const uri = pathToFileURL(join(fixtures, "doors.bica")).href

/** The place behind the first `before` in the text. */
const behind = (before: string) => {
  const lines = text.slice(0, text.indexOf(before) + before.length).split("\n")
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 }
}

let client: Client
beforeAll(async () => {
  client = await start("--allow-code")
  await client.connection.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "bica", version: 1, text }
  })
})
afterAll(() => client.end())

describe("a document that names a module", () => {
  it("has no finding where code is allowed", async () => {
    expect((await client.published(uri, 1)).diagnostics).toEqual([])
  })

  it("says what a metric, an environment and a role of the module are", async () => {
    const hover = async (before: string) =>
      JSON.stringify(
        await client.connection.sendRequest(HoverRequest.type, { textDocument: { uri }, position: behind(before) })
      )
    expect(await hover("measure success, steps, doors.at_o")).toContain("Whether the first door was the lucky one.")
    expect(await hover("room = doors.Do")).toContain("Two doors, one of them lucky.")
    expect(await hover("plays room.gu")).toContain("Opens a door.")
  })

  it("offers them", async () => {
    const offered = async (before: string) => {
      const found = await client.connection.sendRequest(CompletionRequest.type, {
        textDocument: { uri },
        position: behind(before)
      })
      return (Array.isArray(found) ? found : (found?.items ?? [])).map(({ label }) => label)
    }
    expect(await offered("measure success, steps, ")).toEqual(expect.arrayContaining(["doors.at_once", "doors.trust"]))
    expect(await offered("environment room = ")).toEqual(["MapTalk", "LatentNavigator", "doors.Doors"])
  })

  it("leads to the module, and to what it exports", async () => {
    const defined = (before: string) =>
      client.connection.sendRequest(DefinitionRequest.type, { textDocument: { uri }, position: behind(before) })
    const game = readFileSync(join(fixtures, "doors.ts"), "utf8").split("\n")
    const address = pathToFileURL(join(fixtures, "doors.ts")).href
    const at = (name: string) => {
      const line = game.findIndex((row) => row.startsWith(`export const ${name} `))
      const range = { start: { line, character: 13 }, end: { line, character: 13 + name.length } }
      return { uri: address, range }
    }
    const top = { line: 0, character: 0 }
    expect(await defined('use "./doo')).toEqual({ uri: address, range: { start: top, end: top } })
    expect(await defined("room = doors.Do")).toEqual(at("Doors"))
    expect(await defined("claim telling_helps: doors.at_")).toEqual(at("at_once"))
    // the module's own name stands in this file
    expect(await defined("measure success, steps, doo")).toMatchObject({ uri, range: { start: { line: 2 } } })
    expect(await defined("measure succ")).toBeNull()
  })

  it("finds everything that the module's name is used for", async () => {
    const found = await client.connection.sendRequest(ReferencesRequest.type, {
      textDocument: { uri },
      position: behind('"./doors.ts" as do'),
      context: { includeDeclaration: true }
    })
    // use, environment, measure of two stages (2 each), two claims of two values each
    expect(found).toHaveLength(1 + 1 + 2 + 2 + 4)
  })
})
