/** The calendar quarters of some months, in their order: "2021-01" is in "2021-Q1". */
export function quartersOf(months: readonly string[]): string[] {
  const names = months.map((month) => {
    const [year = '', number = '1'] = month.split('-')
    return `${year}-Q${String(Math.ceil(Number(number) / 3))}`
  })
  return [...new Set(names)]
}
