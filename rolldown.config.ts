/**
 * The commands as a few files in place of some seven hundred: reading and linking so many takes longer than most commands work.
 * One chunk for each command and for what several of them share, so that `bica check` loads neither engine nor TypeScript compiler.
 *
 * `effect` is inside, and compiled pipelines get this copy of it (bin/loading.js): services of a second one would not be found.
 * What is native, or large and seldom needed, stays a package of its own.
 */
import { readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { fileURLToPath } from "node:url"
import { defineConfig } from "rolldown"

const inside = /^(effect|@effect\/|chevrotain|@chevrotain\/|@noble\/|@stdlib\/)/
const isFile = /^(\.|\/|[A-Za-z]:\\|\0)/

const parts = readFileSync(fileURLToPath(import.meta.resolve("effect")), "utf8").replaceAll(
  /from "\.\/(\w+)\.js"/g,
  'from "effect/$1"'
)

export default defineConfig({
  input: {
    "cli/main": "src/cli/main.ts",
    "runtime/index": "src/runtime/index.ts",
    "runtime/worker/Main": "src/runtime/worker/Main.ts",
    "runtime/tensor/TensorFlow": "src/runtime/tensor/TensorFlow.ts",
    effect: "bica:effect"
  },
  plugins: [
    {
      // module by module, so that what bica itself does not use is in no other file
      name: "effect, for compiled pipelines",
      resolveId: (id) => (id === "bica:effect" ? `\0${id}` : undefined),
      load: (id) => (id === "\0bica:effect" ? parts : undefined)
    }
  ],
  platform: "node",
  external: (id, importer) => {
    if (builtinModules.includes(id) || id.startsWith("node:")) return true
    // what a package inside needs itself is inside too
    return !isFile.test(id) && !inside.test(id) && !(importer ?? "").includes("node_modules")
  },
  output: {
    dir: "dist/bundle",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    minifyInternalExports: false,
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
    cleanDir: true
  }
})
