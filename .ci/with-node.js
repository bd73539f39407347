/**
 * `node .ci/with-node.js TOOL WORDS...` runs a tool of node_modules/.bin, or a script, on a Node that is new enough.
 *
 * npm 11 links the packaged Node where `npm run` finds it first; npm 10 drops the link again when it skips the package of the
 * other architecture. So the scripts of package.json do not rely on it. Everything here must run on Node 18.
 */
import { existsSync, realpathSync } from "node:fs"
import { delimiter, dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { handOver, isNewEnough, newerNode, wrongMachine } from "../bin/handover.js"

const [tool = "", ...words] = process.argv.slice(2)
const linked = resolve(dirname(fileURLToPath(import.meta.url)), "..", "node_modules", ".bin", tool)
const script = existsSync(linked) ? realpathSync(linked) : tool
if (!existsSync(script)) wrongMachine(`${tool} is not installed: run \`npm ci\``)
const node = isNewEnough(process.versions.node) ? process.execPath : newerNode()
handOver(node, [script, ...words], { PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` })
