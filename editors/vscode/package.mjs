/**
 * Packs the extension into one file that needs nothing else: `node editors/vscode/package.mjs [FILE]`, in a checkout of bica with its
 * packages installed; FILE is `editors/vscode/dist/bica.vsix` unless another is named. The language client is bundled into the
 * extension; no network is used.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { createVSIX } from "@vscode/vsce"
import { rolldown } from "rolldown"

const folder = import.meta.dirname
const target = resolve(process.argv[2] ?? join(folder, "dist", "bica.vsix"))

/** What is packed as it stands. */
const plain = ["README.md", "LICENSE", "language-configuration.json", "syntaxes"]

mkdirSync(dirname(target), { recursive: true })
const stage = mkdtempSync(join(tmpdir(), "bica-vsix-"))
try {
  for (const name of plain) cpSync(join(folder, name), join(stage, name), { recursive: true })
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  // What is bundled is no dependency any more, and a packed extension builds nothing.
  for (const key of ["dependencies", "devDependencies", "scripts", "private"]) delete manifest[key]
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`)
  const bundle = await rolldown({
    input: join(folder, "extension.js"),
    platform: "node",
    external: ["vscode"],
    logLevel: "silent"
  })
  await bundle.write({ file: join(stage, "extension.js"), format: "cjs", exports: "auto", minify: true })
  await bundle.close()
  await createVSIX({ cwd: stage, packagePath: target, dependencies: false, allowMissingRepository: true })
} finally {
  rmSync(stage, { recursive: true, force: true })
}
