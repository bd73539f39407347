/** Episodes that their environment draws: as text of the page, and as a reader opens it in Debian's Chromium. */
import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { chromium } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeReport } from "../../../src/runtime/report/Model.ts"
import { toHtml } from "../../../src/runtime/report/page/Page.ts"
import { readRun } from "../../../src/runtime/report/RunRecord.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { writeRun } from "./Folders.ts"
import { environments, protocol, walk } from "./Walk.ts"

const executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  Fs.existsSync(path)
)

let folder = ""
beforeAll(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-drawn-"))
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const said = { message: 0, advice: 0 }
const episode = {
  on: "room",
  number: 0,
  grid: { width: 3, height: 1 },
  frames: [
    [{ x: 0, y: 0, shape: "cell", label: "<b>&" }],
    [
      { x: 0, y: 0, shape: "cell", label: "<b>&" },
      { x: 2, y: 0, shape: "arrow", turn: 1 }
    ],
    [{ x: 1, y: 0, shape: "disc", tone: "third" }]
  ],
  best: 1,
  succeeded: true,
  steps: [
    { ...said, intent: 0, token: 1, heard: 0, action: 1, collided: 1 },
    { ...said, intent: 1, token: 1, heard: 1, action: 1, collided: 0 }
  ]
}
const record = {
  symbols: ["L", "R", "silence"],
  codes: 0,
  intents: ["L", "R"],
  actions: ["left", "right"],
  roles: { speaks: "guide", acts: "guesser" },
  episodes: [episode]
}

/** The page of a run whose stages that play left this replay, or this as another file of theirs. */
const pageOf = async (left: object, name: string, file = "replay.json"): Promise<string> => {
  const stages = walk.stages.map((stage) =>
    stage.files !== undefined && file in stage.files
      ? { ...stage, files: { ...stage.files, [file]: JSON.stringify(left) } }
      : stage
  )
  const run = writeRun(folder, { ...walk, name, stages })
  const read = await Effect.runPromise(readRun(run).pipe(Effect.provide(FileStore.layer)))
  return toHtml(makeReport(read, { environments, claimTexts: {}, lock: { state: "none", path: "bica.lock" } }))
}

/** The part of a page below a heading. */
const section = (page: string, title: string): string => {
  const from = page.indexOf(`</span>${title}</h2>`)
  return from < 0 ? "" : page.slice(from, page.indexOf("<h2", from))
}

describe("a protocol", () => {
  it("is in the words of the roles of an environment that has no guide and navigator", async () => {
    const heading = "The protocol"
    const plain = section(await pageOf(protocol, "roles-1", "protocol.json"), heading)
    expect(plain).toContain("What the guide of mutual says")
    const codes = [
      {
        on: "room",
        situations: ["shut", "open"],
        counts: [
          [1, 2],
          [3, 0]
        ]
      }
    ]
    const own = { ...protocol, codes, advice: codes, roles: { speaks: "teller", acts: "guesser" } }
    const page = section(await pageOf(own, "roles-2", "protocol.json"), heading)
    expect(page).toContain("What the teller of mutual says")
    expect(page).toContain("each context and each intent that it means")
    expect(page).toContain("What the guesser of mutual says back")
    expect(page).toContain("in which situation of the guesser")
    for (const word of ["guide", "navigator", "direction"]) expect(page).not.toContain(word)
  })
})

describe("an episode that its environment draws", () => {
  it("is its pictures, the last of them seen, with labels as text, in the words of its roles", async () => {
    const page = section(await pageOf(record, "drawn-1"), "Episodes")
    expect(page.match(/<g class="frame"/g)).toHaveLength(3)
    expect(page.match(/<g class="frame" visibility="hidden">/g)).toHaveLength(2)
    expect(page).toContain(
      '<g class="frame"><g transform="translate(1.5 0.5)"><circle r=".3" fill="var(--s3)"/></g></g>'
    )
    expect(page).toContain(">&lt;b&gt;&amp;</text>")
    expect(page).not.toContain("<b>&")
    expect(page).toContain('<path transform="rotate(90)"')
    expect(page).toContain("Success in 2 steps; the best plan needs 1.")
    expect(page).toContain("The guide means L and says R (heard as L). The guesser chooses right, a collision.")
    expect(page).toContain("the environment draws of its states")
    for (const word of ["navigator", "obstacle", "faces"]) expect(page).not.toContain(word)
  })

  it("is refused with other marks than are known, or without a picture for every step and one of the end", async () => {
    const changed = (change: object) => ({ ...record, episodes: [{ ...episode, ...change }] })
    const damaged = "the file is damaged, or another version of bica wrote it"
    await expect(pageOf(changed({ frames: episode.frames.slice(1) }), "drawn-2")).rejects.toThrow(damaged)
    for (const [k, mark] of [
      { x: 0, y: 0, shape: "<svg/>" },
      { x: 0, y: 99, shape: "disc" },
      { x: 0, y: 0, shape: "disc", tone: "red" }
    ].entries())
      await expect(pageOf(changed({ frames: [[mark], [], []] }), `drawn-3-${k}`)).rejects.toThrow(damaged)
    expect(section(await pageOf(changed({ frames: [[], [], []] }), "drawn-4"), "Episodes")).toContain('class="frame"')
  })

  it("that draws none is said to draw none", async () => {
    const page = section(await pageOf({ ...record, episodes: [] }, "drawn-6"), "Episodes")
    expect(page).toContain("No episode is shown: MapTalk draws no pictures of its states.")
  })

  it.skipIf(executable === undefined)("is played picture by picture", async () => {
    const path = Path.join(folder, "report.html")
    Fs.writeFileSync(path, await pageOf(record, "drawn-7"))
    const browser = await chromium.launch({
      ...(executable === undefined ? {} : { executablePath: executable }),
      args: ["--no-sandbox"]
    })
    const page = await browser.newPage({ viewport: { width: 1000, height: 800 } })
    const complaints: Array<string> = []
    page.on("console", (message) => complaints.push(message.text()))
    page.on("pageerror", (error) => complaints.push(error.message))
    await page.goto(pathToFileURL(path).href)
    const shown = page.locator("[data-episode='0']")
    const frames = () =>
      page.evaluate<ReadonlyArray<boolean>>(
        "[...document.querySelectorAll('[data-episode=\"0\"] .frame')].map((one) => getComputedStyle(one).visibility === 'visible')"
      )
    expect(await frames()).toEqual([true, false, false])
    await shown.locator("input").focus()
    await page.keyboard.press("ArrowRight")
    expect(await frames()).toEqual([false, true, false])
    expect(await shown.locator(".said").innerText()).toBe("The guide means R and says R. The guesser chooses right.")
    await page.keyboard.press("End")
    expect(await frames()).toEqual([false, false, true])
    expect(await shown.locator(".said").innerText()).toBe("Success in 2 steps; the best plan needs 1.")
    expect(complaints).toEqual([])
    await browser.close()
  })
})
