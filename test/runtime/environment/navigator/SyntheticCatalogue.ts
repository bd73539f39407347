/** A catalogue without images: random factors, latents that are a fixed linear map of them, x and y as the map. */
import { entry, multiply, fromRows } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import type { Catalogue } from "../../../../src/runtime/environment/navigator/Catalogue.ts"
import { featuresOf } from "../../../../src/runtime/environment/navigator/Person.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"

const classes = [3, 6, 40, 32, 32]

/** What each of the 8 features (shape, scale, orientation, x, y) adds to each of six latents. */
const mixing = fromRows([
  [0.9, 0.1, 0, 0.2, 0, 0],
  [-0.4, 0.8, 0.1, 0, 0.1, 0],
  [-0.5, -0.9, 0, -0.2, 0, 0.1],
  [0.1, 0, 1, 0.1, 0, 0.2],
  [0, 0.2, 0, 0.8, 0.1, 0],
  [0.1, 0, -0.2, 0.7, 0, -0.1],
  [0, 0.1, 0.1, 0, 1, 0.1],
  [0.1, 0, 0, -0.1, -0.1, 1]
])

/** `count` random items: latents [count, 6], the standardised coordinates x and y as the map. */
export const syntheticCatalogue = (count: number, seed = 7): Catalogue => {
  const uniforms = new Float32Array(count * 5)
  makeRandom(seed).uniform({ stage: "test", purpose: "factors", step: 0 }, uniforms)
  const factors = Int32Array.from(uniforms, (u, i) => Math.floor(u * classes[i % 5]!))
  const normalised = Float64Array.from(factors, (c, i) => (i % 5 === 0 ? c : c / (classes[i % 5]! - 1)))
  const bare = { count, factors, normalised, dimensions: 6, latents: new Float64Array(0), map: new Float64Array(0) }
  const features = featuresOf(bare)
  const latents = multiply(features, mixing).data
  const map = Float64Array.from({ length: 2 * count }, (_, i) => entry(features, Math.floor(i / 2), 6 + (i % 2)))
  return { ...bare, latents, map }
}
