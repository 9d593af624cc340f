'use strict';

// As client.py.

const readline = require('readline');
const grpc = require('@grpc/grpc-js');
require('@grpc/grpc-js-xds').register();

const LIMIT = 20000;
const client = new grpc.Client(process.argv[2], grpc.credentials.createInsecure());
const same = (bytes) => bytes;
let stopped = false;

const pause = () => new Promise((done) => setTimeout(done, 2));

function call(method, body, headers) {
  const metadata = new grpc.Metadata();
  for (const [key, value] of headers) {
    metadata.set(key, value);
  }
  return new Promise((done) => {
    client.makeUnaryRequest(`/xds.v1.Instance/${method}`, same, same, Buffer.from(body), metadata, { deadline: Date.now() + LIMIT },
      (error, answer) => done(error ? grpc.status[error.code] : answer.toString()));
  });
}

function count(ends, end) {
  ends[end] = (ends[end] || 0) + 1;
}

async function until(id, method) {
  const ends = {};
  while (!stopped) {
    count(ends, await call(method, '', []));
    await pause();
  }
  console.log(id, JSON.stringify(ends));
}

async function many(id, times, method, body, headers) {
  const ends = {};
  for (let i = 0; i < Number(times); i++) {
    count(ends, await call(method, body, headers));
  }
  console.log(id, JSON.stringify(ends));
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const words = line.split(' ');
  if (words[0] === 'stop') {
    stopped = true;
  } else if (words[1] === 'until') {
    stopped = false;
    until(words[0], words[2]);
  } else {
    many(words[0], words[1], words[2], words[3], words.slice(4).map((word) => word.split('=')));
  }
}).on('close', () => process.exit(0));
console.log('ready');
