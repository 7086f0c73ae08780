interface Loaded {
  exports: unknown;
}

/**
 * What files of a package export that it keeps to itself, as far as they are loaded: found from what the package
 * exports. None where the package is part of a bundle.
 *
 * @param exported what its main file exports, as CommonJS.
 * @param files the path of a file below the package's folder.
 */
export function loadedBeside(exported: unknown, files: RegExp): unknown[] {
  const { _cache: cache } = process.getBuiltinModule('node:module') as unknown as {
    _cache: Readonly<Record<string, Loaded | undefined>>;
  };
  const found = new Set<unknown>();
  for (const [main, loaded] of Object.entries(cache)) {
    if (loaded?.exports !== exported) continue;
    const folder = main.replaceAll('\\', '/').replace(/\/[^/]*$/, '');
    for (const [path, beside] of Object.entries(cache)) {
      const file = path.replaceAll('\\', '/');
      if (beside !== undefined && file.startsWith(folder) && files.test(file.slice(folder.length)))
        found.add(beside.exports);
    }
  }
  return [...found];
}
