/** Rows in tiles: a row-wise computation on one tile at a time finds its tensors in the processor's caches. */
import type { Node } from "./Graph.ts"
import { slice } from "./Operations.ts"

/** Rows of a tile, at most, where a step has no more: a few tensors of as many rows and a network's width fit the second cache. */
const tileRows = 512

/** Tiles of as many whole steps of `batch` rows as fit, in order: row ranges that together are the rows of `steps` steps. */
export const tiles = (steps: number, batch: number): ReadonlyArray<{ readonly from: number; readonly to: number }> => {
  const together = Math.max(1, Math.floor(tileRows / batch))
  return Array.from({ length: Math.ceil(steps / together) }, (_, k) => ({
    from: k * together * batch,
    to: Math.min(steps, (k + 1) * together) * batch
  }))
}

/** `f` of each tile of x [steps batch, n]. */
export const byTiles = <A>(x: Node, batch: number, f: (rows: Node) => A): ReadonlyArray<A> =>
  tiles((x.shape[0] ?? 1) / batch, batch).map(({ from, to }) => f(slice(x, 0, from, to)))
