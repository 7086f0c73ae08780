const REPOSITORY = /^git\+https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\.git$/;

/**
 * What keeps a package from being published, one line each; empty where nothing does. npm refuses a
 * statement of origin for a `repository` that is not the one it was built in.
 *
 * @param manifest the package.json
 * @param folder of the package in the repository, such as `packages/live`
 * @param env `GITHUB_REPOSITORY` and `GITHUB_REF_NAME`, as GitHub sets them; without them nothing is published
 * @param changelog text of CHANGELOG.md
 */
export function obstacles(manifest, folder, env, changelog) {
  const { name, version, repository, publishConfig } = manifest;
  const found = [];
  const owner = REPOSITORY.exec(repository?.url ?? '')?.[1];
  if (owner === undefined || repository.type !== 'git') {
    found.push(
      `${name}: package.json names no repository; the owner adds "repository": { "type": "git", ` +
        `"url": "git+https://github.com/OWNER/NAME.git", "directory": "${folder}" }`,
    );
  } else if (owner !== env.GITHUB_REPOSITORY) {
    found.push(
      `${name}: repository is ${owner}, but this runs in ${env.GITHUB_REPOSITORY ?? 'no GitHub workflow'}`,
    );
  }
  if (repository !== undefined && repository.directory !== folder) {
    found.push(`${name}: repository.directory is ${repository.directory}, not ${folder}`);
  }
  if (publishConfig?.provenance !== true) found.push(`${name}: publishConfig.provenance is not true`);
  if (env.GITHUB_REF_NAME !== `v${version}`) {
    found.push(`${name}: version is ${version}, but the tag is ${env.GITHUB_REF_NAME ?? 'missing'}`);
  }
  if (!changelog.includes(`\n## [${version}]`))
    found.push(`${name}: CHANGELOG.md has no section [${version}]`);
  return found;
}
