// Starts `bica lsp` and connects it to the editor. Everything that is known of the language is in the server.
"use strict"

const { existsSync } = require("node:fs")
const { join } = require("node:path")
const { commands, window, workspace } = require("vscode")
const { LanguageClient } = require("vscode-languageclient/node")

/** @type {LanguageClient | undefined} */
let client

/**
 * How the server is started: the program of the settings, else the one of an open folder that is trusted (a checkout of bica
 * itself, or the package installed there), else the one on the PATH.
 */
const executable = () => {
  const configured = workspace.getConfiguration("bica").get("path", "").trim()
  if (configured !== "") return { command: configured, args: ["lsp"] }
  const launchers = [join("node_modules", "bica", "bin", "bica.js"), join("bin", "bica.js")]
  for (const folder of workspace.isTrusted ? (workspace.workspaceFolders ?? []) : []) {
    if (folder.uri.scheme !== "file") continue
    for (const launcher of launchers) {
      const path = join(folder.uri.fsPath, launcher)
      // The launcher runs on any Node from 18 on, and finds the one that it needs by itself.
      if (existsSync(path)) return { command: "node", args: [path, "lsp"] }
    }
  }
  // On Windows npm installs a `.cmd`, which only a shell can start.
  return { command: "bica", args: ["lsp"], options: { shell: process.platform === "win32" } }
}

const start = async () => {
  const server = executable()
  client = new LanguageClient("bica", "bica", server, {
    documentSelector: [
      { scheme: "file", language: "bica" },
      { scheme: "untitled", language: "bica" }
    ]
  })
  try {
    await client.start()
  } catch (error) {
    client = undefined
    const reason = error instanceof Error ? error.message : String(error)
    void window.showErrorMessage(
      `The bica language server could not be started (${[server.command, ...server.args].join(" ")}): ${reason}. ` +
        "Install bica in this folder, or say where it is in the setting bica.path."
    )
  }
}

const stop = async () => {
  const running = client
  client = undefined
  if (running !== undefined) await running.stop()
}

const restart = async () => {
  await stop()
  await start()
}

exports.activate = async (context) => {
  context.subscriptions.push(
    commands.registerCommand("bica.restart", restart),
    workspace.onDidChangeConfiguration((event) => (event.affectsConfiguration("bica.path") ? restart() : undefined)),
    workspace.onDidGrantWorkspaceTrust(restart)
  )
  await start()
}

exports.deactivate = stop
