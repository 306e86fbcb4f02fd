/** From these on, kubectl uses WebSockets for exec, attach and cp, and for port-forward, without being told to. */
const EXEC_MINOR = 30
const PORT_FORWARD_MINOR = 31

/** The oldest kubectl that all streams are served to; the real server, which knows SPDY as well, takes older ones too. */
export const OLDEST_KUBECTL = `1.${PORT_FORWARD_MINOR}`

/** What to tell a kubectl that is too old, by its User-Agent. It prints each warning once for a command. */
export function adviceForKubectl(userAgent: string | undefined): string | undefined {
  const minor = Number(/^kubectl\S*\/v1\.(\d+)/.exec(userAgent ?? "")?.[1] ?? PORT_FORWARD_MINOR)
  if (minor >= PORT_FORWARD_MINOR) return undefined
  const fails = minor >= EXEC_MINOR ? "port-forward does" : "exec, attach, cp and port-forward do"
  return `kubectl 1.${minor} is too old for this server: ${fails} not work with it; install kubectl ${OLDEST_KUBECTL} or newer`
}
