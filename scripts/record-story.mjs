// `node scripts/record-story.mjs`: plays the story and writes what the terminal showed as docs/story.svg, the moving picture of
// the README. Waits are shortened; the words are those of the run. Needs `npm run build` before.
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const columns = 118
const rows = 30
const longestWaitMs = 700
const atTheEndMs = 6_000
const lineHeight = 18
const root = fileURLToPath(new URL("..", import.meta.url))

const child = spawn(process.execPath, ["dist/serin.js", "story", "--exit"], {
  cwd: root,
  stdio: ["ignore", "pipe", "inherit"],
})
const lines = [{ text: "$ npm start", at: 0 }]
const started = performance.now()
for await (const line of createInterface({ input: child.stdout }))
  for (const text of wrapped(readable(line))) lines.push({ text, at: performance.now() - started })
const code = child.exitCode ?? (await new Promise((resolve) => child.on("exit", resolve)))
if (code !== 0) {
  console.error(`The story ended with exit code ${code}: nothing was recorded. Run \`npm start -- --exit\` to see why.`)
  process.exit(1)
}
const file = `${root}docs/story.svg`
writeFileSync(file, picture(lines))
console.log(`${file}: ${lines.length} lines`)

/** Without what differs from machine to machine: the world's folder, and the token of a page that is gone. */
function readable(line) {
  return line.replace(/\S*\/serin-world-\w+\//g, "").replace(/#token=\S+/, "")
}

function wrapped(line) {
  return line.length <= columns ? [line] : [`${line.slice(0, columns - 1)}…`]
}

function picture(shown) {
  let now = 0
  const frames = shown.map(({ at }, index) => {
    now += index === 0 ? 0 : Math.min(longestWaitMs, at - shown[index - 1].at)
    return { at: now, top: (rows - 1 - index) * lineHeight }
  })
  const total = now + atTheEndMs
  const keys = frames.map(({ at, top }) => `${((100 * at) / total).toFixed(2)}%{transform:translateY(${top}px)}`)
  const last = frames.at(-1)?.top ?? 0
  const width = Math.round(columns * 8.43) + 32
  const height = rows * lineHeight + 32
  const body = shown.map(({ text }, index) => rowOf(text, index)).join("\n")
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The story, played in a terminal">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#c9d1d9;white-space:pre}
.title{font-weight:bold;fill:#fff}.command{fill:#79c0ff}.seen{fill:#7ee787}.unseen{fill:#ff7b72}.note{fill:#8b949e}
.screen{animation:scroll ${(total / 1000).toFixed(1)}s step-end infinite}
@keyframes scroll{${keys.join("")}100%{transform:translateY(${last}px)}}
@media (prefers-reduced-motion:reduce){.screen{animation:none;transform:translateY(${last}px)}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<clipPath id="terminal"><rect x="16" y="16" width="${width - 32}" height="${height - 32}"/></clipPath>
<g clip-path="url(#terminal)"><g class="screen">
${body}
</g></g>
</svg>
`
}

function rowOf(text, index) {
  return `<text x="16" y="${16 + index * lineHeight + 14}" class="${classOf(text)}">${escaped(text)}</text>`
}

function classOf(text) {
  if (/^\s*✓/.test(text)) return "seen"
  if (/^\s*✗/.test(text)) return "unseen"
  if (/^\s*\$ /.test(text)) return "command"
  if (/^[ \d]\d\. /.test(text)) return "title"
  return /^ {4}/.test(text) ? "note" : "plain"
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
}
