/** Ends the process with a sentence when this Node is older than package.json's `engines` allow. */
export function requireNode(version) {
  const [major, minor] = version.split(".").map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(
    "serin: Node " + version + " is too old: Serin needs Node 20.19 or newer. Install one (nodejs.org) and try again.",
  )
  process.exit(2)
}
