import type { CommitInfo } from "./commit-info.ts"

/** For `git log --format`: fields end in unit separators, commits in record separators. */
export const logFormat = "%H%x1f%P%x1f%an%x1f%ae%x1f%ct%x1f%s%x1f%b%x1f%(trailers:only,unfold,separator=%x1d)%x1e"

export function parseLog(output: string): CommitInfo[] {
  return output.split("\x1e").flatMap((record) => {
    const [commit, parents = "", name = "", email = "", at = "0", subject = "", body = "", trailers = ""] = record
      .replace(/^\n/, "")
      .split("\x1f")
    if (!commit) return []
    const pairs = trailers.split("\x1d").flatMap((line) => {
      const colon = line.indexOf(":")
      return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const]
    })
    return [
      {
        commit,
        parents: parents === "" ? [] : parents.split(" "),
        author: `${name} <${email}>`,
        at: new Date(Number(at) * 1000).toISOString(),
        subject,
        body: withoutTrailers(body, pairs.length),
        trailers: pairs,
      },
    ]
  })
}

/** Trailers are the last paragraph of the body. */
function withoutTrailers(body: string, count: number): string {
  if (count === 0) return body.trim()
  const paragraphs = body.trimEnd().split(/\n{2,}/)
  return paragraphs.slice(0, -1).join("\n\n").trim()
}
