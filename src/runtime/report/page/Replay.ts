/** Episodes as pictures: the map, the way that was walked, and for each step what was said, heard and done. */
import type { ReplayPicture } from "../Model.ts"
import type { Mark } from "../../environment/Picture.ts"
import { isPictured, rolesIn, speakersIn } from "../PlayRecord.ts"
import type { MapEpisode, PicturedEpisode, ReplayEpisode, ReplayStep } from "../PlayRecord.ts"
import { plural } from "../Quantity.ts"
import { escape, markup, raw } from "./Markup.ts"
import type { Markup } from "./Markup.ts"

const headings = ["north", "east", "south", "west"] as const
const ahead: ReadonlyArray<readonly [number, number]> = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0]
]

/** How many episodes a page shows at most. */
const mostEpisodes = 12

/** An episode of one team. */
export interface Shown {
  readonly picture: ReplayPicture
  readonly episode: ReplayEpisode
}

/** Episodes side by side: the same condition and number, played by each team. */
export interface Meeting {
  readonly on: string
  readonly number: number
  readonly teams: ReadonlyArray<Shown>
}

/** The first episode of each condition, and the second where there is room: each played by every team on the same map. */
export const chooseEpisodes = (pictures: ReadonlyArray<ReplayPicture>): ReadonlyArray<Meeting> => {
  const all = new Map<string, Meeting & { readonly teams: Array<Shown> }>()
  for (const picture of pictures) {
    for (const episode of picture.record.episodes) {
      const key = JSON.stringify([episode.on, episode.number])
      const known = all.get(key) ?? { on: episode.on, number: episode.number, teams: [] }
      all.set(key, known)
      known.teams.push({ picture, episode })
    }
  }
  const conditions = [...new Set([...all.values()].map(({ on }) => on))]
  const inOrder = [0, 1, 2, 3].flatMap((k) =>
    conditions.flatMap((on) => [...all.values()].filter((each) => each.on === on).slice(k, k + 1))
  )
  let room = mostEpisodes
  const chosen = new Set(
    inOrder.filter(({ teams }, k) => {
      // one of each condition, then seconds, never thirds beside others
      if (k >= 2 * conditions.length || teams.length > room) return false
      room -= teams.length
      return true
    })
  )
  return conditions.flatMap((on) => [...chosen].filter((each) => each.on === on))
}

const word = (list: ReadonlyArray<string>, at: number): string => list[at] ?? "nothing"

/** What the instructor gave at a step: 0 is silence. */
const given = ({ advice }: ReplayStep): number => Number(advice ?? 0)

/** What it is called where there are several kinds of advice, else what it is. */
const adviceWord = (advice: ReadonlyArray<string>, step: ReplayStep, only: string): string =>
  advice.length > 2 ? word(advice, given(step)) : only

const isTrue = (value: boolean | number | null | undefined): boolean => value === true || value === 1

/** Where the navigator stands after the last step: on the goal when it succeeded. */
const endOf = ({ goal, steps, succeeded }: MapEpisode): readonly [number, number, number] => {
  const last = steps.at(-1)
  return isTrue(succeeded)
    ? [goal[0], goal[1], last?.heading ?? 0]
    : [last?.x ?? goal[0], last?.y ?? goal[1], last?.heading ?? 0]
}

/** What speaker number `place` did in a step. */
const spokenBy = (step: ReplayStep, place: number) => (place === 0 ? step : (step.others?.[place - 1] ?? step))

const sentence = (step: ReplayStep, { advice, record }: ReplayPicture): string => {
  const { actions, codes } = record
  const { acts } = rolesIn(record)
  const said = speakersIn(record).map(({ intents, role, symbols }, k) => {
    const { heard, intent, token } = spokenBy(step, k)
    const silence = symbols.length - 1
    const what = token === silence ? "nothing" : word(symbols, token)
    const arrived = heard === token ? "" : ` (heard as ${heard === silence ? "silence" : word(symbols, heard)})`
    return `The ${role} means ${word(intents, intent)} and says ${what}${arrived}. `
  })
  const coded = codes > 1 && step.message > 0 ? `The ${acts} has said code ${step.message}. ` : ""
  const advised = given(step) === 0 ? "" : `The instructor gives ${adviceWord(advice, step, "a hint")}. `
  const collided = record.roles === undefined ? " and runs into an obstacle" : ", a collision"
  const done = `${word(actions, step.action)}${isTrue(step.collided) ? collided : ""}`
  const facing = "heading" in step ? `, facing ${headings[step.heading] ?? "?"},` : ""
  return `${coded}${advised}${said.join("")}The ${acts}${facing} chooses ${done}.`
}

const outcome = (episode: ReplayEpisode): string => {
  const { best, steps, succeeded } = episode
  const [won, lost] = isPictured(episode) ? ["Success", "No success"] : ["Goal reached", "Goal not reached"]
  return `${isTrue(succeeded) ? won : lost} in ${plural(steps.length, "step")}; the best plan needs ${best}.`
}

/** The paper of a picture: its cells, `filled` ones among them, and marks on it; `room` cells are as wide as the page has room. */
const sheet = (
  { height, width }: { readonly width: number; readonly height: number },
  room: number,
  alt: string,
  filled: string,
  marks: string
): Markup => {
  const lines: Array<string> = []
  for (let x = 1; x < width; x++) lines.push(`M${x} 0V${height}`)
  for (let y = 1; y < height; y++) lines.push(`M0 ${y}H${width}`)
  return raw(
    `<svg role="img" aria-label="${escape(alt)}" viewBox="-0.06 -0.06 ${room + 0.12} ${height + 0.12}">` +
      `<rect width="${width}" height="${height}" fill="var(--wash)"/>` +
      `<path d="${lines.join("")}" stroke="var(--rule)" stroke-width=".025" fill="none"/>` +
      filled +
      `<rect width="${width}" height="${height}" fill="none" stroke="var(--faint)" stroke-width=".08"/>` +
      marks +
      `</svg>`
  )
}

const grid = (episode: MapEpisode, alt: string): Markup => {
  const { blocked, goal, grid: size, steps } = episode
  const { height, width } = size
  const cells: Array<string> = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (blocked[y * width + x] === 1) cells.push(`M${x} ${y}h1v1h-1z`)
    }
  }
  const places = [...steps.map(({ x, y }) => [x, y] as const), endOf(episode)]
  const points = places.map(([x, y]) => `${x + 0.5},${y + 0.5}`).join(" ")
  const [start] = places
  const crosses = steps.flatMap((step) => {
    if (!isTrue(step.collided)) return []
    const [dx, dy] = ahead[step.heading] ?? [0, 0]
    const [x, y] = [step.x + 0.5 + 0.42 * dx, step.y + 0.5 + 0.42 * dy]
    return [`M${(x - 0.1).toFixed(2)} ${(y - 0.1).toFixed(2)}l.2 .2m0 -.2l-.2 .2`]
  })
  return sheet(
    size,
    width,
    alt,
    `<path d="${cells.join("")}" fill="var(--oracle)"/>`,
    `<g transform="translate(${goal[0] + 0.5} ${goal[1] + 0.5})"><circle r=".36" fill="none" stroke="var(--s3)" stroke-width=".09"/><circle r=".16" fill="var(--s3)"/></g>` +
      `<polyline points="${points}" fill="none" stroke="var(--s1)" stroke-width=".1" stroke-opacity=".5" stroke-linejoin="round" stroke-linecap="round"/>` +
      (start === undefined
        ? ""
        : `<circle cx="${start[0] + 0.5}" cy="${start[1] + 0.5}" r=".17" fill="var(--paper)" stroke="var(--s1)" stroke-width=".09"/>`) +
      `<path d="${crosses.join("")}" stroke="var(--s2)" stroke-width=".07" fill="none"/>` +
      `<polyline class="walked" points="" fill="none" stroke="var(--s1)" stroke-width=".14" stroke-linejoin="round" stroke-linecap="round"/>` +
      `<path class="walker" visibility="hidden" d="M0 -.33L.26 .27L0 .13L-.26 .27Z" fill="var(--s2)" stroke="var(--paper)" stroke-width=".04"/>`
  )
}

const colours = { plain: "var(--oracle)", first: "var(--s1)", second: "var(--s2)", third: "var(--s3)" } as const

/** The colour that a mark has where it names none. */
const usual = { cell: "plain", disc: "first", ring: "third", arrow: "second", cross: "second", text: "plain" } as const

const drawn = (mark: Mark): string => {
  const { label, shape, tone = usual[mark.shape], turn = 0 } = mark
  const colour = colours[tone]
  const form = {
    cell: `<path d="M-.5 -.5h1v1h-1z" fill="${colour}"/>`,
    disc: `<circle r=".3" fill="${colour}"/>`,
    ring: `<circle r=".36" fill="none" stroke="${colour}" stroke-width=".09"/>`,
    arrow: `<path transform="rotate(${90 * turn})" d="M0 -.33L.26 .27L0 .13L-.26 .27Z" fill="${colour}"/>`,
    cross: `<path d="M-.25 -.25l.5 .5m0 -.5l-.5 .5" stroke="${colour}" stroke-width=".09" fill="none"/>`,
    text: ""
  }[shape]
  // a label fills the cell at most; on what is filled it has the colour of the paper
  const size = label === undefined ? 0 : Math.min(0.42, 1.5 / Math.max(1, label.length))
  const ink = shape === "cell" || shape === "disc" || shape === "arrow" ? "var(--paper)" : "var(--ink)"
  const text =
    label === undefined
      ? ""
      : `<text text-anchor="middle" dominant-baseline="central" font-size="${size.toFixed(3)}" fill="${ink}">${escape(label)}</text>`
  return `<g transform="translate(${mark.x + 0.5} ${mark.y + 0.5})">${form}${text}</g>`
}

/** A picture of few cells is no wider than if it had so many. */
const leastRoom = 5

/** The pictures of an episode on each other, of which the page's script shows one at a time; without it the last is seen. */
const pictures = ({ frames, grid: size }: PicturedEpisode, alt: string): Markup => {
  const every = frames.map((marks) => marks.map(drawn))
  const shown = every.map(
    (marks, k) => `<g class="frame"${k === every.length - 1 ? "" : ' visibility="hidden"'}>${marks.join("")}</g>`
  )
  return sheet(size, Math.max(size.width, leastRoom), alt, "", shown.join(""))
}

const everyStep = (episode: ReplayEpisode, { advice, record }: ReplayPicture): Markup => {
  const { actions, codes } = record
  const speakers = speakersIn(record)
  const hasCodes = codes > 1 && episode.steps.some(({ message }) => message > 0)
  const hasAdvice = episode.steps.some((step) => given(step) !== 0)
  const hasPlaces = !isPictured(episode)
  return markup`<details><summary>Every step</summary><div class="scroll" tabindex="0" role="region" aria-label="Every step of the episode"><table>
<thead><tr><th scope="col">step</th>${hasPlaces ? markup`<th scope="col">at</th><th scope="col">faces</th>` : ""}${hasCodes ? markup`<th scope="col">code</th>` : ""}${
    hasAdvice ? markup`<th scope="col">${advice.length > 2 ? "advice" : "hint"}</th>` : ""
  }${speakers.map(({ role }) =>
    ["means", "says", "heard"].map(
      (what) => markup`<th scope="col">${speakers.length === 1 ? what : `${role} ${what}`}</th>`
    )
  )}<th scope="col">does</th></tr></thead>
<tbody>${episode.steps.map(
    (step, k) =>
      markup`<tr><td>${k + 1}</td>${
        "heading" in step ? markup`<td>${step.x},${step.y}</td><td>${headings[step.heading] ?? "?"}</td>` : ""
      }${
        hasCodes ? markup`<td>${step.message > 0 ? step.message : "–"}</td>` : ""
      }${hasAdvice ? markup`<td>${given(step) === 0 ? "–" : adviceWord(advice, step, "yes")}</td>` : ""}${speakers.map(
        ({ intents, symbols }, k) => {
          const { heard, intent, token } = spokenBy(step, k)
          return markup`<td>${word(intents, intent)}</td><td>${word(symbols, token)}</td><td>${word(symbols, heard)}</td>`
        }
      )}<td>${word(actions, step.action)}${isTrue(step.collided) ? " ✕" : ""}</td></tr>\n`
  )}</tbody></table></div></details>`
}

/** An episode with its controls under a title, number `index` of the page. */
export const episodeFigure = ({ episode, picture }: Shown, index: number, title: string): Markup => {
  const { by } = picture
  const ends = outcome(episode)
  const alt = isPictured(episode)
    ? `Picture of ${episode.grid.width} by ${episode.grid.height} cells at the end of an episode of ${by}. ${ends}`
    : `Map of ${episode.grid.width} by ${episode.grid.height} cells with obstacles, the goal and the way that ${by} walked. ${ends}`
  return markup`<figure class="episode" data-episode="${index}" data-end="${ends}">
<figcaption><b>${title}</b> ${ends}</figcaption>
${isPictured(episode) ? pictures(episode, alt) : grid(episode, alt)}
<div class="player" hidden><button type="button" aria-label="Play or pause the episode of ${by} on ${episode.on}">Play</button><input type="range" min="0" max="${
    episode.steps.length
  }" value="0" step="1" aria-label="Step of the episode of ${by} on ${episode.on}"><output></output></div>
<p class="said" aria-live="polite" hidden></p>
${everyStep(episode, picture)}
</figure>`
}

/** What the page's script needs of the episodes: a sentence for each step, and positions where there is a map. */
export const episodeData = (shown: ReadonlyArray<Shown>) =>
  shown.map(({ episode, picture }) => ({
    ...(isPictured(episode)
      ? {}
      : { steps: episode.steps.map(({ heading, x, y }) => [x, y, heading]), end: endOf(episode) }),
    said: episode.steps.map((step) => sentence(step, picture))
  }))
