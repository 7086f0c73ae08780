/** A route as words of a dotted name: `/users/:id` is `users._id`, `/` is `root`. */
export function routeWords(route: string): string[] {
  const words = route
    .split('/')
    .filter((part) => part !== '')
    .map(word);
  return words.length === 0 ? ['root'] : words;
}

/** One word of a dotted name: `[A-Za-z0-9_-]`, anything else `_`. */
export function word(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, '_') || '_';
}
