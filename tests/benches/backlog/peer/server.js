// The far end of the peer: PouchDB's own server over LevelDB, on a port the system gives.
//   node server.js FOLDER        says {"port":N} when it listens
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const express = require('express');
const PouchDB = require('pouchdb');

const folder = process.argv[2];
fs.mkdirSync(folder, { recursive: true });
const Kept = PouchDB.defaults({ prefix: folder + path.sep });
const options = { mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: path.join(folder, 'log.txt') };
const server = express().use('/', require('express-pouchdb')(Kept, options)).listen(0, '127.0.0.1', () => {
  process.stdout.write(JSON.stringify({ port: server.address().port }) + '\n');
});
