/** What npm says where the registry cannot be asked, or has no advisories: mirrors often have none. */
const UNANSWERED =
  /\b(40[0345]|501|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOAUDIT)\b|audit endpoint returned an error/;

/**
 * What `npm audit --json` found: `ok`, `vulnerable`, or `skipped` where nobody could be asked.
 *
 * @returns {{ result: 'ok' | 'vulnerable' | 'skipped', text: string }}
 * @throws Error for an answer that is none of these
 */
export function verdict(stdout, stderr) {
  let answer;
  try {
    answer = JSON.parse(stdout);
  } catch {
    answer = {};
  }
  const counts = answer.metadata?.vulnerabilities;
  if (counts !== undefined) {
    if (counts.total === 0) {
      return { result: 'ok', text: `no advisory for ${answer.metadata.dependencies.total} packages` };
    }
    const names = Object.values(answer.vulnerabilities).map(({ name, severity }) => `${name} (${severity})`);
    return { result: 'vulnerable', text: names.join(', ') };
  }
  const said = [answer.message, answer.error?.summary, answer.error?.code, answer.statusCode, stderr].join(
    ' ',
  );
  const line = UNANSWERED.exec(said);
  if (line === null) throw new Error(`npm audit: ${said.trim() || stdout}`);
  return { result: 'skipped', text: `the registry does not answer npm audit (${line[0]})` };
}
