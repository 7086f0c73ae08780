/** Rows as text under their headers; a column whose cells are all numbers or "-" stands to the right. */
export function table(headers, rows) {
  const columns = headers.map((header, at) => {
    const cells = rows.map((row) => String(row[at]));
    const isNumeric = cells.every((cell) => /^(-|[\d.,+-]+\s?%?)$/.test(cell));
    const width = Math.max(header.length, ...cells.map((cell) => cell.length));
    return (cell) => (isNumeric ? cell.padStart(width) : cell.padEnd(width));
  });
  return [headers, ...rows]
    .map((row) =>
      columns
        .map((pad, at) => pad(String(row[at])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A number with three significant digits, or "-". */
export function three(value) {
  if (value == null) return '-';
  if (value === 0) return '0';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
