/** `2026-01-02T03:04:05Z`, as the API writes times. */
export const apiTime = (milliseconds: number): string =>
  `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`
