/**
 * Replaces `$(NAME)` as Kubernetes does in commands, arguments and values of variables: `$$(NAME)` stands for `$(NAME)`
 * itself, and a name that is not known stays as it is written.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (written, name: string | undefined) => {
    if (name === undefined) return "$"
    return variables.get(name) ?? written
  })
}
