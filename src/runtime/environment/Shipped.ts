/** The environments that bica brings. */
import type { EnvironmentDeclaration } from "../../declaration/Environment.ts"
import { MapTalk } from "./maptalk/Declaration.ts"
import { LatentNavigator } from "./navigator/Declaration.ts"

export const shipped: ReadonlyArray<EnvironmentDeclaration> = [MapTalk, LatentNavigator]

/** Their metrics, each name once. */
export const shippedMetrics = shipped.flatMap(({ metrics }) => metrics)
