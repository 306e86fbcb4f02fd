/** What `setTimeout` can wait for, 24.8 days in milliseconds; told to wait longer it does not wait at all. */
export const longestTimer = 2 ** 31 - 1
