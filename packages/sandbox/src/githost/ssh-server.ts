import type { AuthContext, Connection, ServerChannel, Session } from "ssh2"
import ssh2 from "ssh2"
import { listen } from "../http/index.ts"
import { spawnGit } from "../git/index.ts"
import { parseRepositoryName, type DeployKey, type Repository } from "./repositories.ts"
import { announce, isGitProtocol, type GitServices } from "./smart-http.ts"
import { parsePublicKey } from "./ssh-keys.ts"

export interface SshServer {
  readonly port: number
  close(): Promise<void>
}

/** Who has logged in: whoever holds the private part of this key. */
interface Login {
  readonly fingerprint: string
}

const loginSeconds = 30

const programs = /^(git-upload-pack|git-receive-pack|git-upload-archive) '?\/?([\w./-]+?)'?$/

/** git over SSH for deploy keys: user `git`, public keys only, and nothing but the three programs that git asks for. */
export async function startSshServer(services: GitServices, hostKey: string, port: number): Promise<SshServer> {
  const connections = new Set<Connection>()
  const server = new ssh2.Server({ hostKeys: [hostKey], ident: "serin-githost" }, (connection) => {
    connections.add(connection)
    connection.once("close", () => connections.delete(connection))
    serveConnection(services, connection)
  })
  const actualPort = await listen(server, port, "git host's SSH")
  return {
    port: actualPort,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const connection of connections) connection.end()
      await closed
    },
  }
}

function serveConnection(services: GitServices, connection: Connection): void {
  const { log } = services
  let login: Login | undefined
  const late = setTimeout(() => connection.end(), loginSeconds * 1000)
  connection.once("close", () => clearTimeout(late))
  connection.on("error", (error) => log("ssh connection failed", { error: error.message }))
  connection.on("authentication", (context) => {
    login = authenticate(services, context)
  })
  connection.on("ready", () => {
    clearTimeout(late)
    connection.on("session", (accept) => {
      if (login) serveSession(services, connection, accept(), login)
    })
  })
}

/** Accepts a key that some repository has, after its signature; which repositories it opens is asked at each command. */
function authenticate(services: GitServices, context: AuthContext): Login | undefined {
  const refuse = (): undefined => {
    context.reject(["publickey"])
    return undefined
  }
  if (context.method !== "publickey" || context.username !== "git") return refuse()
  const offered = parsePublicKey(`${context.key.algo} ${context.key.data.toString("base64")}`)
  if (!offered || keysOf(services, offered.fingerprint).length === 0) return refuse()
  const { signature, blob, hashAlgo } = context
  if (signature && blob && !offered.parsed.verify(blob, signature, hashAlgo)) return refuse()
  context.accept()
  // Without a signature the client only asks whether this key would do.
  return signature ? { fingerprint: offered.fingerprint } : undefined
}

function keysOf({ repositories }: GitServices, fingerprint: string): { repository: Repository; key: DeployKey }[] {
  return repositories.all().flatMap((repository) => {
    const key = repository.settings.keys.find((each) => each.fingerprint === fingerprint)
    return key ? [{ repository, key }] : []
  })
}

function serveSession(services: GitServices, connection: Connection, session: Session, login: Login): void {
  const env: Record<string, string> = {}
  session.on("env", (accept, reject, { key, val }) => {
    if (key === "GIT_PROTOCOL" && isGitProtocol(val)) {
      env[key] = val
      accept?.()
    } else {
      reject?.()
    }
  })
  session.on("shell", (accept) => {
    refuse(accept(), "You are known here, but this host offers git only, no shell.")
  })
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept()
    runCommand(services, connection, channel, command, env, login).catch((error: unknown) => {
      services.log("git over ssh failed", { error })
      refuse(channel, "Internal error; the cause is in the git host's log.")
    })
  })
}

async function runCommand(
  services: GitServices,
  connection: Connection,
  channel: ServerChannel,
  command: string,
  env: Readonly<Record<string, string>>,
  login: Login,
): Promise<void> {
  const [, program, path] = programs.exec(command) ?? []
  if (program === undefined || path === undefined) {
    return refuse(channel, "Only git-upload-pack, git-receive-pack and git-upload-archive are run here.")
  }
  const access = keysOf(services, login.fingerprint).find(
    ({ repository }) => repository.name === parseRepositoryName(path),
  )
  if (!access)
    return refuse(channel, `This deploy key does not open ${path}. Add it to that repository, or use another key.`)
  const isPush = program === "git-receive-pack"
  if (isPush && access.key.readOnly) {
    return refuse(
      channel,
      `The deploy key "${access.key.title}" may read ${path} but not push to it. Add it with write access.`,
    )
  }
  const record = isPush ? services.recorder.record() : undefined
  const args = [...(record?.args ?? []), program.slice("git-".length), access.repository.path]
  const child = spawnGit(args, { ...env, ...record?.env })
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve(code ?? 128))
  })
  connection.once("close", () => child.kill())
  // A git that has heard enough closes its input: its exit code judges.
  child.stdin.on("error", () => undefined)
  channel.pipe(child.stdin)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  const code = await ended
  // Before the client hears of the end: what it does next comes after its push, for the hooks too.
  if (record) await announce(services, access.repository, record, access.key.title)
  channel.exit(code)
  channel.end()
}

function refuse(channel: ServerChannel, why: string): void {
  channel.stderr.write(`${why}\n`)
  channel.exit(128)
  channel.end()
}
