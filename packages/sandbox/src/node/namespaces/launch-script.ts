import { announce, quote, type ShellTools } from "./shell.ts"

/** Paths are the host's, except `target` and `workingDir`. */
export interface LaunchPlan {
  readonly hostname: string
  /** Mount point of the root file system, or the file system itself. */
  readonly root: string
  readonly overlay?: { readonly lower: string; readonly upper: string; readonly work: string }
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[]
  readonly readOnlyRoot: boolean
  readonly workingDir: string
  readonly tty: boolean
}

/**
 * What makes a container, run in mount and UTS namespaces of its own with the program and its arguments as "$@": mounts
 * the root, then runs the program in it as process 1 of a new pid namespace.
 */
export function launchScript(tools: ShellTools, plan: LaunchPlan): string {
  const { overlay } = plan
  const mount = quote(tools.mount)
  const root = quote(plan.root)
  const inside = [
    "set -e",
    `${mount} -t proc proc ${quote(`${plan.root}/proc`)}`,
    ...(plan.readOnlyRoot ? [`${mount} -o remount,bind,ro ${root}`] : []),
    announce,
    enterRoot(tools, plan.root, plan.workingDir),
  ].join("\n")
  return [
    "set -e",
    setHostname(tools, plan.hostname),
    overlay === undefined
      ? `${mount} --bind ${root} ${root}`
      : // `userxattr`: without the right to write trusted attributes, deleted folders could not be made again.
        `${mount} -t overlay overlay -o userxattr,lowerdir=${overlay.lower},upperdir=${overlay.upper},workdir=${overlay.work} ${root}`,
    ...plan.mounts.flatMap(({ source, target, readOnly }) => {
      const at = quote(plan.root + target)
      const remount = `${mount} -o remount,bind,ro,nosuid,nodev`
      return [
        `${mount} --rbind ${quote(source)} ${at}`,
        // `noexec` may not be taken away from a mount that has it.
        ...(readOnly ? [`${remount} ${at} 2>/dev/null || ${remount},noexec ${at}`] : []),
      ]
    }),
    `exec ${quote(tools.unshare)} --pid ${quote(tools.sh)} -c ${quote(parentOf(tools, inside, plan.tty))} sh "$@"`,
  ].join("\n")
}

/** Only root may write the file; without it and the program, the pod's name is in its environment and /etc only. */
function setHostname({ hostname }: ShellTools, name: string): string {
  if (hostname !== undefined) return `${quote(hostname)} ${quote(name)}`
  return `[ ! -w /proc/sys/kernel/hostname ] || echo ${quote(name)} > /proc/sys/kernel/hostname`
}

/**
 * What runs a further program in a container, run in the container's namespaces with the program as "$@".
 */
export function execScript(tools: ShellTools, root: string, workingDir: string, tty: boolean): string {
  const inside = ["set -e", announce, enterRoot(tools, root, workingDir)].join("\n")
  return parentOf(tools, inside, tty)
}

/**
 * A shell that stays while its child becomes the program: a new pid namespace begins with a child, and a terminal would
 * be gone with its first process. What it has to say of the child's end ("Killed") is for nobody.
 *
 * With a terminal the child is a foreground job: the terminal's process group must be one that the pid namespace knows,
 * or shells in it fail. Ctrl-Z, which stops no first process of a terminal, is undone.
 */
function parentOf(tools: ShellTools, child: string, tty: boolean): string {
  const run = `${quote(tools.sh)} -c ${quote(child)} sh "$@" 2>&3 3>&-`
  return [
    ...(tty ? ["set -m"] : []),
    "exec 3>&2 2>/dev/null",
    run,
    "code=$?",
    ...(tty ? [`while [ $code -eq ${stoppedAtTerminal} ]; do fg %1 >/dev/null; code=$?; done`] : []),
    "exit $code",
  ].join("\n")
}

/** 128 and SIGTSTP. */
const stoppedAtTerminal = 148

const enterRoot = (tools: ShellTools, root: string, workingDir: string): string =>
  `exec ${quote(tools.unshare)} --root=${quote(root)} --wd=${quote(workingDir)} -- "$@"`
