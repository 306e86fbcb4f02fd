/** The key of the Repository that an object belongs to; on everything that sync applies. */
export const ownerAnnotation = "serin.dev/owner"
/** `disabled`: sync neither applies nor corrects nor removes the object. */
export const syncAnnotation = "serin.dev/sync"
/** `disabled`: never removed; `enabled`: also where removal needs opt-in (Namespace, CRD, PersistentVolumeClaim). */
export const pruneAnnotation = "serin.dev/prune"
/** JSON pointers, separated by spaces or commas: fields that Git states but leaves to others once the object is there. */
export const ignoreAnnotation = "serin.dev/ignore"
/** `"true"`: an object whose change the API calls immutable is removed and made anew. */
export const recreateAnnotation = "serin.dev/recreate"
/** On a Repository, `"true"`: more than half of what it holds may be removed at once. */
export const massPruneAnnotation = "serin.dev/allow-mass-prune"
