import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: {
    // Compiled pipelines import `bica/runtime`; in tests that is the source, as the condition `bica-source` says.
    alias: { "bica/runtime": fileURLToPath(new URL("src/runtime/index.ts", import.meta.url)) }
  },
  test: {
    include: ["test/**/*.test.ts"],
    env: { ORT_DISABLE_TELEMETRY: "1" },
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
