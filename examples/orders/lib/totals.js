/** Sums quantity × price for each customer, largest first. */
export function totalsByCustomer(orders) {
  const totals = new Map();
  for (const { customer, quantity, price } of orders) {
    totals.set(customer, (totals.get(customer) ?? 0) + quantity * price);
  }
  return [...totals]
    .map(([customer, total]) => ({ customer, total: Math.round(total * 100) / 100 }))
    .sort((a, b) => b.total - a.total);
}
