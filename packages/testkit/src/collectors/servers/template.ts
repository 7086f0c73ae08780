/** A file that users get, with addresses of this machine in it. */
export function replaceAll(text: string, table: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [from, to] of Object.entries(table)) {
    if (!result.includes(from)) throw new Error(`the file has no ${from}`);
    result = result.replace(from, to);
  }
  return result;
}
