import { SerinError, type ErrorCode } from "../errors.ts"
import { isSsh, type Remote } from "./remote.ts"

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
    /error: 403|protected branch|hook declined|not allowed to (push|write)|read.only|may only read|only be read|write access|denied to|insufficient permission/i,
  ],
  [
    "GIT_CERTIFICATE",
    /certificate verification failed|SSL certificate problem|certificate (signer not trusted|issuer is unknown|has expired)|unable to get local issuer|does not match target host|no alternative certificate subject name/i,
  ],
  ["GIT_TIMEOUT", /timed out|too slow/i],
  [
    "GIT_UNREACHABLE",
    /Could not resolve|Connection (refused|reset|closed)|Failed to connect|unable to access|Could not read from remote|early EOF|hung up|RPC failed|error: 5\d\d|network is unreachable|no route to host/i,
  ],
]

/** What went wrong, from git's own words. `doing`: `fetching https://…`; `remote`: where it is about one. */
export function gitFailure(doing: string, stderr: string, remote?: Remote): SerinError {
  const [code] = signs.find(([, sign]) => sign.test(stderr)) ?? ["GIT_FAILED" as const]
  const next = nextStep(code, stderr, remote)
  const why = changedHostKey(stderr) ?? summary(stderr)
  return new SerinError(code, `${doing}: ${why}`, next === undefined ? {} : { next })
}

/** Better than the catalogue's, where it is known which Secret or setting is meant. */
function nextStep(code: ErrorCode, stderr: string, remote: Remote | undefined): string | undefined {
  if (/(HTTP code 407 from proxy|CONNECT tunnel failed, response 407)/i.test(stderr))
    return "Give the proxy's user and password in HTTP_PROXY and HTTPS_PROXY."
  if (/HTTP code \d+ from proxy|CONNECT tunnel failed|Could not resolve proxy/i.test(stderr))
    return "Check the proxy, or exclude the git host by NO_PROXY (`serin install --proxy-exceptions`)."
  if (remote?.secret === undefined) return undefined
  const secret = `Secret ${remote.secret}`
  if (code === "GIT_UNAUTHORIZED")
    return isSsh(remote.url)
      ? `Add the deploy key of ${secret} (\`identity.pub\`) to the git host.`
      : `Correct \`username\` and \`token\` in ${secret}; they are read again by themselves.`
  if (code === "GIT_HOST_KEY")
    return `Compare the host's key with the one its owner publishes, then update \`known_hosts\` in ${secret}.`
  if (code === "GIT_CERTIFICATE")
    return `Put the authority that signed it into \`ca.crt\` of ${secret}, or give it with \`serin install --ca-bundle FILE\`.`
  return undefined
}

/** What ssh says in a banner of a dozen lines. */
function changedHostKey(stderr: string): string | undefined {
  const host = /Host key for (\S+) has changed/.exec(stderr)?.[1]
  if (host === undefined) return undefined
  const shown = /SHA256:[\w+/]+/.exec(stderr)?.[0] ?? "another"
  return `Host key verification failed: the key of ${host} is ${shown} now, which is not the one in known_hosts; nothing was sent`
}

/** The lines that say something, joined, the host's own words too; its banners and git's hints are left out. */
function summary(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !noise.test(line))
  // Follows every refusal by SSH; it says something only when nothing else does.
  const telling = lines.filter((line) => line !== "fatal: Could not read from remote repository.")
  const text = (telling.length > 0 ? telling : lines).slice(0, 4).join("; ").replace(/\.$/, "")
  return text.length > 500 ? `${text.slice(0, 500)}…` : text || "git gave no reason"
}

const noise = new RegExp(
  [
    "^(hint:|Please make sure|and the repository exists|From |To |\\*\\*|error: failed to push some refs)",
    // ssh's banner about a changed host key; its fingerprint and its last line stay.
    "^(@|Warning: Permanently|IT IS POSSIBLE|Someone could be|It is also possible|Please contact|Add correct host key)",
    "^(Offending |You can use following|remove with|ssh-keygen )",
  ].join("|"),
)

/** Whether git's local files were left half written (a kill, a full disk), so that the cache must be made anew. */
export function isDamaged(stderr: string): boolean {
  return /\.lock': File exists|object file .* is empty|loose object .* is corrupt|bad object|packfile .* (is|cannot)|not a git repository: |unable to read tree|missing (blob|tree|commit)|did not send all necessary objects/i.test(
    stderr,
  )
}
