// The near end of the peer: an office that books while the line is down, and replicates with
// PouchDB when it is back. Both sides book what ours book: the same fields, none of our words.
//   node office.js '{"folder","server","line","count","batch","contacts","same"}'
// `server` is the far end itself, to book there; `line` leads to it through the measured line.
// Reads one word a line: `plug` replicates, `again` has nothing to do, `look` compares both ends.
// Says one JSON object a line.
'use strict';

const crypto = require('node:crypto');
const readline = require('node:readline');
const PouchDB = require('pouchdb');

const asked = JSON.parse(process.argv[2]);
const here = new PouchDB(asked.folder + '/here');
const there = new PouchDB(asked.server + '/there');
const say = (told) => process.stdout.write(JSON.stringify(told) + '\n');

// Documents of one request while booking: nothing of it is measured.
const AT_ONCE = 500;

function booking(side, number) {
  const lane = (side === 'box' ? 50 : 0) + Math.floor(number / 1680);
  const [day, first] = [1 + (Math.floor(number / 60) % 28), 48 + (number % 60)];
  // Sold twice: both sides use the seat itself as the name of the document.
  const id = asked.same ? `seat-${number}` : crypto.randomBytes(8).toString('hex');
  const start = Date.UTC(2026, 11, day, 0, first * 10);
  const booked = {
    _id: id, kind: 'booked', at: new Date(1795000000000 + number * 97123).toISOString(), side, version: 1,
    pin: 100000 + ((number * 38197) % 800000), day: `2026-12-${String(day).padStart(2, '0')}`,
    start: new Date(start).toISOString(), length: 10, services: [1 + (number % 6)], persons: 1, language: 'de',
    lane, from: first, to: first + 1,
  };
  const reach = { name: `Erika Mustermann ${number}`, mail: `erika.mustermann.${number}@example.org`, telephone: `0301234${number}` };
  return asked.contacts ? { ...booked, ...reach } : booked;
}

async function book(at, side) {
  for (let from = 0; from < asked.count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, asked.count - from) }, (_, i) => booking(side, from + i));
    const refused = (await at.bulkDocs(some)).filter((told) => told.error);
    if (refused.length) throw new Error(JSON.stringify(refused[0]));
  }
}

async function replicate() {
  const far = new PouchDB(asked.line + '/there', { skip_setup: true });
  const began = process.hrtime.bigint();
  const done = await here.sync(far, { batch_size: asked.batch, batches_limit: 10 });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  return { seconds, sent: done.push.docs_written, came: done.pull.docs_written };
}

// What everybody sees, and which acknowledged bookings nobody sees any more.
async function look() {
  const options = { include_docs: true, conflicts: true };
  const [mine, theirs] = [await here.allDocs(options), await there.allDocs(options)];
  const seen = (rows) => rows.map((row) => `${row.id} ${row.value.rev}`).join();
  const hidden = mine.rows.reduce((sum, row) => sum + (row.doc._conflicts || []).length, 0);
  return { here: mine.rows.length, there: theirs.rows.length, same: seen(mine.rows) === seen(theirs.rows), hidden };
}

const words = { plug: replicate, again: replicate, look };

async function run() {
  await there.info();
  await book(here, 'box');
  await book(there, 'booking');
  say({ booked: 2 * asked.count });
  for await (const word of readline.createInterface({ input: process.stdin })) say(await words[word]());
}

run().catch((error) => {
  console.error(error);
  process.exit(1);
});
