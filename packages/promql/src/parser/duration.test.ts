import { expect, test } from "vitest"
import { formatDuration, parseDuration } from "./duration.ts"

test.each([
  ["0s", 0],
  ["200ms", 200],
  ["15s", 15_000],
  ["1m30s", 90_000],
  ["1h", 3_600_000],
  ["1d", 86_400_000],
  ["25h", 90_000_000],
  ["2w", 1_209_600_000],
  ["100y", 3_153_600_000_000],
])("%s is written and read as such", (text, milliseconds) => {
  expect(formatDuration(milliseconds)).toBe(text)
  expect(parseDuration(text)).toBe(milliseconds)
})
