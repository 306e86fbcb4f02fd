import type { AllowedDifference } from "../harness/allowed.ts"
import type { Uncompared } from "../harness/contract.ts"

export const allowed: readonly AllowedDifference[] = []

export const uncompared: readonly Uncompared[] = [
  {
    what: "webhooks and the REST API",
    reason:
      "git has neither. The events are judged by GitHub's own schema of them, and the signature by the example of GitHub's documentation (`test/contract/githost/webhooks.test.ts`); the API by nothing but its own tests. Of GitHub's `repository` and `sender` only a part is sent, and a delivery that failed comes again, which GitHub leaves to a person",
  },
  {
    what: "tokens as the password of any user name, and as `Authorization: token …` or `Bearer …`",
    reason: "forges take them, git's own servers know names and passwords only",
  },
  {
    what: "capabilities that not every git of the last years has, and the words by which it says why a ref was not updated",
    reason: "both are git's own on either side, and differ from version to version",
  },
  {
    what: "the bodies and content types of HTTP errors, and the realm of the challenge",
    reason: "a git client shows the status only",
  },
  {
    what: "the words by which an SSH server refuses",
    reason: "git-shell's and gitolite's are for whoever runs the server; the embedded one's name the next step",
  },
  {
    what: "who wins when several push to one branch at once",
    reason: "only that exactly one does, and that the others hear of it",
  },
]
