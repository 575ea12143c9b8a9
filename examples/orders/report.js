// What each customer ordered: reads the workspace's data, prints a table, waits a moment, returns the best customer.
import orders from './data/orders.json' with { type: 'json' };
import { totalsByCustomer } from './lib/totals.js';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

console.log('%d orders', orders.length);

const totals = totalsByCustomer(orders);
console.table(totals);

await sleep(100);

const [best] = totals;
console.info('Best customer:', best);
best;
