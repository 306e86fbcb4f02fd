import { SerinError, type ErrorCode } from "../errors.ts"

/** What git and the hosts say (in English: git runs with LC_ALL=C), in the order in which it is looked for. */
const signs: readonly (readonly [ErrorCode, RegExp])[] = [
  ["GIT_BRANCH_MISSING", /couldn't find remote ref|Remote branch .* not found/i],
  ["GIT_HOST_KEY", /Host key verification failed|HOST IDENTIFICATION HAS CHANGED|host key is known/i],
  [
    "GIT_UNAUTHORIZED",
    /Authentication failed|could not read (Username|Password)|Permission denied|HTTP (Basic|Error) 401|error: 401|invalid credentials|No supported authentication/i,
  ],
  [
    "GIT_REPOSITORY_MISSING",
    /repository .*not found|not appear to be a git repository|error: 404|Repository not found/i,
  ],
  [
    "GIT_FORBIDDEN",
    /error: 403|protected branch|hook declined|not allowed to push|read.only|denied to|insufficient permission/i,
  ],
  ["GIT_TIMEOUT", /timed out|too slow/i],
  [
    "GIT_UNREACHABLE",
    /Could not resolve|Connection (refused|reset|closed)|Failed to connect|unable to access|Could not read from remote|early EOF|hung up|RPC failed|error: 5\d\d|network is unreachable|no route to host/i,
  ],
]

/** What went wrong, from git's own words. `doing`: `fetching https://…`. */
export function gitFailure(doing: string, stderr: string): SerinError {
  const [code] = signs.find(([, sign]) => sign.test(stderr)) ?? ["GIT_FAILED" as const]
  return new SerinError(code, `${doing}: ${summary(stderr)}`)
}

/** The lines that say something, joined; the host's banner and hints are left out. */
function summary(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter(
      (line) => line !== "" && !/^(hint:|Please make sure|and the repository exists|From |To |@@@|\*\*\*)/.test(line),
    )
  const telling = lines.filter((line) =>
    /^(fatal|error|remote|ssh|.*Permission denied|.*verification failed)/i.test(line),
  )
  const text = (telling.length > 0 ? telling : lines).slice(0, 3).join("; ")
  return text.length > 500 ? `${text.slice(0, 500)}…` : text || "git gave no reason"
}

/** Whether git's local files were left half written (a kill, a full disk), so that the cache must be made anew. */
export function isDamaged(stderr: string): boolean {
  return /\.lock': File exists|object file .* is empty|loose object .* is corrupt|bad object|packfile .* (is|cannot)|not a git repository: |unable to read tree|missing (blob|tree|commit)|did not send all necessary objects/i.test(
    stderr,
  )
}
