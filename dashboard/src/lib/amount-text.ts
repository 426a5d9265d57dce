const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });

/** "1,234,567.5": the whole amount, in groups of three. What does not come out exactly so is left as it is. */
export function amountText(amount: number): string {
  const text = grouped.format(amount);
  return Number(text.replaceAll(",", "")) === amount ? text : String(amount);
}
