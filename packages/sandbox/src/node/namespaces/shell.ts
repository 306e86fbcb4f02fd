/** One word for a POSIX shell, whatever is in it. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Absolute paths of the host's programs that scripts here use: a container's PATH is not theirs. */
export interface ShellTools {
  readonly sh: string
  readonly mount: string
  readonly umount: string
  readonly unshare: string
  readonly nsenter: string
  readonly ip: string
  readonly cp: string
  readonly hostname: string | undefined
}

/** The first line that `announce` prints. */
const announcement = /^serin (\d+)\r?$/

/**
 * Prints the pid that this shell has in the world's pid namespace: /proc is the world's, and `self` is whoever opens it.
 * The shell sets variables for itself that are not the program's.
 */
export const announce = 'read -r pid rest < /proc/self/stat; echo "serin $pid"; unset pid rest PWD OLDPWD SHLVL'

export function announcedPid(line: string): number | undefined {
  const found = announcement.exec(line)?.[1]
  return found === undefined ? undefined : Number(found)
}
