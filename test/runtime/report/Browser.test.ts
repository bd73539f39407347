/** The page as a reader opens it, in Debian's Chromium. */
import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { chromium } from "playwright-core"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeReport } from "../../../src/runtime/report/Model.ts"
import { toHtml } from "../../../src/runtime/report/page/Page.ts"
import { readRun } from "../../../src/runtime/report/RunRecord.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { writeRun } from "./Folders.ts"
import { environments, walk } from "./Walk.ts"

const executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  Fs.existsSync(path)
)

// Where CI says that there is a browser, its absence is a fault and no reason to skip.
const skipped = executable === undefined && (process.env.CI_BROWSER ?? "") === ""
if (skipped) process.stderr.write("test/runtime/report/Browser: no Chromium on this machine, the page is not opened\n")

let folder = ""
let address = ""
let browser: Browser | undefined

beforeAll(async () => {
  if (skipped) return
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-page-"))
  const record = await Effect.runPromise(readRun(writeRun(folder, walk)).pipe(Effect.provide(FileStore.layer)))
  const report = makeReport(record, {
    environments,
    claimTexts: { better: "claim better: success(mutual) - success(lone) > 0 with 95 % confidence" },
    lock: { state: "none", path: "bica.lock" }
  })
  const path = Path.join(folder, "report.html")
  Fs.writeFileSync(path, await toHtml(report))
  address = pathToFileURL(path).href
  browser = await chromium.launch({
    ...(executable === undefined ? {} : { executablePath: executable }),
    args: ["--no-sandbox"]
  })
})
afterAll(async () => {
  await browser?.close()
  if (folder !== "") Fs.rmSync(folder, { recursive: true, force: true })
})

interface Opened {
  readonly page: Page
  /** What the page asked for besides itself, and what it complained of. */
  readonly asked: ReadonlyArray<string>
  readonly complaints: ReadonlyArray<string>
}

const open = async (options: BrowserContextOptions): Promise<Opened> => {
  if (browser === undefined) throw new Error("no browser: install Debian's chromium")
  const page = await browser.newPage(options)
  const asked: Array<string> = []
  const complaints: Array<string> = []
  page.on("request", (request) => {
    if (request.url() !== address) asked.push(request.url())
  })
  page.on("console", (message) => complaints.push(message.text()))
  page.on("pageerror", (error) => complaints.push(error.message))
  await page.goto(address)
  return { page, asked, complaints }
}

const wide = { viewport: { width: 1400, height: 900 } }
const narrow = { viewport: { width: 375, height: 800 } }

describe.skipIf(skipped)("the page in a browser", () => {
  it("opens without a complaint, asks for nothing, and shows its sections", async () => {
    const { asked, complaints, page } = await open(wide)
    expect(await page.locator("h1").innerText()).toBe("walk")
    expect(await page.locator("h2").allInnerTexts()).toEqual([
      "1What was run",
      "2Claims",
      "3Measured",
      "4Beside the paper",
      "5Learning",
      "6The protocol",
      "7Episodes",
      "8Provenance"
    ])
    // the comment of the file is text
    expect(await page.locator(".about").innerText()).toContain('<script>alert("no")</script>')
    expect(await page.locator("svg.plot").count()).toBeGreaterThan(6)
    expect([asked, complaints]).toEqual([[], []])
    await page.close()
  })

  it("does not scroll sideways, be it wide or as narrow as a telephone", async () => {
    const { page } = await open(wide)
    for (const { viewport } of [wide, narrow]) {
      await page.setViewportSize(viewport)
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(viewport.width)
      // letters of figures keep their size: a drawing is not made smaller to fit
      const scales = await page.evaluate<ReadonlyArray<number>>(
        "[...document.querySelectorAll('svg.plot')].map((svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"
      )
      expect(Math.min(...scales)).toBeGreaterThan(0.95)
    }
    await page.close()
  })

  it("plays an episode by slider, keys and button, and says what was said", async () => {
    const { complaints, page } = await open(wide)
    const episode = page.locator("[data-episode='0']")
    const slider = episode.locator("input")
    const said = episode.locator(".said")
    const walker = episode.locator(".walker")
    const at = () => walker.getAttribute("transform")
    expect(await said.innerText()).toBe(
      "The guide means E and says E (heard as S). The navigator, facing north, chooses forward and runs into an obstacle."
    )
    expect(await at()).toBe("translate(0.5 0.5) rotate(0)")
    await slider.focus()
    await page.keyboard.press("ArrowRight")
    expect(await said.innerText()).toBe(
      "The navigator has said code 2. The instructor gives a hint. The guide means E and says E. The navigator, facing north, chooses right."
    )
    await page.keyboard.press("ArrowRight")
    expect(await at()).toBe("translate(0.5 0.5) rotate(90)")
    expect(await said.innerText()).toContain("says nothing")
    await page.keyboard.press("ArrowRight")
    expect(await at()).toBe("translate(1.5 0.5) rotate(90)")
    expect(await said.innerText()).toBe("Goal reached in 3 steps; the best plan needs 2.")
    expect(await episode.locator(".walked").getAttribute("points")).toBe("0.5,0.5 0.5,0.5 0.5,0.5 1.5,0.5")
    // from the end the button plays from the start, and stops at the end by itself
    const button = episode.locator("button")
    await button.focus()
    await page.keyboard.press("Enter")
    expect(await button.innerText()).toBe("Pause")
    expect(await slider.inputValue()).toBe("0")
    await expect.poll(() => button.innerText(), { timeout: 10_000 }).toBe("Play")
    expect(await slider.inputValue()).toBe("3")
    expect(complaints).toEqual([])
    await page.close()
  })

  it("shows the whole way and every step without scripts", async () => {
    const { page } = await open({ ...wide, javaScriptEnabled: false })
    const episode = page.locator("[data-episode='0']")
    expect(await episode.locator(".player").isVisible()).toBe(false)
    expect(await episode.locator("polyline").first().getAttribute("points")).toBe("0.5,0.5 0.5,0.5 0.5,0.5 1.5,0.5")
    await episode.locator("summary").click()
    expect(await episode.locator("tbody tr").allInnerTexts()).toEqual([
      "1\t0,0\tnorth\t–\t–\tE\tE\tS\tforward ✕",
      "2\t0,0\tnorth\t2\tyes\tE\tE\tE\tright",
      "3\t0,0\teast\t–\t–\tE\tsilence\tsilence\tforward"
    ])
    await page.close()
  })

  it("is dark for who wants it dark, in its figures too, and always light on paper", async () => {
    const look = async (page: Page) => [
      await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"),
      await page.evaluate<string>("getComputedStyle(document.querySelector('svg.plot text')).fill")
    ]
    const { page } = await open({ ...wide, colorScheme: "light" })
    expect(await look(page)).toEqual(["rgb(255, 254, 251)", "rgb(93, 90, 84)"])
    await page.emulateMedia({ colorScheme: "dark" })
    expect(await look(page)).toEqual(["rgb(22, 22, 21)", "rgb(170, 165, 155)"])
    await page.emulateMedia({ media: "print", colorScheme: "dark" })
    expect(await look(page)).toEqual(["rgb(255, 255, 255)", "rgb(93, 90, 84)"])
    const pdf = await page.pdf({ preferCSSPageSize: true })
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-")
    expect(pdf.length).toBeGreaterThan(20_000)
    await page.close()
  })

  it("has a name for every figure and table, and headings in order", async () => {
    const { page } = await open(wide)
    const unnamed = await page.evaluate<number>(
      "[...document.querySelectorAll('svg[role=img]')].filter((svg) => (svg.getAttribute('aria-label') ?? '').length < 10).length"
    )
    expect(unnamed).toBe(0)
    const silent = await page.evaluate<number>(
      "[...document.querySelectorAll('svg:not([role=img]):not([aria-hidden=true])')].length"
    )
    expect(silent).toBe(0)
    const levels = await page.evaluate<ReadonlyArray<number>>(
      "[...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]))"
    )
    expect(levels[0]).toBe(1)
    expect(levels.every((level, k) => k === 0 || level - (levels[k - 1] ?? 0) <= 1)).toBe(true)
    expect(await page.locator("table:not(:has(caption)):not(.episode table)").count()).toBe(0)
    await page.close()
  })
})
