// What a server did: reads a log with `fs`, asks `database` about it, and takes the median from a library.
import { readFile } from 'fs/promises';
import { exec, prepare, query, transaction } from 'database';
import { median } from 'd3-array';
import { Outcome, parseLog } from './lib/parse.ts';

const requests = parseLog(await readFile('data/access.log'));
console.log(
  '%d requests, median %d ms',
  requests.length,
  median(requests, ({ ms }) => ms),
);

exec('drop table if exists request');
exec('create table request (path text, outcome text, ms integer)');
const insert = prepare('insert into request values (?, ?, ?)');
transaction(() => {
  for (const { path, outcome, ms } of requests) insert.run(path, outcome, ms);
});

console.table(
  query(
    'select path, count(*) as requests, max(ms) as slowest from request group by path order by slowest desc',
  ),
);
query('select path, ms from request where outcome = ?', Outcome.Failed);
