import { defineConfig } from "vitest/config"

const common = { testTimeout: 15_000, hookTimeout: 30_000 }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "examples/**/*.test.ts", "scripts/**/*.test.ts"],
        },
      },
      {
        // Whole worlds: one at a time, so that each has the machine to itself.
        test: {
          name: "world",
          include: ["test/e2e/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        // The embedded API server against the recorded answers of the real one.
        test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 120_000 },
      },
      {
        // The agent killed and parts standing still: minutes long, asked for by name (npm test -- --project faults).
        test: {
          name: "faults",
          include: ["test/e2e/faults/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
